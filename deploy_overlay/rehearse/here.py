"""The quick check in the current folder and environment: its failures are real, but it does not prove a deployment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..base import git
from ..base.answers import Answers
from ..base.message import Failure
from ..base.programs import output_of
from .preparation import Installed, Tree
from .results import Outcome, Results, failed

HERE = (
    "This ran in your working folder and environment, which may differ from what would be deployed. Run it without --here "
    "to test that."
)


def use_current_folder(answers: Answers, results: Results) -> tuple[Tree, Installed]:
    """The working folder and the environment of the project. Raises Failure if no environment has Django."""
    results.add_unproven(HERE)
    python = environment_python(answers)
    version = output_of([str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], os.environ).strip()
    changed = git.text(answers.root, "status", "--porcelain", "--untracked-files=normal").splitlines()
    tree = Tree(answers.root, "", answers.root, tuple(line[3:] for line in changed))
    return tree, Installed(python, python.parent, version)


def collected_elsewhere(facts: Mapping[str, Any], place: str) -> Outcome | None:
    """A failure if collectstatic would write into the project instead of `place`; else None."""
    root = facts["STATIC_ROOT"]
    if not root or Path(str(root)).resolve() == Path(place).resolve():
        return None
    return failed(
        f"STATIC_ROOT is {root}, not the variable STATIC_ROOT, so that collectstatic would write into your project",
        "Read STATIC_ROOT from the environment in the production settings, or run this without --here.",
    )


def environment_python(answers: Answers) -> Path:
    """The Python of the project's environment: the active one, then .venv or venv beside the manifest or manage.py.

    The Python that runs this is the last: it is the project's own if the command is installed beside Django. Raises
    Failure if none of them has Django.
    """
    folders = [Path(os.environ["VIRTUAL_ENV"])] if os.environ.get("VIRTUAL_ENV") else []
    for root in dict.fromkeys((answers.dependency_root, answers.django_root, ".")):
        folders += [answers.root / root / name for name in (".venv", "venv")]
    folders.append(Path(sys.prefix))
    for folder in folders:
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if python.is_file() and _has_django(folder):
            return python
    raise Failure(
        "No environment with Django was found here. Activate your project's environment, or run this without --here, which "
        "installs the project by itself.",
        anchor="rehearsal-no-environment",
    )


def _has_django(environment: Path) -> bool:
    patterns = ("lib/python3*/site-packages/django/__init__.py", "Lib/site-packages/django/__init__.py")
    return any(found for pattern in patterns for found in environment.glob(pattern))
