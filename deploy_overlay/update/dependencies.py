"""Dependencies in an update: adds what is newly needed, except for packages that the user has removed."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path

from ..base import git
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.requirements import canonical, parse
from ..dependencies import manager
from ..dependencies.add import project_of
from ..plan.packages import COMPANIONS, Installed, companions, wanted


def production_at(answers: Answers, commit: str, log: Log) -> frozenset[str] | None:
    """Canonical names of the production packages in a commit, None if unknown."""
    if not commit:
        return None
    files = answers.texts("django_dependency_files")
    folders = {answers.dependency_root, *(posixpath.dirname(path) or "." for path in files)}
    listed = git.text(answers.root, "ls-tree", "--name-only", "-z", commit, *_inside(folders)).split("\0")
    paths = sorted({path for path in listed if path.endswith((".txt", ".in", ".pip", ".toml", ".lock", "Pipfile"))})
    if not paths:
        return None
    with git.as_committed(answers.root, commit, paths) as folder:
        if folder is None:
            return None
        try:
            return frozenset(_production(answers, log, folder))
        except Failure:
            return None


def removed_by_user(before: Answers, now: frozenset[str], log: Log) -> frozenset[str]:
    """Packages that production had at the last copy or update and that the user has removed since."""
    commit = git.last_applied(before.root, before.answers_file)
    had = production_at(before, commit, log)
    return frozenset() if had is None else had - frozenset(map(canonical, now))


def _inside(folders: set[str]) -> list[str]:
    return [f"{folder}/" for folder in sorted(folders) if folder != "."] + (["./"] if "." in folders else [])


def no_longer_needed(before: Answers, answers: Answers, log: Log) -> list[str]:
    """Packages that only the previous answers needed, added by the overlay and not used elsewhere."""
    still = _asked(answers, _production(answers, log))
    return [name for name in added_by_overlay(before, answers, log) if name not in still]


def added_by_overlay(before: Answers, answers: Answers, log: Log) -> list[str]:
    """Canonical names of the production packages that only the overlay needs.

    Those that its files needed with the answers of `before`, that the project did not have before the overlay, and that
    the project's code does not import. None if the history does not go back that far.
    """
    had = production_at(_first_answers(answers), git.before_overlay(answers.root, answers.answers_file), log)
    return [] if had is None else [name for name in candidates(before, answers, log) if name not in had]


def candidates(before: Answers, answers: Answers, log: Log) -> list[str]:
    """The same, including packages that the project may have had before."""
    production = _production(answers, log)
    return [name for name in _asked(before, production) if name in production and not _used(answers, name)]


def _production(answers: Answers, log: Log, folder: Path | None = None) -> Mapping[str, Installed]:
    """What production installs, by canonical name; `folder` has the files of another commit."""
    project = project_of(answers, log, folder)
    return manager(answers.text("django_dependency_manager")).declared(project).production


def _asked(answers: Answers, production: Mapping[str, Installed]) -> list[str]:
    """Names of the packages that these answers bring to a project with these others."""
    others = {name: one for name, one in production.items() if name not in COMPANIONS}
    asked = [*wanted(answers), *companions(answers, others)]
    return [requirement.name for requirement in map(parse, asked) if requirement]


def unknown_origin(answers: Answers) -> str:
    """Why the overlay's packages cannot be told from the user's; empty if the history shows it."""
    if git.before_overlay(answers.root, answers.answers_file):
        return ""
    if git.is_shallow(answers.root):
        return (
            "this clone is shallow, so your own packages cannot be told from the overlay's. Undo with `git checkout .`, run "
            "`git fetch --unshallow`, then uninstall again."
        )
    return "the first commit already has the overlay, so your own packages cannot be told from the overlay's."


def _first_answers(answers: Answers) -> Answers:
    """The answers of the first copy, when the dependency files may have had other names."""
    import yaml

    commit = git.first_applied(answers.root, answers.answers_file)
    content = git.content(answers.root, commit, answers.answers_file) if commit else None
    try:
        values = yaml.safe_load(content or b"")
    except yaml.YAMLError:
        values = None
    return answers._replace(values=values) if isinstance(values, dict) else answers


def _used(answers: Answers, name: str) -> bool:
    """Whether Python code outside of the overlay's folder names the package's module."""
    module = name.replace("-", "_")
    found = git.output(
        answers.root,
        "grep",
        "--quiet",
        "--word-regexp",
        "--fixed-strings",
        module,
        "--",
        "*.py",
        f":(exclude){answers.deploy_folder}/",
    )
    return found is not None
