"""The platforms: one package for each, found by its name in `deploy_platforms`.

A platform's package has

- `NAME`, as the platform writes it;
- `STATUS`: `stable`, `preliminary`, or `deprecated until YYYY-MM-DD, use NAME`;
- `FILES`: what its own files are for, by their path from the git root;
- `price(answers)`: what the answers cost a month, in one short line.

and may have

- `replaced(answers)`: files of the user's that the platform gives up, by path, with what to do;
- `asks_for(before, answers)`: sentences on what a changed answer asks for beyond the merge of files.

`before` are the answers of before an update.

Its module `checks` may have `check(root, answers)`, which raises Failure for what the platform would not build (`root` is
the git root, `answers` those given so far), and `there(project)`, which gives the files by which a project is known to be
deployed there already.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

from ..base.answers import Answers
from ..base.evidence import Evidence
from ..detect import Project


class Platform(Protocol):
    NAME: str
    STATUS: str
    FILES: Mapping[str, str]

    def price(self, answers: Answers) -> str: ...


def module(name: str) -> Platform:
    """The module of one platform by its name in the answers; raises ModuleNotFoundError for another."""
    return cast(Platform, importlib.import_module(f"{__name__}.{name}"))


def names() -> list[str]:
    """Names of all platforms, in alphabetical order."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)


def check_platform(name: str, root: Path, answers: Mapping[str, Any]) -> None:
    """Raise Failure for a project that this platform would refuse; a platform without rules refuses nothing."""
    check = getattr(_checks(name), "check", None)
    if check:
        check(root, answers)


def recognised() -> dict[str, Callable[[Project], list[Evidence]]]:
    """For each platform that can be told by its files, the function that finds them."""
    found = {name: getattr(_checks(name), "there", None) for name in names()}
    return {name: there for name, there in found.items() if there}


def _checks(name: str) -> ModuleType | None:
    if importlib.util.find_spec(f"{__name__}.{name}.checks") is None:
        return None
    return importlib.import_module(f"{__name__}.{name}.checks")


def purposes(names: Iterable[str]) -> dict[str, str]:
    """What the files of these platforms are for, by path."""
    return {path: purpose for name in names for path, purpose in module(name).FILES.items()}


def replaced(answers: Answers) -> list[tuple[str, str]]:
    """Files of the user's that a chosen platform gives up, and what to do about each."""
    found: dict[str, str] = {}
    for platform in map(module, answers.texts("deploy_platforms")):
        told = getattr(platform, "replaced", None)
        found |= told(answers) if told else {}
    return [(path, text) for path, text in found.items() if (answers.root / path).exists()]


def asked_for(before: Answers, answers: Answers) -> list[str]:
    """What the platforms that were chosen before, and still are, ask for after other answers changed."""
    sentences: list[str] = []
    for name in answers.texts("deploy_platforms"):
        told = getattr(module(name), "asks_for", None)
        if told and name in before.texts("deploy_platforms"):
            sentences += told(before, answers)
    return sentences
