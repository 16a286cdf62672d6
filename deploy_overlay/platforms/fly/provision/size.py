"""What fly.toml asks for, variables, processes and the size of Machines, and what runs.

`fly deploy` and `fly scale count` make every Machine as `[[vm]]` in fly.toml says, and undo `fly scale vm` with that.
Without it sizes stay as they are: https://fly.io/docs/launch/scale-machine/
"""

from __future__ import annotations

import re
import tomllib
from typing import Any, NamedTuple

from ....adapter.site import Site
from ....base.answers import Answers
from .. import prices
from .app import App, group

APP = "app"  # the group of every Machine while fly.toml names no process
FIRST = ("--vm-size", "shared-cpu-1x", "--vm-memory", "512")  # of the first Machine; a default one has 256 MB


class Size(NamedTuple):
    kind: str
    cpus: int
    memory: int  # MB

    def __str__(self) -> str:
        return f"{self.kind}-cpu-{self.cpus}x with {self.memory} MB"


def path(answers: Answers) -> str:
    """Where the site's fly.toml lies, from the root of the repository."""
    return f"{answers.deploy_folder}/fly.toml" if answers.values.get("deploy_beside") else "fly.toml"


def text(answers: Answers) -> str:
    """The site's fly.toml; empty where it has none."""
    file = answers.root / path(answers)
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def variables(answers: Answers) -> set[str]:
    """Names of the variables that its `[env]` sets: https://fly.io/docs/reference/configuration/#the-env-variables-section"""
    found = _read(text(answers)).get("env")
    return set(found) if isinstance(found, dict) else set()


def groups(content: str) -> list[str]:
    """The process groups of a fly.toml, each of which a deployment gives a Machine: https://fly.io/docs/launch/processes/"""
    found = _read(content).get("processes")
    return list(found) if isinstance(found, dict) and found else [APP]


def web(content: str) -> str:
    """The process group that serves visitors."""
    document = _read(content)
    services = [*_tables(document.get("http_service")), *_tables(document.get("services"))]
    named = [str(name) for one in services for name in one.get("processes") or []]
    there = groups(content)
    return next(iter(named), APP if APP in there else min(there))


def health_paths(content: str) -> set[str]:
    """What its health checks ask the server for: https://fly.io/docs/reference/health-checks/"""
    document = _read(content)
    services = [*_tables(document.get("http_service")), *_tables(document.get("services"))]
    checks = [one for service in services for name in ("checks", "http_checks") for one in _tables(service.get(name))]
    checks += _tables(list((document.get("checks") or {}).values()))
    return {str(one["path"]) for one in checks if one.get("path")}


def mounts(content: str) -> bool:
    """Whether the group that serves visitors has a volume."""
    serving = web(content)
    return any(serving in (one.get("processes") or [serving]) for one in _tables(_read(content).get("mounts")))


def _read(content: str) -> dict[str, Any]:
    """Empty where it cannot be read: `fly deploy` says what is wrong with it."""
    try:
        return tomllib.loads(content)
    except tomllib.TOMLDecodeError:
        return {}


def _tables(found: object) -> list[dict[str, Any]]:
    """One table, or an array of them."""
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def asked_for(content: str, process: str) -> Size | None:
    """What fly.toml asks for the Machines of a process group; None where it leaves their size alone or is unreadable."""
    tables = _tables(_read(content).get("vm"))
    named = [one for one in tables if process in (one.get("processes") or [])]
    table = next(iter(named or [one for one in tables if not one.get("processes")]), None)
    return _size(table) if table is not None else None


def _size(table: dict[str, Any]) -> Size | None:
    preset = re.fullmatch(r"(shared|performance)-(?:cpu-)?(\d+)x", str(table.get("size", "shared-cpu-1x")))
    if preset is None:
        return None
    kind, cpus = str(table.get("cpu_kind") or preset[1]), int(table.get("cpus") or preset[2])
    least = 256 if kind == "shared" else 2048
    memory = table.get("memory_mb") or table.get("memory") or least * int(preset[2])
    return Size(kind, cpus, _megabytes(memory))


def _megabytes(memory: object) -> int:
    found = re.fullmatch(r"(\d+)\s*([mg]?)(?:i?b)?", str(memory).strip().lower())
    return int(found[1]) * (1024 if found[2] == "g" else 1) if found else 0


def running(machine: dict[str, Any]) -> Size | None:
    guest = (machine.get("config") or {}).get("guest") or {}
    known = guest.get("cpu_kind") and guest.get("cpus") and guest.get("memory_mb")
    return Size(str(guest["cpu_kind"]), int(guest["cpus"]), int(guest["memory_mb"])) if known else None


def changes(app: App, deployed: str, content: str) -> tuple[str, str]:
    """What a deployment with this fly.toml would do to the Machines there: (a refusal, a note for the plan), mostly both empty.

    Where fly.toml asks for another size since the commit `deployed`, that is its owner's wish. Where it asks for the
    same as then, the owner has scaled the Machines since, and the deployment would undo that.
    """
    file = path(app.site.answers)
    before = deployed_text(app, deployed)
    for machine in app.seen_machines:
        if group(machine) not in groups(content):
            continue  # it is destroyed
        wanted, there = asked_for(content, group(machine)), running(machine)
        if wanted is None or there is None or wanted == there:
            continue
        if before and asked_for(before, group(machine)) != wanted:
            return "", f"{there} becomes {wanted}, as [[vm]] in {file} says"
        return (
            f"A Machine of {app.name} is {there}, and [[vm]] in {file} says {wanted}, which the deployment would "
            f"bring back: take [[vm]] out of {file} (Machines then stay as they are), or change it, and commit."
        ), ""
    return "", ""


def deployed_text(app: App, commit: str) -> str:
    """The fly.toml of the commit that was deployed last; empty where nobody knows it."""
    return app.site.git("show", f"{commit}:{path(app.site.answers)}") if commit else ""


def expected(site: Site, process: str) -> Size:
    """The size that a group's Machines have if their owner has not changed it: that of fly.toml, or of the first one."""
    return asked_for(text(site.answers), process) or Size("shared", 1, 512)


def describe(machines: list[dict[str, Any]]) -> str:
    """The sizes of these Machines, in words."""
    return ", ".join(dict.fromkeys(str(size) for one in machines if (size := running(one))))


def difference(site: Site, region: str, machines: list[dict[str, Any]], wanted: int) -> str:
    """In what the Machines of a group are others than the answers say, in words; empty where they are as answered."""
    places = sorted({str(one["region"]) for one in machines if one.get("region")})
    sizes = {size for one in machines if (size := running(one))}
    usual = expected(site, group(machines[0]))
    same = len(machines) == wanted and places in ([], [region]) and sizes <= {usual}
    if same:
        return ""
    where = f" in {', '.join(places)}" if places else ""
    return f"{len(machines)} ({describe(machines)}){where}; the answers say {wanted} ({usual}) in {region}"


def cost(machines: list[dict[str, Any]]) -> float:
    """Of a month if none of them sleeps, each in its own region."""
    sizes = [(str(one.get("region", "")), size) for one in machines if (size := running(one))]
    return sum(prices.machine(region, size.memory, size.cpus, size.kind) for region, size in sizes)
