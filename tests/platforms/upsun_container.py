"""Builds and runs what is rendered for Upsun as its documentation says that Upsun does, from the rendered YAML alone.

https://docs.upsun.com/learn/overview/build-deploy.html, …/create-apps/image-properties/hooks.html and, for what each
stage is told, …/development/variables/use-variables.html. In a build container pip installs for the user, into .global,
as Upsun's own guides undo it; once built, the app's folder is read-only but for its mounts.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.cache import cached_folder
from tests.support.programs import run
from tests.support.serving import free_port
from tests.tools.installing import node_programs

# What a machine needs to reach package registries; everything else a container has from Upsun.
_OF_THE_MACHINE = ("PIP_", "UV_INDEX", "UV_DEFAULT_INDEX", "NPM_CONFIG_", "SSL_CERT", "REQUESTS_CA", "LANG", "LC_")
ENTROPY = "a-value-of-56-characters-that-is-made-with-the-project-1"


@dataclass(frozen=True)
class Configuration:
    """What the files of one flavour say; `app` is the body of the only application."""

    name: str
    app: Mapping[str, Any]
    services: Mapping[str, Any]
    routes: Mapping[str, Any]


def read(root: Path) -> Configuration:
    """The configuration of the repository at `root`, of the flavour whose files are there."""
    if (root / ".upsun" / "config.yaml").is_file():
        whole = yaml.safe_load((root / ".upsun" / "config.yaml").read_text(encoding="utf-8"))
        ((name, app),) = whole["applications"].items()
        return Configuration(name, app, whole.get("services") or {}, whole["routes"])
    app = yaml.safe_load((root / ".platform.app.yaml").read_text(encoding="utf-8"))
    routes = yaml.safe_load((root / ".platform" / "routes.yaml").read_text(encoding="utf-8"))
    services = root / ".platform" / "services.yaml"
    found = yaml.safe_load(services.read_text(encoding="utf-8")) if services.is_file() else {}
    return Configuration(app["name"], app, found, routes)


@dataclass(frozen=True)
class Container:
    """One app after its build: `folder` is what Upsun calls /app, `log` has what hooks and the server wrote."""

    configuration: Configuration
    folder: Path
    python: Path
    place: Path
    log: Path

    @property
    def nodejs(self) -> Path:
        """Where npm installs the `nodejs` part of the dependencies."""
        return self.place / "nodejs"

    def environment(self, **more: str) -> dict[str, str]:
        """The variables of both stages."""
        own = self.configuration.app.get("variables", {}).get("env", {})
        machine = {name: value for name, value in os.environ.items() if name.startswith(_OF_THE_MACHINE)}
        return {
            **machine,
            "HOME": str(self.folder),
            "PATH": os.pathsep.join(
                [
                    str(self.folder / ".global" / "bin"),
                    str(self.nodejs / "bin"),
                    str(self.python.parent),
                    "/usr/bin",
                    "/bin",
                ]
            ),
            "PYTHONUSERBASE": str(self.folder / ".global"),
            "PLATFORM_APP_DIR": str(self.folder),
            "PLATFORM_APPLICATION_NAME": self.configuration.name,
            "PLATFORM_PROJECT": "abcdefgh1234567",
            "PLATFORM_PROJECT_ENTROPY": ENTROPY,
            "PLATFORM_TREE_ID": "0" * 40,
            **{name: str(value) for name, value in own.items()},
            **more,
        }

    def run_hook(self, name: str, environ: Mapping[str, str]) -> None:
        """Raises AssertionError with all that was said when the hook fails."""
        hook = self.configuration.app["hooks"].get(name)
        with self.log.open("ab") as log:
            done = subprocess.run(
                self.inside(hook, read_only=name != "build"), cwd=self.folder, env=dict(environ),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, timeout=900, check=False,
            )  # fmt: skip
        assert done.returncode == 0, f"the {name} hook ended with {done.returncode}\n{self.said()}"

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def inside(self, script: str, *, read_only: bool, worker: str = "") -> list[str]:
        """The command that runs a script of the configuration: as one script, not by bash.

        `worker` is the name of the worker in whose container it runs; without one, it is the app's. Root may write to a
        read-only folder, so that root gets a read-only file system with the mounts on it.
        """
        shell = ["/bin/sh", "-c", script]
        if not read_only or os.geteuid() != 0:
            return shell
        app = shlex.quote(str(self.folder))
        lines = [f"mount --bind {app} {app}", f"mount -o remount,bind,ro {app}"]
        for mount in self.mounts():
            there = self.outside(mount, worker if worker and not self._is_shared(mount, worker) else "")
            there.mkdir(parents=True, exist_ok=True)
            lines.append(f"mount --bind {shlex.quote(str(there))} {shlex.quote(str(self.folder / mount))}")
        lines += [f"cd {app}", 'exec "$@"']
        return ["unshare", "--mount", "/bin/sh", "-euc", "\n".join(lines), "sh", *shell]

    def mounts(self) -> list[str]:
        return [name.strip("/") for name in self.configuration.app.get("mounts", {})]

    def outside(self, mount: str, worker: str = "") -> Path:
        return self.place / (f"mounts-{worker}" if worker else "mounts") / mount

    def here(self, path: str) -> Path:
        """Where a path of the app is on this machine."""
        mount = next((name for name in self.mounts() if f"{path}/".startswith(f"{name}/")), "")
        if not mount or os.geteuid() != 0:
            return self.folder / path
        return self.outside(mount) / path.removeprefix(mount).lstrip("/")

    def _is_shared(self, mount: str, worker: str) -> bool:
        """Whether a worker has the app's own mount: https://docs.upsun.com/create-apps/image-properties/mounts.html"""
        own = self.configuration.app["workers"][worker].get("mounts") or {}
        told = {name.strip("/"): said for name, said in own.items()}.get(mount, {})
        return bool(told.get("source") == "storage" and told.get("service") == self.configuration.name)


