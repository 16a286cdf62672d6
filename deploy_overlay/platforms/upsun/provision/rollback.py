"""Pushes an older commit to the environment. Upsun has no rollback of its own and advises git:
https://docs.upsun.com/environments/restore.html

A commit that is older than the environment's needs force. Where the app and its configuration are as in an earlier build,
Upsun uses that build again: https://docs.upsun.com/create-apps/image-properties/hooks.html#build-hook
"""

from __future__ import annotations

from ....adapter.history import Release, Rollback, check_here
from ....adapter.site import Site
from ....adapter.steps import Command, Step
from .project import Project
from .release import BUILD, push, see_release


def rollback(site: Site, now: Release, back: Release) -> Rollback:
    check_here(site, back)
    project = Project(site, id=Project(site).linked())

    def commands() -> list[Command]:
        return push(project, back.commit, "--force", back.commit)

    step = Step(
        name="rollback",
        what=f"deployment of commit {back.commit[:8]}",
        observe=lambda: see_release(project, back.commit),
        commands=commands,
        patience=BUILD,
    )
    note = (
        f"Upsun has no rollback: the older commit becomes the newest one of {project.branch} there, by a forced push. Your "
        "own branches stay as they are."
    )
    return Rollback([step], [note])
