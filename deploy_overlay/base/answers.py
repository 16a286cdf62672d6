"""Reads the answers file: the only thing that hooks know about the project without looking."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .message import Failure

OWN = "deploy_own_answers"  # has names of questions as its value: those that the user decided


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
    """An answer as a list of texts; empty where it is missing or something else."""
    value = values.get(name)
    if isinstance(value, str):
        return [value] if value else []
    return [str(item) for item in value] if isinstance(value, list) else []


def deploy_folder(values: Mapping[str, Any]) -> str:
    """The folder of the overlay's package, POSIX, from the git root: beside manage.py."""
    root, package = text(values, "django_root", "."), text(values, "deploy_package", "deploy")
    return package if root == "." else f"{root}/{package}"


def read(root: Path, answers_file: str) -> Answers:
    """Raises Failure when the file is missing or is not what Copier writes."""
    import yaml

    path = root / answers_file
    try:
        values = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        raise Failure(
            f"There is no {answers_file} here: run `copier copy` of this template first.", anchor="no-answers-file"
        ) from None
    except (OSError, yaml.YAMLError, UnicodeError) as error:
        reason = " ".join(str(error).split())
        raise Failure(
            f"{answers_file} cannot be read ({reason}): restore it with git and run Copier again.",
            anchor="answers-file-damaged",
        ) from None
    if not isinstance(values, dict):
        raise Failure(
            f"{answers_file} has no answers: restore it with git and run Copier again.", anchor="answers-file-damaged"
        )
    return Answers(root, answers_file, values)