def built(root: Path, python: Path, place: Path) -> Container:
    """The app of the repository at `root` (a clone) after Upsun's build; raises AssertionError when that fails.

    `python` is the interpreter of the image that the configuration asks for; `place` is a folder for everything.
    """
    configuration = read(root)
    version = run([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], place).stdout.strip()
    assert configuration.app["type"] == f"python:{version}"
    source = configuration.app.get("source", {}).get("root", "/").strip("/")
    container = Container(configuration, place / "app", python, place, place / "log")
    container.folder.mkdir()
    files = run(["git", "archive", "--format=tar", "-o", str(place / "tree.tar"), f"HEAD:{source}"], root)
    assert files.returncode == 0
    run(["tar", "-xf", place / "tree.tar"], container.folder)
    (place / "tree.tar").unlink()
    _install_dependencies(container)
    for mount in container.mounts():
        container.outside(mount).mkdir(parents=True)
    cache = place / "cache"
    cache.mkdir()
    container.run_hook(
        "build",
        container.environment(
            PIP_USER="true", CI="1", PLATFORM_CACHE_DIR=str(cache), PLATFORM_OUTPUT_DIR=str(container.folder)
        ),
    )
    _freeze(container)
    return container


def _install_dependencies(container: Container) -> None:
    """`dependencies` of the configuration, kept between builds as on Upsun: by pip for the user, into .global, and npm."""
    dependencies = container.configuration.app.get("dependencies", {})
    if "nodejs" in dependencies:
        _install_n(container, dependencies["nodejs"])
    wanted = dependencies.get("python3", {})
    if not wanted:
        return
    lines = [name if version == "*" else f"{name}=={version}" for name, version in wanted.items()]

    def make(folder: Path) -> None:
        run(
            [container.python, "-m", "pip", "install", "--quiet", "--user", "--no-warn-script-location", *lines],
            folder,
            {**os.environ, "PYTHONUSERBASE": str(folder), "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": ""},
        )

    kept = cached_folder("upsun-dependencies", [str(container.python), *lines], make)
    (container.folder / ".global").symlink_to(kept)


def _install_n(container: Container, wanted: Mapping[str, str]) -> None:
    """A stand-in for n, which downloads Node.js from no package registry: it puts this machine's where n does.

    https://github.com/tj/n#optional-environment-variables
    """
    assert set(wanted) == {"n"}, "nothing else is played here"
    links = [f'ln -sf {shlex.quote(str(program))} "$N_PREFIX/bin/{name}"' for name, program in node_programs().items()]
    (container.nodejs / "bin").mkdir(parents=True)
    n = container.nodejs / "bin" / "n"
    n.write_text("\n".join(["#!/bin/sh", "set -eu", 'mkdir -p "$N_PREFIX/bin"', *links, ""]), encoding="utf-8")
    n.chmod(0o755)


