"""One cell from the project to the visitor: applied, committed, cloned, built, migrated, started, asked, rehearsed."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.support import (
    Project,
    apply_overlay,
    clone,
    commit,
    failed_checks,
    make_project,
    rehearse,
    run,
    status,
    tree,
)

from .cells import Cell
from .live import lively
from .services import services
from .visit import visited
from .whole import worked


def tried(cell: Cell, template: Path, server: str, place: Path) -> str:
    """The entry of docs/errors.md with which the cell was refused, or "" for a site that passed everything.

    Raises AssertionError with what was wrong: also where nothing was refused that should have been, and the reverse.
    """
    project = make_project(place / "library", **cell.project)
    before = tree(project.root)
    version = run([project.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], place).stdout.strip()
    answers: dict[str, Any] = {"django_python_version": version, **cell.answers}
    done = apply_overlay(project, template, **answers)
    if done.returncode != 0:
        return _refused(cell, done, project, before)
    assert not cell.refused, f"not refused, though its platform would: {cell.refused}"
    commit(project, "Add the deployment overlay")
    deployed = clone(project, place / "clone")
    _serves(cell, deployed, server, place / "platform")
    return ""


def _refused(cell: Cell, done: subprocess.CompletedProcess[str], project: Project, before: dict[str, str]) -> str:
    said = done.stderr
    anchor = re.search(r"errors/#([\w-]+)", said)
    assert cell.refused and anchor and anchor[1] == cell.refused, f"copier copy ended with {done.returncode}\n{said}"
    assert cell.whole or "https://devcenter.heroku.com/" in said, "the refusal names no page of the platform"
    assert tree(project.root) == before and not status(project), "a refusal wrote something"
    return cell.refused


def _serves(cell: Cell, deployed: Project, server: str, place: Path) -> None:
    place.mkdir()
    platform = importlib.import_module(f"{__package__}.simulated.{cell.platform}")
    with services(server, place, whole=cell.whole, bucket=cell.bucket, redis_alone=cell.live) as has:
        site = platform.built(deployed, place, has.given)
        site.prepare()
        with site.serving():
            visited(site, deployed.django_root.relative_to(deployed.root).as_posix())
            if cell.live:
                lively(site)
            if cell.whole:
                worked(site, has.mail, bucket=cell.bucket, workers_see_uploads=cell.workers_see_uploads)
    report = rehearse(deployed, "--platform", cell.platform, "--postgres", server)
    bad = failed_checks(report)
    assert not bad, "\n".join(["the rehearsal is not passed:", *bad])
