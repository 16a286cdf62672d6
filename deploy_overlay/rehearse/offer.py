"""Offers to rehearse right after a copy, where the project's dependencies are installed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ..base.answers import Answers
from ..base.environment import outside_copier
from ..base.programs import answer_of, status_of


def offer(answers: Answers, prefix: str) -> int:
    """Asks at a terminal and rehearses on yes; returns the rehearsal's exit status, 0 when there was none."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return 0
    environ = outside_copier()
    command = interpreter(answers, prefix, environ)
    if command is None:
        return 0
    import questionary

    question = f"Rehearse now with {' '.join(command)}? (the new dependencies must be installed)"
    if not questionary.confirm(question, default=False).ask():
        return 0
    return rehearse(answers, command, environ)


def rehearse(answers: Answers, command: tuple[str, ...], environ: Mapping[str, str]) -> int:
    """Runs the rehearsal at the terminal; it has timeouts of its own for each step."""
    argv = [*command, "-m", f"{answers.deploy_package}.rehearse"]
    try:
        return status_of(argv, answers.root / answers.django_root, environ)
    except OSError as error:
        print(f"deploy-overlay: {argv[0]} cannot be started ({error.strerror}).", file=sys.stderr)
        return 1


def interpreter(answers: Answers, prefix: str, environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """How to start the Python where the project is installed, or None when no such environment is to be seen.

    The active environment, then .venv or venv beside the manifest or manage.py, then the manager's own.
    """
    folders = [Path(environ["VIRTUAL_ENV"])] if environ.get("VIRTUAL_ENV") else []
    for root in dict.fromkeys((answers.dependency_root, answers.django_root, ".")):
        folders += [answers.root / root / name for name in (".venv", "venv")]
    for folder in folders:
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if python.is_file() and django_installed(folder):
            return (str(python),)
    if prefix and _manager_has_environment(answers, prefix.split(), environ):
        return (*prefix.split(), "python")
    return None


def django_installed(environment: Path) -> bool:
    return any(environment.glob("lib/python3*/site-packages/django/__init__.py")) or any(
        environment.glob("Lib/site-packages/django/__init__.py")
    )


def _manager_has_environment(answers: Answers, prefix: list[str], environ: Mapping[str, str]) -> bool:
    """`poetry run` and the like would make an environment where there is none: asked first, they do not."""
    questions = {"poetry": ["env", "info", "--path"], "pipenv": ["--venv"]}
    import shutil

    own = shutil.which(prefix[0], path=environ.get("PATH"))
    if own is None or prefix[0] not in questions:
        return False
    folder = answers.root / answers.dependency_root
    told = answer_of([own, *questions[prefix[0]]], environ, folder)
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return bool(lines) and django_installed(Path(lines[-1]))
