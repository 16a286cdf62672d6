"""Runs Copier for the verbs that change files, in this terminal or with a JSON document for machines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..base import answers as answers_module
from ..base.environment import outside_copier
from ..base.message import DOCUMENTATION
from ..base.programs import status_of
from ..base.scrub import scrubbed
from ..rehearse.offer import STARTED_BY_COMMAND
from ..update.changes import changes
from .machine import print_document
from .project import Project

NOTHING: dict[str, list[str]] = {"new": [], "changed": [], "removed": [], "conflicts": []}
_MORE = re.compile(r"^More: (\S+)$", re.MULTILINE)


def environment() -> dict[str, str]:
    """The environment for Copier, in which the template's code finds its packages."""
    return {**outside_copier(os.environ), STARTED_BY_COMMAND: "1"}


def run_copier(argv: Sequence[str], project: Project, *, machine: bool = False) -> int:
    """Run Copier in the git root, which is the current folder. The exit status.

    For a `machine` it asks nothing, output goes to standard error, and standard output is one document: the changes or
    the error.
    """
    command = [sys.executable, "-m", "copier", *argv]
    if not machine:
        return status_of(command, Path.cwd(), environment())
    before = _listed(project.root)
    status, told = _run(command)
    if status != 0:
        print_document({"error": _error(told)})
        return status
    after = {
        kind: [path for path in paths if path not in before[kind]] for kind, paths in _listed(project.root).items()
    }
    there = (project.root / project.answers_file).is_file()
    answers = answers_module.read(project.root, project.answers_file) if there else None
    version = answers.text("_commit") if answers else ""
    print_document({"version": version, "platforms": answers.texts("deploy_platforms") if answers else [], **after})
    return 0


def _listed(root: Path) -> dict[str, list[str]]:
    """Paths that differ from the last commit, by kind of change."""
    found = changes(root)
    return {
        "new": list(found.new),
        "changed": list(found.changed),
        "removed": list(found.gone),
        "conflicts": list(found.conflicts),
    }


def _run(command: Sequence[str]) -> tuple[int, str]:
    """The exit status and the output, which is passed on to standard error line by line."""
    running = subprocess.Popen(
        command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    told = []
    assert running.stdout is not None
    for line in running.stdout:
        told.append(line)
        sys.stderr.write(line)
        sys.stderr.flush()
    return running.wait(), "".join(told)


def _error(told: str) -> dict[str, str]:
    """The message above our last link, or else Copier's last line."""
    links = list(_MORE.finditer(told))
    above = told[: links[-1].start()] if links else told
    lines = [line for line in above.strip().splitlines() if line.strip()]
    begun = next(
        (number for number in reversed(range(len(lines))) if lines[number].startswith("deploy-overlay: ")), None
    )
    message = (
        "\n".join(lines[begun:]) if links and begun is not None else lines[-1] if lines else "Copier gave no reason."
    )
    return {
        "message": scrubbed(message.removeprefix("deploy-overlay: ")),
        "help": links[-1][1] if links else f"{DOCUMENTATION}errors/",
    }
