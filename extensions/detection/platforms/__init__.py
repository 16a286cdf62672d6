"""What belongs to one platform in detection: a module for each platform that needs one, found by its name.

`check(root, answers)` raises Refusal for what the platform would not build: `root` is the git root, where it looks at
the files that the platform looks at; `answers` are those given so far. `there(project)` gives the files by which a
project is known to be deployed there already. A module has one of the two, or both.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..facts import Evidence, Fact, Refusal
from ..project import Project


def check_platform(name: str, root: Path, answers: Mapping[str, Any]) -> None:
    """Raise Refusal for a project that this platform would refuse; a platform without rules refuses nothing."""
    if importlib.util.find_spec(f"{__name__}.{name}") is not None:
        module = importlib.import_module(f"{__name__}.{name}")
        if hasattr(module, "check"):
            module.check(root, answers)


def refuse_second_project(name: str, answers: Mapping[str, Any]) -> None:
    """Raise Refusal: for platforms that read their files at the root of a repository, and nowhere else."""
    if answers.get("deploy_beside"):
        raise Refusal(
            f"{name} reads its files at the root of the repository, and those there are of another Django project that "
            "has the overlay already. Choose -d deploy_platforms='[fly]', or give this project a repository of its own.",
            anchor="one-project-only",
        )


def django_platforms(project: Project) -> Fact:
    """Names of the platforms whose files the project has, in alphabetical order; files of the overlay do not count."""
    found: dict[str, list[Evidence]] = {}
    for file in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        module = importlib.import_module(f"{__name__}.{file.stem}")
        places = module.there(project) if hasattr(module, "there") else []
        if places:
            found[file.stem] = places
    return Fact(list(found), tuple(place for places in found.values() for place in places))
