"""Makes sure that what will be deployed has been rehearsed: here, in CI, or now."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from pathlib import Path

from ..base import git
from ..base.answers import Answers
from ..base.message import Failure
from ..base.progress import tell
from ..base.release import command, own_version
from ..provision.commit import uncommitted
from ..rehearse.command import CANNOT_BEGIN, CODES, defaults
from ..rehearse.command import rehearse as prove
from ..rehearse.remembered import verdict_on
from ..rehearse.report import SCHEMA
from ..rehearse.results import NOT_READY, READY, UNPROVEN
from ..rehearse.tree import name_of_tree
from .project import Project


def check_rehearsed(project: Project, options: Namespace, platforms: list[str]) -> None:
    """Rehearse each platform for which this tree has not passed yet. Unproven is only a warning.

    Raises Failure if a rehearsal is not ready or cannot start.
    """
    assert project.answers is not None
    if options.skip_rehearsal:
        tell("not rehearsed, as you asked")
        return
    only = uncommitted(project.answers)  # other changes are not deployed
    tree = name_of_tree(project.root, only)
    told = _of_report(Path(options.report), tree, platforms) if options.report else {}
    folder = git.overlay_folder(project.root)
    for platform in platforms:
        verdict = told.get(platform) or verdict_on(folder, tree, platform, own_version())
        _judge(verdict or _rehearsed_now(project, options, platform, only), platform, project.answers)


def _rehearsed_now(project: Project, options: Namespace, platform: str, only: tuple[str, ...]) -> str:
    assert project.answers is not None
    tell(f"rehearsing for {platform} first (to skip this: --skip-rehearsal)")
    here = Path.cwd()
    env_file = Path(project.root / options.env_file) if options.env_file else None
    asked = defaults(platform=platform, env_file=env_file, only=only)
    os.chdir(project.root / project.answers.django_root)  # it tells which project of the repository this is
    try:
        status = prove(asked)
    finally:
        os.chdir(here)
    if status == CANNOT_BEGIN:
        raise Failure(
            "Nothing was deployed: the rehearsal could not start. Fix what it reports, or add --skip-rehearsal.",
            anchor="not-rehearsed",
        )
    if status not in CODES.values():
        raise KeyboardInterrupt
    return next(verdict for verdict, code in CODES.items() if code == status)


def _judge(verdict: str, platform: str, answers: Answers) -> None:
    if verdict == NOT_READY:
        line = command(answers.values, "rehearse", answers_file=answers.answers_file)
        raise Failure(
            f"Nothing was deployed: the rehearsal for {platform} is not ready. Fix what it reports and run `{line}`, or "
            "add --skip-rehearsal.",
            anchor="not-rehearsed",
        )
    told = {READY: "rehearsed: ready", UNPROVEN: "rehearsed: nothing failed, but not everything could be tested"}
    tell(f"{platform}: {told[verdict]}")


def _of_report(path: Path, tree: str, platforms: list[str]) -> dict[str, str]:
    """The verdict by platform in a report of `rehearse` on this tree and version.

    Raises Failure for another document.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(
            f"{path} cannot be read ({error}): give a file that `deploy-overlay rehearse --report FILE` wrote.",
            anchor="not-a-report",
        ) from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or found.get("verdict") not in CODES:
        raise Failure(
            f"{path} is not a report of this version: give a file that `deploy-overlay rehearse --report FILE` wrote.",
            anchor="not-a-report",
        )
    if (found.get("tree"), found.get("version")) != (tree, own_version()):
        raise Failure(
            f"{path} is for other files or another version of deploy-overlay: rehearse what you deploy, or leave --report "
            "out.",
            anchor="not-a-report",
        )
    listed = found.get("platforms")
    return {name: str(found["verdict"]) for name in platforms if isinstance(listed, list) and name in listed}
