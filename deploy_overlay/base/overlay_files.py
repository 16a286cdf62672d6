"""Which files of a project belong to the overlay, and what git says about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from . import git
from .answers import Answers
from .template_files import rendered_paths

TEMPLATE = Path(__file__).resolve().parents[2] / "template" / "project"


def paths(answers: Answers, template: Path = TEMPLATE) -> list[str]:
    """Existing files of the overlay, POSIX, relative to the git root, without the user's own."""
    own = ("deploy_kept_files", "django_dependency_files")
    kept = {path.casefold() for name in own for path in answers.texts(name)}
    named = rendered_paths(template, answers.deploy_folder) if template.is_dir() else []
    found = [path for path in named if path.casefold() not in kept and (answers.root / path).is_file()]
    return [*found, answers.answers_file]


class GitStatus(NamedTuple):
    """The files that are not as committed, in the order of the question."""

    changed: tuple[str, ...]  # new, or not as committed
    ignored: tuple[str, ...]  # not in git, and left out by a .gitignore: a clone would lack them


def git_status(root: Path, candidates: Sequence[str]) -> GitStatus:
    """If git cannot tell, all files count as changed."""
    options = ("--porcelain=v1", "-z", "--untracked-files=all", "--ignored=traditional")
    said = git.output(root, "status", *options, "--", *(f":(literal){path}" for path in candidates))
    if said is None:
        return GitStatus(tuple(candidates), ())
    codes = {entry[3:]: entry[:2] for entry in said.decode("utf-8", "surrogateescape").split("\0") if len(entry) > 3}
    ignored = tuple(path for path in candidates if codes.get(path) == "!!" or _in_ignored_folder(path, codes))
    return GitStatus(tuple(path for path in candidates if path in codes and path not in ignored), ignored)


def _in_ignored_folder(path: str, codes: Mapping[str, str]) -> bool:
    return any(code == "!!" and folder.endswith("/") and path.startswith(folder) for folder, code in codes.items())
