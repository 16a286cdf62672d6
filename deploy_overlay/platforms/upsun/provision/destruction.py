"""What deletes a site from Upsun: https://docs.upsun.com/projects/delete-project.html

A project has everything of a site in it: services, files, backups, variables. The organization that pays for it stays.
"""

from __future__ import annotations

from ....adapter.ownership import reason_not_to_delete, refuse_deletion
from ....adapter.site import MARK, Site
from ....adapter.steps import Command, Destruction, Leftover, Observation, Part, Step
from ....base.message import Failure
from . import environments
from .project import REMOTES, Project

NOTE = "Upsun deletes the data with its project, so it cannot go last."
DELETED = "deleted project"  # in the record: its id, before it is deleted
SOON = 300.0  # seconds that a deletion may take
INACTIVE = ("inactive", "deleting")  # environments without data


def destruction(site: Site, keep_data: bool) -> Destruction:
    if keep_data:
        raise Failure(
            "On Upsun, --keep-data is not possible, because the data is in the project: save the database "
            "and the files first, then run this again without it.",
            anchor="data-not-kept",
        )
    project = Project(site)
    if project.beside:
        return environments.destruction(project, NOTE.replace("project", "environment"))
    return Destruction([_project(project), _link(project)], note=NOTE)


def _project(project: Project) -> Step:
    def observe() -> Observation:
        project.id, others = _found(project)
        if not project.id:
            return Observation(True, leaves=others)
        _check_environments(project)
        return Observation(
            False,
            f"{project.id}, with its variables, domains and address",
            cost=_cost(project),
            loses="every backup" if (parts := _parts(project)) else "its database, uploaded files and every backup",
            parts=tuple(parts),
            leaves=(*others, Leftover("the organization", "it pays for other projects too")),
        )

    def line() -> tuple[str, ...]:
        return ("project:delete", "--project", project.id, "--yes")

    def commands() -> list[Command]:
        project.site.record.choose(DELETED, project.id)
        return [Command(line(), progress="Upsun deletes the project ...")]

    return Step(
        name="project", what=f"project {project.title}", observe=observe, commands=commands,
        plan=lambda: [project.site.cli.line(*line())], patience=SOON, deletes=("project", "mark"),
    )  # fmt: skip


def _found(project: Project) -> tuple[str, tuple[Leftover, ...]]:
    """The id of this repository's project, empty where there is none, and others of its title, which stay.

    Raises Failure where the repository is linked to one that is not its own.
    """
    site = project.site
    project.id = project.linked()
    if not project.id:
        return _unlinked(project)
    if not project.exists():
        if site.record.chosen(DELETED) == project.id:
            return "", ()
        raise Failure(
            f"This repository is linked to the Upsun project {project.id}, which the account that is logged in does not "
            "see: log in as another (`upsun login`). If the project is deleted, unlink it with `git remote remove upsun`.",
            anchor="not-this-projects",
        )
    if why := _foreign(project):
        raise refuse_deletion(f"The Upsun project {project.id}", why, _by_hand(project.id))
    return project.id, ()


def _unlinked(project: Project) -> tuple[str, tuple[Leftover, ...]]:
    """As `_found`, where no git remote leads to a project. Upsun lets many have one title."""
    ours, others = [], []
    for id_ in project.with_title():
        project.id = id_
        if not project.exists():
            continue
        if why := _foreign(project):
            others.append(Leftover(f"project {project.title} ({project.id})", why, undo=_by_hand(project.id)))
        else:
            ours.append(project.id)
    if ours:
        project.id = ours[0]
        project.exists()
        project.look_at_variables()
        return ours[0], tuple(others)
    id_, title = project.marked_elsewhere()
    if id_:
        raise Failure(
            f"The Upsun project {title} ({id_}) has this repository's mark: link it with `upsun set-remote {id_}`, then "
            "run this again.",
            anchor="not-this-projects",
        )
    if project.site.record.intended("project", project.title) and project.ordered():
        raise Failure(
            f"Upsun is still making the project {project.title}: run this again in a few minutes.",
            anchor="still-at-work",
        )
    return "", tuple(others)


def _by_hand(id_: str) -> str:
    return f"upsun project:delete --project {id_}"


def _foreign(project: Project) -> str:
    """Why the project is not this repository's, as a clause; empty where it is."""
    mark = project.look_at_variables().get(MARK, "")

    def unused() -> bool:
        return not project.variables and not project.look_at_environment().get("head_commit")

    return reason_not_to_delete(project.site, "project", project.title, [mark] if mark else [], unused=unused)


def _check_environments(project: Project) -> None:
    """Raises Failure where other environments would be deleted with the project."""
    others = [name for name, status in project.environments() if name != project.branch and status not in INACTIVE]
    if others:
        raise Failure(
            f"The Upsun project {project.id} has other environments, which would be deleted with it: "
            f"{', '.join(others)}. Nothing was deleted. Delete them first with `upsun environment:delete "
            f"{' '.join(others)} --project {project.id} --delete-branch`, then run this again.",
            anchor="used-elsewhere",
        )


def _parts(project: Project) -> list[Part]:
    """The containers with a disk, as far as Upsun tells."""
    if project.look_at_environment()["status"] != "active":
        return []
    rows = project.look_at_sizes()
    return [
        Part(f"service {name}", f"everything on its disk ({disk} MB)") for name, _, disk, _ in rows if disk.isdecimal()
    ]


def _cost(project: Project) -> float:
    return 0 if project.flavour == "fixed" else sum(part.amount for part in project.site.plan.costs)


def _link(project: Project) -> Step:
    def remotes() -> list[str]:
        """Those that lead to the project which is deleted."""
        gone = project.site.record.chosen(DELETED) or project.id
        urls = {name: project.site.git("config", "--get", f"remote.{name}.url") for name in REMOTES}
        return [name for name, url in urls.items() if gone and url.startswith(f"{gone}@git.")]

    return Step(
        name="link", what="git remote of this repository that leads to it", observe=lambda: Observation(not remotes()),
        commands=lambda: [Command(("remote", "remove", name), program="git") for name in remotes()],
        deletes=("link", "variables"),
    )  # fmt: skip