def _freeze(container: Container) -> None:
    for mount in container.mounts():
        (container.folder / mount).mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        run(["chmod", "-R", "a-w", container.folder], container.place)
        for mount in container.mounts():  # not a mount for an ordinary user: the folder itself can be written to
            run(["chmod", "u+w", container.folder / mount], container.place)


def routes(container: Container, default: str) -> dict[str, Any]:
    """What PLATFORM_ROUTES holds when the placeholders stand for this domain."""
    found: dict[str, Any] = {}
    for pattern, route in container.configuration.routes.items():
        url = pattern.replace("{default}", default).replace("{all}", default)
        told = {"primary": None, "id": None, "attributes": {}, "original_url": pattern, **route}
        if route["type"] == "upstream":
            told["upstream"] = str(route["upstream"]).partition(":")[0]
        else:
            told["to"] = route["to"].replace("{default}", default).replace("{all}", default)
        found[url] = told
        if url.startswith("https://"):
            found["http" + url[len("https") :]] = {
                "to": url, "original_url": "http" + pattern[len("https") :], "type": "redirect", "primary": None,
                "id": None, "attributes": {},
            }  # fmt: skip
    return found


def relationships(container: Container, database: Mapping[str, Any], redis: Mapping[str, Any]) -> dict[str, Any]:
    """What PLATFORM_RELATIONSHIPS holds where each relationship leads to this server of PostgreSQL or Valkey."""
    found: dict[str, Any] = {}
    for name, told in (container.configuration.app.get("relationships") or {}).items():
        service = container.configuration.services[told["service"]]
        kind = str(service["type"]).partition(":")[0].removesuffix("-persistent")
        assert told["endpoint"] == kind
        common = {"service": told["service"], "rel": kind, "type": service["type"], "fragment": None, "public": False,
                  "host_mapped": False}  # fmt: skip
        if kind == "postgresql":
            found[name] = [{**common, "scheme": "pgsql", "query": {"is_master": True}, **database}]
        else:
            # https://docs.upsun.com/add-services/valkey.html#relationship-reference
            assert kind == "valkey" and redis
            found[name] = [{**common, "scheme": "valkey", "query": {}, **redis, "path": None}]
    return found


def at_run_time(
    container: Container,
    domain: str,
    database: Mapping[str, Any],
    redis: Mapping[str, Any] | None = None,
    **variables: str,
) -> dict[str, str]:
    """The variables of the deploy hook and of the server; `variables` are the project's own."""
    described = {
        "ROUTES": routes(container, domain),
        "RELATIONSHIPS": relationships(container, database, redis or {}),
    }
    told = {
        f"PLATFORM_{name}": base64.b64encode(json.dumps(value).encode()).decode() for name, value in described.items()
    }
    return container.environment(
        PLATFORM_BRANCH="main", PLATFORM_ENVIRONMENT="main-bvxea6i", PLATFORM_ENVIRONMENT_TYPE="production",
        PLATFORM_SMTP_HOST="", PORT=str(free_port()), **told, **variables,
    )  # fmt: skip


@contextlib.contextmanager
def running(container: Container, environ: Mapping[str, str]) -> Iterator[str]:
    """Where the app's own web server passes requests on to, while the start command runs."""
    command = container.inside(container.configuration.app["web"]["commands"]["start"], read_only=True)
    with container.log.open("ab") as log:
        server = subprocess.Popen(
            command, cwd=container.folder, env=dict(environ), stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(server, int(environ["PORT"]), container)
        yield f"http://127.0.0.1:{environ['PORT']}"
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=40) == 0, f"SIGTERM did not end the server well\n{container.said()}"
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait(server: subprocess.Popen[bytes], port: int, container: Container) -> None:
    import socket

    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on $PORT\n{container.said()}")


def runs_here() -> bool:
    """Whether this machine can have a folder that is read-only also for who runs the tests."""
    if sys.platform != "linux":
        return False
    if os.geteuid() != 0:
        return True
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0
