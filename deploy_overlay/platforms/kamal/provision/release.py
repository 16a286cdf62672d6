"""A release: Kamal builds the commit, starts it beside the old version, and lets visitors in once it answers.

https://kamal-deploy.org/docs/commands/deploy/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....adapter.site import Site
from ....adapter.steps import Command, Observation, Step
from .server import DEPLOYING, Look, Server

TRIED = "tried"  # note: the version that this run has tried to put online


def releases(site: Site) -> Sequence[Step]:
    server = Server(site)
    return [
        Step(
            name="release",
            what="release",
            observe=lambda: observe(server, site.commit),
            commands=lambda: _deploy(server),
            plan=lambda: [server.line(_verb(server.look()))],
            after=("service",),
        )
    ]


def is_online(server: Server, look: Look, version: str) -> bool:
    """Whether every role runs this version and no other on all its hosts, and Kamal has come to the end of it."""
    running = server.running(look)
    ended = [one.ended_well for one in look.boots if one.version == version]
    return all(found == {version} for found in running.values()) and (any(ended) or not ended)


def observe(server: Server, version: str) -> Observation:
    """What became of a version that is to be online."""
    look = server.look()
    tried = server.site.notes.get(TRIED) == version
    online = all(look.docker.values()) and is_online(server, look, version)
    changed = server.changed_values(look) if online and not tried else []
    if online and not changed:
        return Observation(True, f"{version[:12]} runs")
    if problem := server.held(look):
        return Observation(False, problem=problem)
    first = not any(one.ended_well for one in look.boots)
    values = f" with new values of {', '.join(changed)}" if changed else ""
    return Observation(
        False,
        f"{version[:12]} on {', '.join(server.hosts)}{values}",
        first=first,
        failed=_goes_on(server, look, version) if tried else "",
    )


def _goes_on(server: Server, look: Look, version: str) -> str:
    """What visitors get after a release has failed."""
    running, web = server.running(look), server.visited(look, version)
    output = f"The containers' output: `{server.line('app', 'logs')}`."
    if not web:
        return f"No version of {server.service} is online. {output}"
    if version not in web:
        lost = [f"{role}{server.on(host)}" for (role, host), found in running.items() if not found - {version}]
        told = f" Without its old version: {', '.join(lost)}." if lost else ""
        serving = ", ".join(sorted(one[:12] for one in web))
        return f"The previous version keeps serving: {serving} is online.{told} {output}"
    behind = [f"{role}{server.on(host)}" for (role, host), found in running.items() if version not in found]
    told = f" Without it: {', '.join(behind)}." if behind else ""
    return f"{version[:12]} is online in part: {visitors_get(server, web)}.{told} Run this again to finish. {output}"


def visitors_get(server: Server, web: Mapping[str, Sequence[str]]) -> str:
    """A clause on versions and their hosts."""
    found = (f"{version[:12]}{server.on(', '.join(hosts))}" for version, hosts in web.items())
    return f"visitors get {' and '.join(found)}"


def _verb(look: Look) -> str:
    """https://kamal-deploy.org/docs/commands/setup/"""
    return "deploy" if any(one.ended_well for one in look.boots) else "setup"


def _deploy(server: Server) -> list[Command]:
    server.site.notes[TRIED] = server.site.commit
    progress = "Kamal builds the image, migrates and starts the new version, some minutes ..."
    return server.changed_by(_verb(server.look()), timeout=DEPLOYING, progress=progress)
