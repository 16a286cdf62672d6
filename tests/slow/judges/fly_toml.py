"""What `fly config validate --strict` would say of a fly.toml: unknown keys, wrong types and broken rules.

flyctl is in no package registry that every machine reaches. The keys are those of its documented structures, the rules
those of its validation: https://fly.io/docs/reference/configuration/ and
https://github.com/superfly/flyctl/blob/v0.4.87/internal/appconfig/ (config.go, service.go, validation.go).
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

# The types of values. A duration is text as Go writes it, or a number of seconds.
TEXT, WHOLE, NUMBER, FLAG, TEXTS, DURATION, COMMANDS, ANYTHING = (
    "text", "whole number", "number", "true or false", "list of texts", "duration", "table of texts", "anything",
)  # fmt: skip
Shape = Mapping[str, Any]


class Tables(dict[str, Any]):
    """The keys of each table in a list of tables."""


class Named(dict[str, Any]):
    """The keys of tables whose own names are free."""


def _texts(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, TEXT)


_VM: Shape = {
    **_texts("size", "memory", "cpu_kind", "gpu_kind", "host_dedication_id"),
    **dict.fromkeys(("cpus", "memory_mb", "gpus"), WHOLE),
    "persist_rootfs": TEXT, "kernel_args": TEXTS, "processes": TEXTS,
}  # fmt: skip
_TIMES: Shape = dict.fromkeys(("interval", "timeout", "grace_period"), DURATION)
_HTTP_CHECK: Shape = {
    **_TIMES, **_texts("method", "path", "protocol", "tls_server_name"), "tls_skip_verify": FLAG, "headers": ANYTHING,
}  # fmt: skip
_MACHINE_CHECK: Shape = {
    "command": TEXTS, "entrypoint": TEXTS, "image": TEXT, "kill_signal": TEXT, "kill_timeout": DURATION,
}  # fmt: skip
_TLS: Shape = {"alpn": TEXTS, "versions": TEXTS, "default_self_signed": FLAG}
_HTTP_OPTIONS: Shape = {
    "compress": FLAG, "idle_timeout": WHOLE, "headers_read_timeout": WHOLE, "h2_backend": FLAG,
    "response": {"headers": ANYTHING, "pristine": FLAG}, "replay_cache": ANYTHING,
}  # fmt: skip
_SERVICE: Shape = {
    "internal_port": WHOLE, "auto_stop_machines": TEXT, "auto_start_machines": FLAG, "min_machines_running": WHOLE,
    "concurrency": {"type": TEXT, "hard_limit": WHOLE, "soft_limit": WHOLE}, "processes": TEXTS,
    "machine_checks": Tables(_MACHINE_CHECK),
}  # fmt: skip
CONFIGURATION: Shape = {
    **_texts("app", "primary_region", "kill_signal", "console_command", "host_dedication_id", "machine_config", "container"),
    "kill_timeout": DURATION, "swap_size_mb": WHOLE, "env": ANYTHING, "processes": COMMANDS,
    "experimental": {
        "cmd": TEXTS, "entrypoint": TEXTS, "exec": TEXTS, "auto_rollback": FLAG, "enable_consul": FLAG,
        "enable_etcd": FLAG, "lazy_load_images": FLAG, "attached": ANYTHING, "machine_config": TEXT,
    },
    "build": {
        **_texts("builder", "image", "builtin", "dockerfile", "ignorefile", "build-target", "compression"),
        "args": ANYTHING, "settings": ANYTHING, "buildpacks": TEXTS, "compose": {"file": TEXT},
        "compression_level": WHOLE,
    },
    "deploy": {
        **_texts("strategy", "release_command", "seed_command"), "max_unavailable": NUMBER, "wait_timeout": DURATION,
        "release_command_timeout": DURATION, "release_command_vm": _VM,
    },
    "mounts": Tables({
        **_texts("source", "destination", "initial_size", "auto_extend_size_increment", "auto_extend_size_limit"),
        "snapshot_retention": WHOLE, "scheduled_snapshots": FLAG, "auto_extend_size_threshold": WHOLE,
        "processes": TEXTS,
    }),
    "http_service": {
        **_SERVICE, "force_https": FLAG, "tls_options": _TLS, "http_options": _HTTP_OPTIONS,
        "checks": Tables(_HTTP_CHECK),
    },
    "services": Tables({
        **_SERVICE, "protocol": TEXT, "tcp_checks": Tables(_TIMES), "http_checks": Tables(_HTTP_CHECK),
        "ports": Tables({
            "port": WHOLE, "start_port": WHOLE, "end_port": WHOLE, "handlers": TEXTS, "force_https": FLAG,
            "tls_options": _TLS, "http_options": _HTTP_OPTIONS, "proxy_proto_options": {"version": TEXT},
        }),
    }),
    "checks": Named({**_HTTP_CHECK, "port": WHOLE, "type": TEXT, "processes": TEXTS}),
    "files": Tables({**_texts("guest_path", "local_path", "secret_name", "raw_value"), "processes": TEXTS}),
    "machine_checks": Tables(_MACHINE_CHECK),
    "restart": Tables({"policy": TEXT, "retries": WHOLE, "processes": TEXTS}),
    "vm": Tables(_VM),
    "statics": Tables(_texts("guest_path", "url_prefix", "tigris_bucket", "index_document")),
    "metrics": Tables({"port": WHOLE, "path": TEXT, "https": FLAG, "processes": TEXTS}),
}  # fmt: skip

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
# Megabytes that a processor of a kind has at least and at most: https://fly.io/docs/machines/guides-examples/machine-sizing/
_MEMORY = {"shared": (256, 2048), "performance": (2048, 8192)}


def faults(text: str) -> list[str]:
    """One sentence for each fault of this fly.toml; none for a file that flyctl takes."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [f"not TOML: {error}"]
    return list(_misshapen("", document, CONFIGURATION)) or list(_broken_rules(document))


