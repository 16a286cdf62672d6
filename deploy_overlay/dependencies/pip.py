"""pip: requirements files and `[project] dependencies`, both without a lock, edited as text."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path

from ..base.atomic_file import write_atomically
from ..base.message import Failure
from ..base.requirement_tables import table
from ..base.requirements import Requirement
from . import Project
from .manifests import compiled, pyproject, requirements_txt, text_file
from .manifests.declared import Declared
from .manifests.declared import declared as declared_by

PYPROJECT = "pyproject.toml"
_DEVELOPMENT_FILES = 40  # files of a folder that are looked at for what includes the production file


def changes(project: Project) -> list[str]:
    """A compiled file is made from another, which is what gets edited then."""
    name = manifest(project)
    path = project.root / name
    if not name.endswith(PYPROJECT) and path.is_file() and compiled.is_compiled(text_file.read(path, name).text):
        from . import pip_tools

        return pip_tools.sources(project, name)
    return [name]


def manifest(project: Project) -> str:
    """The file to edit, relative to the git root.

    Raises Failure when the project declares its dependencies where this does not edit.
    """
    listed = requirements_txt.production_file(project.root, project.files)
    if listed:
        return listed
    for name in project.files:
        if name.endswith(PYPROJECT):
            return _read_by_setuptools(project, name) or name
    others = ", ".join(project.files) or "no file"
    raise Failure(
        f"The overlay cannot edit the dependencies in {others}: move them to requirements.txt or to [project] "
        "dependencies in pyproject.toml, commit, and run this again.",
        anchor="declared-elsewhere",
    )


def _read_by_setuptools(project: Project, name: str) -> str | None:
    """The requirements file that `[tool.setuptools.dynamic] dependencies = {file = [...]}` names, if there is one.

    https://setuptools.pypa.io/en/latest/userguide/pyproject_config.html#dynamic-metadata
    """
    content = pyproject.load(project.root / name, name)
    if "dependencies" not in (table(content, "project").get("dynamic") or ()):
        return None
    files = table(content, "tool", "setuptools", "dynamic", "dependencies").get("file")
    listed = [files] if isinstance(files, str) else files
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], str):
        raise Failure(
            f"{name} has dynamic dependencies, so the overlay cannot add any: list them "
            "under [project] dependencies, commit, and run this again.",
            anchor="dynamic-dependencies",
        )
    folder = name.rpartition("/")[0]
    return f"{folder}/{listed[0]}" if folder else str(listed[0])


def declared(project: Project) -> Declared:
    name = manifest(project)
    if name.endswith(PYPROJECT):
        return pyproject.declared(project.root, name, project.python, project.groups)
    if not (project.root / name).is_file():
        raise Failure(f"{name} is missing: restore it with git and run this again.", anchor="dependency-file-missing")
    text_file.read(project.root / name, name)
    found = requirements_txt.read(project.root, name)
    elsewhere = [*found.constraints, *_development(project.root, name)]
    return declared_by(found.requirements, project.python, elsewhere)


def _development(root: Path, production: str) -> list[Requirement]:
    """Requirements of neighbouring files that include the production file: a version there must still fit."""
    found: list[Requirement] = []
    production = posixpath.normpath(production)
    folder = posixpath.dirname(production)
    for path in sorted((root / folder).glob("*.txt"))[:_DEVELOPMENT_FILES]:
        name = posixpath.join(folder, path.name)
        if name == production:
            continue
        try:
            collected = requirements_txt.read(root, name)
        except Failure:
            continue
        if production in collected.files:
            found += collected.requirements
    return found


def add(project: Project, requirements: Sequence[str]) -> None:
    name = manifest(project)
    path = project.root / name
    if name.endswith(PYPROJECT):
        pyproject.add_dependencies(path, name, requirements)
        return
    file = text_file.read(path, name)
    if compiled.is_compiled(file.text):
        from . import pip_tools

        pip_tools.add_to_compiled(project, name, requirements)
        return
    if requirements_txt.read(project.root, name).hashed:
        raise Failure(
            f"{name} has hashes of an unknown tool, so the overlay cannot edit it: add "
            f"{', '.join(requirements)} to its source, compile it again, commit, and run this again.",
            anchor="hashed-requirements",
        )
    write_atomically(path, file.encoded(requirements_txt.with_requirements(file.text, file.newline, requirements)))


def remove(project: Project, names: Sequence[str]) -> None:
    name = manifest(project)
    path = project.root / name
    if name.endswith(PYPROJECT):
        pyproject.remove_dependencies(path, name, names)
        return
    file = text_file.read(path, name)
    if compiled.is_compiled(file.text):
        from . import pip_tools

        pip_tools.remove_from_compiled(project, name, names)
        return
    write_atomically(path, file.encoded(requirements_txt.without_requirements(file.text, names)))


def install(project: Project) -> str:
    name = manifest(project)
    if name.endswith(PYPROJECT):
        return "python -m pip install ."
    return f"python -m pip install -r {posixpath.relpath(name, project.folder)}"
