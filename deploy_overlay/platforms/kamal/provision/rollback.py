"""Puts a version online again whose containers are still on the server: https://kamal-deploy.org/docs/commands/rollback/"""

from __future__ import annotations

from ....adapter.history import Release, Rollback
from ....adapter.site import Site
from ....adapter.steps import Command, Step
from ....base.message import Failure
from .release import TRIED, observe
from .server import DEPLOYING, Server


def rollback(site: Site, now: Release, back: Release) -> Rollback:
    server = Server(site)
    version = back.artefact
    if not version:
        raise Failure(
            f"The server has no containers of {back.version} any more: Kamal keeps those of the last five versions. Choose "
            f"another with --to, or check out that commit and `{site.command('deploy')}`.",
            anchor="no-such-release",
        )

    def commands() -> list[Command]:
        site.notes[TRIED] = version
        return server.changed_by("rollback", version, timeout=DEPLOYING, progress=f"starting {back.version} ...")

    step = Step(
        name="rollback",
        what=f"version {back.version}",
        observe=lambda: observe(server, version),
        commands=commands,
        plan=lambda: [server.line("rollback", version)],
    )
    return Rollback([step], ["Kamal starts its containers anew, with the values that .kamal/secrets gives today."])
