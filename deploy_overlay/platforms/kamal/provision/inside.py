"""A program in the newest container of the site that runs, on the server: https://docs.docker.com/reference/cli/docker/container/exec/"""

from __future__ import annotations

import shlex

from ....adapter.inside import BOOTSTRAP, Inside
from ....adapter.site import Site
from ....base.message import Failure
from .server import Server


def inside(site: Site) -> Inside:
    server = Server(site)
    running = [one for one in server.containers(server.look(), server.roles[0], server.hosts[0]) if one.runs]
    if not running:
        raise Failure(
            f"No container of {server.service} runs on {server.hosts[0]}: start it with `{server.line('app', 'boot')}`, then "
            "run this again.",
            anchor="database-missing",
        )
    ssh, place = server.ssh(running[0].host)
    start = f"docker exec -i {shlex.quote(running[0].name)}"
    return Inside(ssh, lambda line: (*place, f"{start} {line}"), site.plan.line.python(BOOTSTRAP))
