"""Reads the answers file, from which hooks know the project without detecting it again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .files import read_plain
from .message import Failure

OWN = "deploy_own_answers"  # its value lists the questions that the user answered


class Answers(NamedTuple):
    """The answers that hooks use. Paths are POSIX and relative to the git root."""

    root: Path  # the git root, absolute
    answers_file: str
    values: dict[str, Any]

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        return default if value is None else str(value)

    def texts(self, name: str) -> list[str]:
        return texts(self.values, name)

    def with_values(self, values: Mapping[str, Any]) -> Answers:
        """A copy with other values, for one run."""
        return self._replace(values={**self.values, **values})

    @property
    def django_root(self) -> str:
        return self.text("django_root", ".") or "."

    @property
    def dependency_root(self) -> str:
        return self.text("django_dependency_root", ".") or "."

    @property
    def deploy_package(self) -> str:
        return self.text("deploy_package", "deploy") or "deploy"

    @property
    def deploy_folder(self) -> str:
        return deploy_folder(self.values)


def text(values: Mapping[str, Any], name: str, default: str = "") -> str:
    """An answer as text; the default where it is missing or empty."""
    value = values.get(name)
    return default if value is None or value == "" else str(value)


def texts(values: Mapping[str, Any], name: str) -> list[str]:
    """An answer as a list of texts; empty if it is missing or something else."""
    value = values.get(name)
    if isinstance(value, str):
        return [value] if value else []
    return [str(item) for item in value] if isinstance(value, list) else []


def deploy_folder(values: Mapping[str, Any]) -> str:
    """The folder of the overlay's package, POSIX, from the git root: beside manage.py."""
    root, package = text(values, "django_root", "."), text(values, "deploy_package", "deploy")
    return package if root == "." else f"{root}/{package}"


def foreign(answers_file: str, values: Mapping[str, Any]) -> Failure | None:
    """The error for a stored value that Copier never writes, such as bytes, dates and sets; None if there is none."""
    name = next((str(name) for name, value in values.items() if not (isinstance(name, str) and _is_ours(value))), "")
    if not name:
        return None
    return Failure(
        f"{answers_file} cannot be read ({name if name.isprintable() else ascii(name)} is not text, a number, a "
        "list or a table): restore it with git and run Copier again.",
        anchor="answers-file-damaged",
    )


def _is_ours(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_ours, value))
    if isinstance(value, dict):
        return all(isinstance(name, str) and _is_ours(part) for name, part in value.items())
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)  # half a letter, which no file takes
    return value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value))


def read(root: Path, answers_file: str) -> Answers:
    """Raises Failure when the file is missing or is not what Copier writes."""
    try:
        content = read_plain(root / answers_file)
    except FileNotFoundError:
        raise Failure(
            f"There is no {answers_file} here: run `copier copy` of this template first.", anchor="no-answers-file"
        ) from None
    except OSError as error:
        raise _unreadable(answers_file, error) from None
    return parse(root, answers_file, content)


def parse(root: Path, answers_file: str, content: bytes) -> Answers:
    """The answers in the content of such a file; raises Failure when it is not what Copier writes."""
    import yaml

    try:
        values = yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, UnicodeError) as error:
        raise _unreadable(answers_file, error) from None
    if not isinstance(values, dict):
        raise Failure(
            f"{answers_file} has no answers: restore it with git and run Copier again.", anchor="answers-file-damaged"
        )
    damage = foreign(answers_file, values)
    if damage is not None:
        raise damage
    return Answers(root, answers_file, values)


def _unreadable(answers_file: str, error: Exception) -> Failure:
    reason = " ".join(str(error).split())
    return Failure(
        f"{answers_file} cannot be read ({reason}): restore it with git and run Copier again.",
        anchor="answers-file-damaged",
    )


def git_root(folder: Path) -> Path | None:
    """The folder with .git at or above this one."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)


def find(folder: Path) -> Answers:
    """The answers of the project that a folder belongs to. If its git root has several answers files, the Django root decides.

    Raises Failure if there are none, or if the folder does not tell which.
    """
    root = git_root(folder)
    if root is None:
        raise Failure(
            f"{folder} is not in a git repository: go to the folder of your project.", anchor="not-a-git-repository"
        )
    found = [one for one in (_of_overlay(root, path.name) for path in sorted(root.glob(".copier-answers*.yml"))) if one]
    if len(found) < 2:
        return found[0] if found else read(root, ".copier-answers.yml")
    around = [one for one in found if folder.is_relative_to(root / one.django_root)]
    if len(around) == 1:
        return around[0]
    roots = ", ".join(one.django_root for one in found)
    raise Failure(
        f"This repository has several projects: go to the folder of manage.py of one of them ({roots}).",
        anchor="several-projects",
    )


def _of_overlay(root: Path, name: str) -> Answers | None:
    """Answers of this template; None for those of another one, or for a file that cannot be read."""
    try:
        found = read(root, name)
    except Failure:
        return None
    return found if "deploy_package" in found.values else None
