"""Without a verb: the state of the project as this machine knows it, and the next step. Asks no platform."""

from __future__ import annotations

import dataclasses
from argparse import Namespace
from dataclasses import dataclass
from typing import Any

from ..adapter.request import PRODUCTION
from ..base import git
from ..base.answers import Answers
from ..base.message import first_of
from ..base.release import PROGRAM, command, recorded
from ..plan import plan
from ..plan.asked_files import asked_files
from ..platforms import chosen, purposes, title
from ..provision.move.notes import closed_sites
from ..provision.sites import record_of
from ..summary import aligned
from .machine import print_document
from .own import own_release
from .project import Project

MOST = 3  # paths that are shown


@dataclass(frozen=True)
class Overview:
    rows: tuple[tuple[str, str], ...]
    next: tuple[tuple[str, str], ...]  # what for, command
    data: dict[str, Any]


def show(project: Project, options: Namespace) -> int:
    found = _without_overlay(project) if project.answers is None else _with_overlay(project.answers)
    if options.json:
        steps = [{"what": what, "command": line} for what, line in found.next]
        print_document({**found.data, "next": steps})
        return 0
    print("\n".join([*aligned(found.rows), "", "Next", *aligned(found.next), "", f"All verbs: {PROGRAM} --help"]))
    return 0


def _without_overlay(project: Project) -> Overview:
    own = own_release()
    values = {"_src_path": own.source, "_commit": own.version}
    steps = [("add it", command(values, "add")), ("or try it first", command(values, "rehearse"))]
    if not git.text(project.root, "rev-parse", "--git-dir"):
        steps.insert(0, ("create a repository", "git init"))
    rows = (("project", str(project.root)), ("overlay", "not added yet"))
    return Overview(rows, tuple(steps), {"project": project.root.name, "overlay": False})


def _with_overlay(answers: Answers) -> Overview:
    release = recorded(answers.values)
    open_files = _uncommitted(answers)
    environments = _created(answers)
    created = environments.pop(PRODUCTION, [])
    sites = [(one.name, plan(answers.values, one).total) for one in chosen(answers)]

    def line(*words: str) -> str:
        return command(answers.values, *words, answers_file=answers.answers_file)

    rows = [
        ("project", answers.text("deploy_name", answers.root.name)),
        ("overlay", f"{release.version or 'no version'} of {release.source}"),
        *[("platform", f"{name}{f', {price} a month planned' if price else ''}") for name, price in sites],
        ("created", ", ".join(created) or "nothing"),
        *[(name, f"created by this clone: {', '.join(things)}") for name, things in environments.items()],
        ("not committed", first_of(open_files, MOST) if open_files else "no files of the overlay"),
    ]
    steps = [("rehearse", line("rehearse"))]
    if open_files:
        steps.append(("commit", "git add --all && git commit" if _all_is_ours(answers, open_files) else "git status"))
    steps.append(("deploy a change" if created else "deploy", line("deploy")))
    if created:
        steps.append(("see what is online", line("status")))
    closed = closed_sites(git.overlay_folder(answers.root))
    for source, app in closed:
        rows.append(("closed by a move", f"{app} on {title(source)}"))
        steps.append((f"reopen {app}", line("move", "--from", source, "--app", app, "--reopen")))
    steps += [(f"see {name}", line("status", "--environment", name)) for name in environments]
    data = {
        "project": answers.text("deploy_name", answers.root.name),
        "overlay": True,
        "source": release.source,
        "version": release.version,
        "answers_file": answers.answers_file,
        "platforms": answers.texts("deploy_platforms"),
        "created": created,
        "closed_by_moves": [{"platform": source, "app": app} for source, app in closed],
        "environments": environments,
        "uncommitted": open_files,
        "running": {"source": own_release().source, "version": own_release().version},
    }
    return Overview(tuple(rows), tuple(steps), data)


def _uncommitted(answers: Answers) -> list[str]:
    """Files of the overlay and dependency files with uncommitted changes."""
    own = [answers.answers_file, answers.deploy_folder, *purposes(answers.texts("deploy_platforms"))]
    own += asked_files(answers.values)
    paths = [*own, *answers.texts("django_dependency_files")]
    return _changed(answers, *(f":(literal){path}" for path in dict.fromkeys(paths)))


def _changed(answers: Answers, *paths: str) -> list[str]:
    listed = git.output(answers.root, "status", "--porcelain=v1", "-z", "--no-renames", "--", *paths) or b""
    return [entry[3:] for entry in listed.decode("utf-8", "replace").split("\0") if len(entry) > 3]


def _all_is_ours(answers: Answers, ours: list[str]) -> bool:
    return set(_changed(answers)) == set(ours)


def _created(answers: Answers) -> dict[str, list[str]]:
    """What this clone created on platforms, by environment, according to its record; `status` asks the platforms.

    Of other environments than production, only those with something.
    """
    found: dict[str, list[str]] = {}
    for name in answers.texts("deploy_platforms"):
        of_production = record_of(name, answers, git.overlay_folder(answers.root))
        for environment in (PRODUCTION, *of_production.environments()):
            things = dataclasses.replace(of_production, environment=environment).descriptions()
            if things:
                found.setdefault(environment, []).extend(things)
    return found
