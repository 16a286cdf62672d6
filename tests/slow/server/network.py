"""A private network between engines, as a provider has one between servers, with a load balancer at its door.

It is a network namespace with a bridge, to which each engine's own namespace has a cable. Caddy is the load balancer.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import environment
from tests.tools import tool

from .engine import Engine, inside

CABLE = "private"  # the name of an engine's end
# Caddy ends TLS for the site's name, and asks each server in turn; one that does not answer is left out for some seconds.
CADDYFILE = """{{
  auto_https off
  admin off
}}
https://{host} {{
  tls {certificate} {key}
  reverse_proxy {servers} {{
    lb_policy round_robin
    lb_try_duration 30s
    fail_duration 5s
    unhealthy_status 5xx
  }}
}}
"""
START = """set -eu
ip link set lo up
ip link add bridge type bridge
ip address add 10.0.0.1/24 dev bridge
ip link set bridge up
echo ready
exec sleep infinity
"""


@dataclass(frozen=True)
class Private:
    pid: int  # of what holds it
    addresses: tuple[str, ...]  # of the engines, in their order

    def network(self) -> contextlib.AbstractContextManager[None]:
        """Within the block this thread is where the load balancer is, at 127.0.0.1."""
        return inside(self.pid)


@contextlib.contextmanager
def private(*engines: Engine) -> Iterator[Private]:
    holder = subprocess.Popen(["unshare", "--net", "sh", "-c", START], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        assert holder.stdout and holder.stdout.readline() == b"ready\n"
        addresses = []
        for number, engine in enumerate(engines, 2):
            near = f"to{number}"
            _at(holder.pid, "link", "add", near, "type", "veth", "peer", "name", CABLE, "netns", str(engine.pid))
            _at(holder.pid, "link", "set", near, "master", "bridge", "up")
            _at(engine.pid, "address", "add", f"10.0.0.{number}/24", "dev", CABLE)
            _at(engine.pid, "link", "set", CABLE, "up")
            addresses.append(f"10.0.0.{number}")
        yield Private(holder.pid, tuple(addresses))
    finally:
        holder.terminate()
        holder.wait(timeout=60)


@contextlib.contextmanager
def unplugged(engine: Engine) -> Iterator[None]:
    """Within the block an engine is not in the private network, and goes on otherwise."""
    _at(engine.pid, "link", "set", CABLE, "down")
    try:
        yield
    finally:
        _at(engine.pid, "link", "set", CABLE, "up")


@contextlib.contextmanager
def load_balancer(between: Private, folder: Path, host: str, certificate: Path, key: Path) -> Iterator[None]:
    """HTTPS for a host at 127.0.0.1 of the private network, and plain HTTP from there to the servers."""
    servers = " ".join(f"http://{address}:80" for address in between.addresses)
    file = folder / "Caddyfile"
    file.write_text(CADDYFILE.format(host=host, certificate=certificate, key=key, servers=servers), encoding="utf-8")
    home = environment(XDG_DATA_HOME=str(folder), XDG_CONFIG_HOME=str(folder))
    with (folder / "caddy.log").open("wb") as log:
        argv = ["nsenter", f"--net=/proc/{between.pid}/ns/net", str(tool("caddy")), "run", "--config", str(file)]
        caddy = subprocess.Popen(argv, env=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield
    finally:
        caddy.terminate()
        caddy.wait(timeout=60)


def _at(pid: int, *words: str) -> None:
    argv = ["nsenter", f"--net=/proc/{pid}/ns/net", "ip", *words]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}\n{done.stderr}"
