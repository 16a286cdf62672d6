"""Pipenv: https://pipenv.pypa.io/en/latest/pipfile.html"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ..base.atomic_file import write_atomically
from ..base.message import Failure, command_line
from ..base.progress import tell
from ..base.requirement_tables import pipfile_requirements
from ..base.requirements import Requirement, canonical, parse
from . import Project
from .manifests import pyproject, requirements_txt, text_file
from .manifests.declared import Declared
from .manifests.declared import declared as declared_by
from .run_manager import run_tool

PIPFILE = "Pipfile"
LOCK = "Pipfile.lock"


def changes(project: Project) -> list[str]:
    return [project.beside(PIPFILE), project.beside(LOCK)]


def declared(project: Project) -> Declared:
    """`[packages]` is production; `[dev-packages]` and every other category are not."""
    name = project.beside(PIPFILE)
    found = pipfile_requirements(pyproject.load(project.root / name, name))
    return declared_by(found, project.python, groups=project.groups)


def add(project: Project, requirements: Sequence[str]) -> None:
    """`upgrade` adds to a lock, keeps its other pins and installs nothing; a stale or missing lock is made anew.

    It would not write into [packages] what [dev-packages] has already, so the Pipfile is edited first. It resolves in a
    virtual environment, here a throw-away one: https://pipenv.pypa.io/en/latest/configuration.html
    """
    with _elsewhere() as environ:
        by_hand = ["pipenv", "install", *requirements]
        in_step = _lock_is_in_step(project, environ, by_hand)
        _edit(project, requirements)
        command = ["pipenv", "upgrade", *requirements] if in_step else ["pipenv", "lock"]
        stale = not in_step and (project.root / project.beside(LOCK)).is_file()
        run_tool(project, command, interpreter=True, environ=environ, by_hand=by_hand)
        if stale:
            tell(f"{LOCK} was out of date: Pipenv locked newer versions")


def remove(project: Project, names: Sequence[str]) -> None:
    """`uninstall` works on an installed environment, so the Pipfile is edited and locked anew."""
    name = project.beside(PIPFILE)
    file = text_file.read(project.root / name, name)
    by_hand = ["pipenv", "uninstall", *names]
    text = requirements_txt.without_lines(
        file.text, lambda line: canonical(line.partition("=")[0].strip(" \"'")) in names
    )
    left = declared_by(pipfile_requirements(tomllib.loads(text.replace("\r\n", "\n"))), project.python).production
    if set(names) & set(left):
        raise Failure(f"{name} cannot be edited safely.", [command_line(by_hand)], anchor="not-edited-safely")
    write_atomically(project.root / name, file.encoded(text))
    if (project.root / project.beside(LOCK)).is_file():
        with _elsewhere() as environ:
            run_tool(project, ["pipenv", "lock"], interpreter=True, environ=environ, by_hand=by_hand)


@contextmanager
def _elsewhere() -> Iterator[dict[str, str | None]]:
    """Variables with which Pipenv makes a virtual environment of its own for resolving, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-", ignore_cleanup_errors=True) as folder:
        yield {
            "WORKON_HOME": folder,
            "PIPENV_VENV_IN_PROJECT": "0",
            "PIPENV_IGNORE_VIRTUALENVS": "1",
            "PIPENV_DONT_USE_PYENV": "1",  # it would compile an interpreter that is missing
            "PIPENV_DONT_USE_ASDF": "1",
            "PIPENV_NOSPIN": "1",
            "PIPENV_COLORBLIND": "1",
            "PIPENV_PIPFILE": None,
            "VIRTUAL_ENV": None,
        }


def _edit(project: Project, requirements: Sequence[str]) -> None:
    from .manifests.toml_text import NotFound, with_keys

    name = project.beside(PIPFILE)
    file = text_file.read(project.root / name, name)
    found = [item for item in map(parse, requirements) if item is not None]
    try:
        text = with_keys(file.text, "packages", [_entry(item) for item in found], file.newline)
    except NotFound as error:
        raise Failure(
            f"{name} cannot be edited safely ({error}).",
            [command_line(["pipenv", "install", *requirements])],
            anchor="not-edited-safely",
        ) from None
    write_atomically(project.root / name, file.encoded(text))


def _entry(requirement: Requirement) -> str:
    versions = f'"{requirement.versions or "*"}"'
    if not requirement.extras:
        return f"{requirement.name} = {versions}"
    extras = ", ".join(f'"{extra}"' for extra in sorted(requirement.extras))
    return f"{requirement.name} = {{extras = [{extras}], version = {versions}}}"


def _lock_is_in_step(project: Project, environ: Mapping[str, str | None], by_hand: Sequence[str]) -> bool:
    """`upgrade` calls a lock current that it only added to, so one that is missing or stale has to be made anew."""
    if not (project.root / project.beside(LOCK)).is_file():
        return False
    command = ["pipenv", "verify"]
    return run_tool(project, command, environ=environ, by_hand=by_hand, accepted=(0, 1), quietly=True).status == 0


def install(project: Project) -> str:
    """From the lock, as in production: an outdated lock is reported now, not at the first deployment."""
    return "pipenv sync --dev" if (project.root / project.beside(LOCK)).is_file() else "pipenv install --dev"
