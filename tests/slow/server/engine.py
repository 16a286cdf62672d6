"""A Docker engine of its own, in namespaces of its own: nothing of this machine's engine or network is touched.

The engine has no way out of its network. Images are built beside it and loaded; those that Docker Hub has elsewhere are made
of Debian's packages: see `images.py`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.programs import environment
from tests.tools import not_here, tool

NEW_NETWORK = 0x40000000  # CLONE_NEWNET of <linux/sched.h>
STARTING = 120.0  # seconds
# A /run of its own, because the engine keeps sockets and its process id there.
START = """set -eu
mount -t tmpfs none /run
ip link set lo up
exec dockerd --data-root "$1/data" --exec-root /run/docker --pidfile /run/dockerd.pid --host "unix://$1/docker.sock"
"""


@dataclass
class Engine:
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def environ(self) -> dict[str, str]:
        """What makes `docker` and `docker compose` use this engine."""
        return {"DOCKER_HOST": f"unix://{self.folder}/docker.sock", "DOCKER_CONFIG": str(self.folder / "config")}

    def docker(self, *words: str, check: bool = True) -> str:
        """What a command printed; raises AssertionError with it when the command failed."""
        return self.run(["docker", *words], self.folder, check=check)

    def run(self, argv: list[str], folder: Path, *, check: bool = True, **more: str) -> str:
        done = subprocess.run(
            argv,
            cwd=folder,
            env=environment(**{**self.environ, **more}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=1800,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(argv)}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr

    def free_ports(self) -> None:
        """Remove the proxy of another test, which would go on listening on the ports of a web server."""
        for name in self.docker("ps", "--all", "--quiet", "--filter", "publish=443").split():
            self.docker("rm", "--force", name)

    def network(self) -> contextlib.AbstractContextManager[None]:
        """Within the block this thread is in the network of the engine: 127.0.0.1 has the ports that it publishes."""
        return inside(self.pid)


@contextlib.contextmanager
def inside(pid: int) -> Iterator[None]:
    """Within the block this thread is in the network of a process."""
    with Path("/proc/thread-self/ns/net").open("rb") as own, Path(f"/proc/{pid}/ns/net").open("rb") as theirs:
        _enter(theirs.fileno())
        try:
            yield
        finally:
            _enter(own.fileno())


def _enter(namespace: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def check_programs() -> None:
    """Skip what has no engine here, or fail it where every program has to be there."""
    if os.name != "posix" or os.uname().sysname != "Linux" or os.geteuid() != 0:
        pytest.skip("an engine of its own needs Linux and root")
    for program, package in (
        ("dockerd", "docker.io"),
        ("unshare", "util-linux"),
        ("iptables", "iptables"),
        ("ip", "iproute2"),
    ):
        if not shutil.which(program):
            not_here(f"{program} is not installed: run `apt-get install {package}`")


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Engine]:
    """An engine that keeps its data in this folder; what it ran is stopped at the end."""
    check_programs()
    plugins = folder / "config" / "cli-plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    (plugins / "docker-compose").symlink_to(tool("docker-compose"))
    engine = Engine(folder, _started(folder))
    try:
        _wait(engine)
        yield engine
    finally:
        _stop(engine)


def restart(engine: Engine) -> None:
    """As a machine that is switched off and on: every container is gone, and its network too."""
    _stop(engine)
    engine.process = _started(engine.folder)
    _wait(engine)


def _started(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "dockerd.log").open("ab") as log:
        return subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", START, "sh", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _stop(engine: Engine) -> None:
    engine.process.send_signal(signal.SIGTERM)
    try:
        engine.process.wait(timeout=180)
    except subprocess.TimeoutExpired:
        os.killpg(engine.pid, signal.SIGKILL)
        engine.process.wait()


def _wait(engine: Engine) -> None:
    until = time.monotonic() + STARTING
    while time.monotonic() < until and engine.process.poll() is None:
        if "Server Version" in engine.docker("info", check=False):
            return
        time.sleep(0.2)
    log = (engine.folder / "dockerd.log").read_text(encoding="utf-8", errors="replace").strip()
    # The rights that an engine needs are the machine's to give, and not every container has them.
    pytest.skip(f"no Docker engine starts here: {log.splitlines()[-1] if log else 'it said nothing'}")


def variables(values: Mapping[str, str]) -> str:
    """The lines of a file of variables."""
    return "".join(f"{name}={value}\n" for name, value in values.items())
