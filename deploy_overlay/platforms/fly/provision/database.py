"""The app's database as this machine reaches it: through the private network of its organisation."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ....adapter.site import Site
from ....adapter.tunnel import through, tunnel
from ....base.message import Failure
from ....base.scrub import hide

READ = "printenv DATABASE_URL"
# https://fly.io/docs/mpg/client-configuration/: by way of a pooler or directly. A tunnel goes to the server itself.
MANAGED = r"(?:\w+\.)?(\w+)\.flympg\.net"
# https://fly.io/docs/networking/private-networking/
UNMANAGED = r"(?:.*\.)?([\w-]+)\.(?:flycast|internal)"


@contextlib.contextmanager
def database(site: Site) -> Iterator[str]:
    url = _address(site)
    host = urlsplit(url).hostname or ""
    if managed := re.fullmatch(MANAGED, host):
        argv = ("mpg", "proxy", managed[1], "--local-port")
        with tunnel(site.cli, lambda port: (*argv, str(port))) as port:
            yield through(url, port)
    elif unmanaged := re.fullmatch(UNMANAGED, host):
        remote = urlsplit(url).port or 5432
        with tunnel(site.cli, lambda port: ("proxy", f"{port}:{remote}", "-a", unmanaged[1], "-q")) as port:
            yield through(url, port)
    else:  # a server that the whole internet reaches
        yield url


def _address(site: Site) -> str:
    """A secret's value is told by a Machine that has it, and by nothing else."""
    argv = ("ssh", "console", "-a", site.name, "-q", "-C", READ)
    done = site.cli.ask(*argv, secret=True)
    found = re.search(r"(?m)^\s*((?:postgres|postgresql|postgis)://\S+)", done.output)
    if found:
        hide(found[1])
        return found[1]
    if "no started VMs" in done.errors + done.output:
        raise Failure(
            f"The Fly.io app {site.name} has no started Machine, and only one knows its DATABASE_URL: start one with "
            f"`fly machine start -a {site.name}`, then run this again.",
            anchor="database-missing",
        )
    if done.status != 0 and done.errors.strip() and "exited with status 1" not in done.errors:
        raise site.cli.failure(done, site.cli.line(*argv))
    raise Failure(
        f"The Fly.io app {site.name} has no DATABASE_URL: create its database with `{site.command('provision')}`.",
        anchor="database-missing",
    )
