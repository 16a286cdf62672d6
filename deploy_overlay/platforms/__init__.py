"""The registry of platforms: one folder for each, found by its name in `deploy_platforms`.

They are offered in the order in which copier.yml includes their questions; the first one is proposed.

A folder `platforms/NAME/` has

- `__init__.py` with `PLATFORM`, the declaration (`base/platform.py` says what is in it);
- `questions.yml`, the platform's questions, and `readme.md.jinja`, its part of deploy/README.md;
- `there.py` if the declaration names it, with `there(project)`: files which show that a project is already on the platform,
  as evidence; without it, the files that every site on the platform has;
- `checks.py` if the declaration names it, with any of
    - `check(root, answers)`: raises Failure for what the platform would not build (`root` is the git root);
    - `gaps(root, answers)`: what the user's files for the platform lack, as sentences by path;
- the adapter if the declaration names it: see `adapter/`.

For a platform that is no longer offered, the folder has only `__init__.py` with `PLATFORM = Retired(...)`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..base.answers import Answers
from ..base.evidence import Evidence
from ..base.message import Failure
from ..base.platform import File, Platform, Retired, Values
from ..plan.needs import refusal
from . import over_ssh
from .own_files import not_checked

if TYPE_CHECKING:  # most callers do not read a project
    from ..detect import Project

RETIRING = "deprecated until "  # how the status of a platform with an announced end begins
COPIER = Path(__file__).resolve().parents[2] / "copier.yml"
_INCLUDED = re.compile(r"^!include deploy_overlay/platforms/(\w+)/questions\.yml$", re.MULTILINE)


def _declared() -> dict[str, Platform | Retired]:
    return {name: importlib.import_module(f"{__name__}.{name}").PLATFORM for name in _folders()}


@functools.cache
def _folders() -> list[str]:
    """Names of the platforms, in the order of copier.yml, or alphabetical without it."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    included = _INCLUDED.findall(COPIER.read_text(encoding="utf-8")) if COPIER.is_file() else []
    return sorted(found, key=lambda name: included.index(name) if name in included else len(included))


def platforms() -> dict[str, Platform]:
    """The supported platforms by their names in the answers, the default one first."""
    return {name: one for name, one in _declared().items() if isinstance(one, Platform)}


def retired() -> dict[str, Retired]:
    """Platforms that are no longer supported."""
    return {name: one for name, one in _declared().items() if isinstance(one, Retired)}


def platform(name: str) -> Platform:
    """The declaration of a platform; raises KeyError if it is not supported."""
    return platforms()[name]


def title(name: str) -> str:
    """The title of a platform, supported or not; the name itself if it is unknown."""
    found = _declared().get(name)
    return found.name if found else name


def chosen(answers: Answers) -> list[Platform]:
    """The declarations of the selected platforms that are still supported, in the order of the answer."""
    offered = platforms()
    return [offered[name] for name in answers.texts("deploy_platforms") if name in offered]


def adapter(name: str, folder: str = "deploy") -> ModuleType:
    """The module that provisions a platform; raises Failure if there is none. `folder` is the overlay's folder."""
    declared = platforms().get(name)
    if declared is None or not declared.adapter:
        by_hand = f"to deploy, {declared.by_hand.format(folder=folder)}. " if declared and declared.by_hand else ""
        raise Failure(
            f"This command does not reach sites on {title(name)}: {by_hand}{folder}/README.md has the commands for everything"
            f"{' else' if by_hand else ''}.",
            anchor="platform-without-provisioning",
        )
    return importlib.import_module(f"{__name__}.{name}.{declared.adapter}")


def check_platforms(names: Iterable[str], root: Path, answers: Values) -> None:
    """Raise Failure for a project that one of these platforms would reject at the first deployment.

    `root` is the git root, `answers` are those so far.
    """
    offered = platforms()
    wanted = {name: offered[name] for name in names if name in offered}
    for name, one in wanted.items():
        refused = refusal(name, one, answers, offered)
        if refused:
            raise refused
        if check := _of_checks(name, "check"):
            check(root, answers)
    found, cure = over_ssh.problem([*wanted.values()], root, answers)
    if found:
        raise Failure(f"{found}. {cure}", anchor="cloned-over-ssh")


def recognizers() -> dict[str, Callable[[Project], list[Evidence]]]:
    """For each platform, the function that finds files of a project that already uses it."""
    return {name: _function(name, one.there, "there") or _by_its_files(one) for name, one in platforms().items()}


def _by_its_files(one: Platform) -> Callable[[Project], list[Evidence]]:
    def there(project: Project) -> list[Evidence]:
        """Any of the files that every site on the platform has."""
        always = (path for path, file in one.files.items() if isinstance(file, str))
        return [Evidence(path, None, f"deploys to {one.name}") for path in always if project.repository.is_file(path)]

    return there


def gaps(answers: Answers) -> list[tuple[str, str]]:
    """What the user's files lack for the selected platforms: path, and what to add."""
    if not answers.texts("deploy_kept_files"):
        return []
    found: list[tuple[str, str]] = []
    offered = platforms()
    for name in filter(offered.__contains__, answers.texts("deploy_platforms")):
        find_gaps = _of_checks(name, "gaps")
        found += find_gaps(answers.root, answers.values) if find_gaps else _unread(offered[name], answers)
    return list(dict.fromkeys(found))


def _unread(one: Platform, answers: Answers) -> list[tuple[str, str]]:
    """A note for the user's files of a platform without checks."""
    text = not_checked(answers.deploy_folder, one.name)
    return [(path, text) for path in one.rendered(answers.values) if path in answers.texts("deploy_kept_files")]


def unmarked() -> dict[str, str]:
    """Files that cannot contain the overlay's mark, with their platform."""
    return {
        path: name
        for name, one in platforms().items()
        for path, file in one.files.items()
        if isinstance(file, File) and not file.marked
    }


def purposes(names: Iterable[str]) -> dict[str, str]:
    """Purpose of the files of these platforms, by path."""
    offered = platforms()
    return {path: said for name in names if name in offered for path, said in offered[name].purposes.items()}


def replaced(answers: Answers) -> list[tuple[str, str]]:
    """The user's files that a selected platform no longer supports, and what to do with each."""
    found: dict[str, str] = {}
    for one in chosen(answers):
        found |= one.replaced(answers.values) if one.replaced else {}
    return [(path, text) for path, text in found.items() if (answers.root / path).exists()]


def asked_for(before: Answers, answers: Answers) -> list[str]:
    """Work that changed answers require on platforms that were selected before and still are."""
    both = [one for one in chosen(answers) if one in chosen(before)]
    return [text for one in both if one.asks_for for text in one.asks_for(before.values, answers.values)]


def _of_checks(name: str, function: str) -> Callable[..., Any] | None:
    return _function(name, platforms()[name].checks, function)


def _function(name: str, module: str, function: str) -> Callable[..., Any] | None:
    if not module:
        return None
    return getattr(importlib.import_module(f"{__name__}.{name}.{module}"), function, None)
