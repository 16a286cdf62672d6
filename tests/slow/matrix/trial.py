"""One cell from the project to the visitor: applied, committed, cloned, built, migrated, started, asked, rehearsed."""

from __future__ import annotations

import importlib
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from deploy_overlay.rehearse.postgres import installed_programs, running_postgres
from deploy_overlay.rehearse.stage import Stage
from tests.support import (
    Project,
    apply_overlay,
    clone,
    commit,
    environment,
    failed_checks,
    make_project,
    rehearse,
    run,
    status,
    tree,
)

from .cells import Cell
from .visit import visited

KEY = "a-secret-of-the-matrix-alone-0123456789-abcdefghijklmnopqrstuvwxyz"


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a throw-away server on which databases are made."""
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        place = Path(folder)
        with running_postgres(
            Stage(place, place, place, "deploy", place / "log", Path(sys.executable)), environment(), print
        ) as server:
            yield urlunsplit(urlsplit(server.url)._replace(query=""))


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
    assert "https://devcenter.heroku.com/" in said, "the refusal names no page of the platform"
    assert tree(project.root) == before and not status(project), "a refusal wrote something"
    return cell.refused


def _serves(cell: Cell, deployed: Project, server: str, place: Path) -> None:
    place.mkdir()
    platform = importlib.import_module(f"{__package__}.simulated.{cell.platform}")
    with database(server) as address:
        site = platform.built(deployed, place, address, {"SECRET_KEY": KEY})
        site.prepare()
        with site.serving():
            visited(site, deployed.django_root.relative_to(deployed.root).as_posix())
    report = rehearse(deployed, "--platform", cell.platform, "--postgres", server)
    bad = failed_checks(report)
    assert not bad, "\n".join(["the rehearsal is not passed:", *bad])


@contextmanager
def database(server: str) -> Iterator[str]:
    """The address of an empty database of its own."""
    name = f"cell_{secrets.token_hex(6)}"
    psql = next(found.program("psql") for found in installed_programs())
    run([psql, server, "-qc", f"CREATE DATABASE {name}"], Path("/"))
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        run([psql, server, "-qc", f"DROP DATABASE {name} WITH (FORCE)"], Path("/"))
