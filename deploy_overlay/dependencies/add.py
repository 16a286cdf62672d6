"""Brings the packages that are missing into the project: all of them, or none and the files as they were."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.requirements import Requirement, parse
from ..base.state import State
from . import Manager, Project, manager
from .edit import edited
from .manifests.declared import Declared

_POSTGRESQL_DRIVERS = frozenset({"psycopg", "psycopg2", "psycopg2-binary", "psycopg-binary"})
# Any of these in the production dependencies means that the package of this name is not needed.
SATISFIED_BY = {"psycopg": _POSTGRESQL_DRIVERS}


class Present(NamedTuple):
    """A package that was there already and stays as it is."""

    written: str  # as the project writes it
    needed: str  # the version that the overlay's files are written for, where the project's is older; else empty


class Additions(NamedTuple):
    """What happened to the dependencies."""

    added: tuple[str, ...]  # as asked for: "gunicorn>=23.0"
    present: tuple[Present, ...]
    changed: tuple[str, ...]  # dependency files, relative to the git root
    files: tuple[str, ...]  # those and the ones that stayed
    left_out: tuple[str, ...]  # missing and not added, because the user took them out
    install: str  # command line, run in the manifest's folder


def project_of(answers: Answers, log: Log, root: Path | None = None) -> Project:
    """The project as its dependency manager needs it; of another folder's files where a `root` is given."""
    return Project(
        root=root or answers.root,
        folder=answers.dependency_root,
        files=tuple(answers.texts("django_dependency_files")),
        python=answers.text("django_python_version"),
        log=log,
        required=answers.text("django_manager_required"),
        groups=frozenset([*answers.texts("django_dependency_groups"), *answers.texts("django_dependency_extras")]),
    )


def add_dependencies(
    answers: Answers,
    needed: Callable[[Mapping[str, Requirement]], Sequence[str]],
    state: State,
    log: Log,
    removed: Collection[str] = (),
) -> Additions:
    """Adds what is missing, packages named in `removed` (canonical) apart: those the user does not want.

    `needed` gives requirements (PEP 508) for what production installs already, by canonical name.

    Raises Failure with every dependency file as before.
    """
    project = project_of(answers, log)
    chosen = manager(answers.text("django_dependency_manager"))
    declared = chosen.declared(project)
    missing, present = compared(needed(declared.production), declared)
    left_out = [text for text in missing if (named := parse(text)) and named.name in removed]
    missing = [text for text in missing if text not in left_out]
    log.write(f"dependencies: missing {missing or 'none'}, present {[item.written for item in present] or 'none'}")
    files = chosen.changes(project)
    changed = _add(chosen, project, missing, files, state) if missing else []
    install = chosen.install(project)
    return Additions(tuple(missing), present, tuple(changed), tuple(files), tuple(left_out), install)


def compared(requirements: Sequence[str], declared: Declared) -> tuple[list[str], tuple[Present, ...]]:
    """What is missing from production, and what is there.

    Where development or a constraint already has versions of a missing package, those are asked for: a
    second opinion would make the two impossible to install together.
    """
    missing: list[str] = []
    present: list[Present] = []
    for text in requirements:
        requirement = parse(text)
        assert requirement is not None
        names = {requirement.name} | SATISFIED_BY.get(requirement.name, frozenset())
        found = [declared.production[name] for name in sorted(names) if name in declared.production]
        if found:
            present += [Present(item.written, _needed(item, requirement)) for item in found]
            continue
        other = declared.elsewhere.get(requirement.name)
        missing.append(_with_versions(requirement, other) if other else text)
    return missing, tuple(present)


def _needed(found: Requirement, requirement: Requirement) -> str:
    """The least version asked for when the one that the project allows is below it; else empty."""
    lower_bound = re.fullmatch(r">=([0-9.]+)", requirement.versions)
    if lower_bound is None or found.name != requirement.name or not re.search("==|~=|<", found.versions):
        return ""
    least = lower_bound[1]
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    try:
        allowed = SpecifierSet(found.versions)
        limits = [
            Version(item.version.removesuffix(".*")) for item in allowed if item.operator in ("==", "~=", "<", "<=")
        ]
    except (InvalidSpecifier, InvalidVersion):
        return ""
    return least if not allowed.contains(least) and any(limit <= Version(least) for limit in limits) else ""


def _with_versions(requirement: Requirement, other: Requirement) -> str:
    if not other.versions or other.reference:
        return requirement.written
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f"{requirement.name}{extras}{other.versions}"


def _add(chosen: Manager, project: Project, missing: Sequence[str], paths: Sequence[str], state: State) -> list[str]:
    def check() -> None:
        still, _ = compared(missing, chosen.declared(project))
        if still:
            raise Failure(
                f"{', '.join(still)} was not found in {', '.join(paths)} after adding it: add it yourself, commit, and "
                "run this again.",
                anchor="not-found-after-adding",
            )

    return edited(project.root, paths, state, lambda: chosen.add(project, missing), check)
