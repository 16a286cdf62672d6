"""The site's PostgreSQL as this machine reaches it: through SSH, because its container publishes no port."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import shlex
from collections.abc import Iterator
from urllib.parse import urlsplit

from ....adapter.site import Site
from ....adapter.tunnel import through, tunnel
from ....base.message import Failure
from .server import Server
from .values import printed

ADDRESS = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"


@contextlib.contextmanager
def database(site: Site) -> Iterator[str]:
    server = Server(site)
    url = printed(site, server.destination).get("DATABASE_URL", "")
    host = urlsplit(url).hostname or ""
    if not host:
        raise Failure(
            "DATABASE_URL has no value in .kamal/secrets: give the variables that it is made of theirs, as "
            f"{site.answers.deploy_folder}/README.md says, then run this again.",
            anchor="database-missing",
        )
    remote = urlsplit(url).port or 5432
    found = server.look().named(host)
    if found is None and (name := next((one for one in server.accessories if server.called(one) == host), "")):
        raise Failure(
            f"PostgreSQL ({host}) is not there: start it with `{server.line('accessory', 'boot', name)}`, then run this again.",
            anchor="database-missing",
        )
    if found is None and not is_private(host):  # a server elsewhere
        yield url
        return
    if found is None:  # one that the site's server reaches, such as an accessory on another one
        with _through(server, "", host, remote) as port:
            yield through(url, port)
        return
    if not found.runs:
        raise Failure(
            f"PostgreSQL ({host}) is {found.state}: start it with `{server.line('accessory', 'start', 'postgres')}`, then run "
            "this again.",
            anchor="database-missing",
        )
    told = server.asked(f"docker inspect --format {shlex.quote(ADDRESS)} {shlex.quote(host)}", found.host)
    address = next(iter(re.findall(r"\d+\.\d+\.\d+\.\d+", told)), "")
    if not address:
        raise ValueError(f"{host} has no address: {told!r}")
    with _through(server, found.host, address, remote) as port:
        yield through(url, port)


def is_private(host: str) -> bool:
    """Whether this machine cannot reach a host that a server may: an address of a private network, or a name within one."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host


@contextlib.contextmanager
def _through(server: Server, by: str, address: str, remote: int) -> Iterator[int]:
    """The local port of a tunnel by one of the site's servers, the primary one unless named."""
    ssh, place = server.ssh(by)
    options = ("-N", "-o", "ExitOnForwardFailure=yes")
    target = f"[{address}]" if ":" in address else address
    with tunnel(ssh, lambda port: (*options, "-L", f"127.0.0.1:{port}:{target}:{remote}", *place)) as port:
        yield port