def _misshapen(place: str, value: Any, shape: Any) -> Iterator[str]:
    if isinstance(shape, str):
        if not _fits(value, shape):
            yield f"{place} is no {shape}"
    elif isinstance(shape, Tables):
        # One table may stand for a list of one.
        tables = value if isinstance(value, list) else [value]
        for number, table in enumerate(tables):
            yield from _misshapen(f"{place}[{number}]", table, dict(shape))
    elif not isinstance(value, dict):
        yield f"{place} is no table"
    elif isinstance(shape, Named):
        for name, table in value.items():
            yield from _misshapen(f"{place}.{name}", table, dict(shape))
    else:
        for key, inner in value.items():
            inside = f"{place}.{key}".lstrip(".")
            if key not in shape:
                yield f"{inside} is unknown"
            else:
                yield from _misshapen(inside, inner, shape[key])


def _fits(value: Any, kind: str) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return {
        TEXT: isinstance(value, str),
        WHOLE: whole,
        NUMBER: whole or isinstance(value, float),
        FLAG: isinstance(value, bool),
        TEXTS: isinstance(value, list) and all(isinstance(part, str) for part in value),
        DURATION: whole or (isinstance(value, str) and bool(_DURATION.fullmatch(value))),
        COMMANDS: isinstance(value, dict) and all(isinstance(part, str) for part in value.values()),
        ANYTHING: True,
    }[kind]


def _broken_rules(document: dict[str, Any]) -> Iterator[str]:
    deploy, groups = document.get("deploy", {}), set(document.get("processes", {}) or {"app"})
    if deploy.get("strategy") not in (None, "canary", "rolling", "immediate", "bluegreen"):
        yield "deploy.strategy is none that Machines know"
    if deploy.get("strategy") == "canary" and document.get("mounts"):
        yield "deploy.strategy canary cannot be used with mounts"
    for place, command in [
        ("deploy.release_command", deploy.get("release_command")),
        *document.get("processes", {}).items(),
    ]:
        try:
            shlex.split(command or "")
        except ValueError as error:
            yield f"{place} cannot be split into words: {error}"
    services = [document["http_service"]] if "http_service" in document else []
    for service in services + document.get("services", []):
        yield from _service_faults(service, groups, "processes" in document)
    for mount in _list(document.get("mounts")):
        if "initial_size" in mount and _megabytes(mount["initial_size"]) < 1000:
            yield "mounts.initial_size is no size of 1GB or more"
        if not 1 <= mount.get("snapshot_retention", 5) <= 60:
            yield "mounts.snapshot_retention is not between 1 and 60 days"
    for restart in _list(document.get("restart")):
        if restart.get("policy") not in ("always", "never", "on-failure"):
            yield "restart.policy is none of always, never, on-failure"
    for machine in _list(document.get("vm")):
        yield from _machine_faults(machine)


def _service_faults(service: dict[str, Any], groups: set[str], divided: bool) -> Iterator[str]:
    if not 0 < service.get("internal_port", 0) < 65536:
        yield "a service has no internal_port"
    if service.get("auto_stop_machines", "off") not in ("off", "stop", "suspend"):
        yield "auto_stop_machines is none of off, stop, suspend"
    if divided and not service.get("processes"):
        yield "a service names no process group, and there are several"
    for name in service.get("processes", []):
        if name not in groups:
            yield f"a service names the process group {name}, which is not there"
    for check in [*service.get("checks", []), *service.get("http_checks", []), *service.get("tcp_checks", [])]:
        for name in ("interval", "timeout", "grace_period"):
            # flyctl takes the nearest allowed value and warns.
            if name in check and not 1 <= _seconds(check[name]) <= 60:
                yield f"a check has a {name} that is not between 1 second and 1 minute"


def _machine_faults(machine: dict[str, Any]) -> Iterator[str]:
    size = re.fullmatch(r"(shared)-cpu-([1248])x|(performance)-(1|2|4|8|16)x", machine.get("size", "shared-cpu-1x"))
    if not size:
        yield f"vm.size {machine['size']} is not to be had"
        return
    kind, processors = size[1] or size[3], int(size[2] or size[4])
    least, most = (each * processors for each in _MEMORY[kind])
    memory = _megabytes(machine["memory"]) if "memory" in machine else machine.get("memory_mb", least)
    if not least <= memory <= most or memory % 256:
        yield f"vm.memory is not a multiple of 256 MB between {least} and {most} for this size"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _seconds(value: int | str) -> float:
    if isinstance(value, int):
        return value
    return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(r"([\d.]+)(ms|s|m|h)", value))


def _megabytes(text: str) -> float:
    """0 for what is no size."""
    match = re.fullmatch(r"(\d+)\s*(mb|gb|)", str(text).lower())
    return int(match[1]) * {"mb": 1, "gb": 1024, "": 1}[match[2]] if match else 0
