"""The Python version in the project's files, and the versions they allow."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator

from ...base.evidence import Evidence
from ...base.files import join, parent
from ...base.message import Failure
from ...base.versions import OLDEST_PYTHON, PYTHONS, allows, minor, version
from ..deployed import deploy_files
from ..project import Project
from .python_limits import within_limits
from .requirements_files import line_of, read_toml, table

_IMAGE = re.compile(
    r"(?i)^\s*FROM\s+(?:--platform=\S+\s+)?(?:\S*/)?(?:python|uv:python|pypy|cpython)[:-]?(?::|-)?v?(\d+\.\d+)"
)
_IMAGE_TAG = re.compile(r"(?i)^\s*FROM\s+\S*python-?v?(\d+\.\d+)")
_ARGUMENT = re.compile(r"(?i)^\s*(?:ARG|ENV)\s+\w*PYTHON\w*VERSION\w*[=\s]+[\"']?(\d+\.\d+)")
_INSTALLED = re.compile(r"\bpython(3\.\d+)(?:-\w+)?\b")
_PLATFORM = re.compile(
    r"""(?i)type:\s*["']?python:(\d+\.\d+)|PYTHON_VERSION["']?\s*[:=]?\s*(?:value:)?\s*["']?(\d+\.\d+)"""
)


def fixed_python(project: Project) -> tuple[str, Evidence] | None:
    """The exact Python version in a file, most binding file first, or None."""
    result: tuple[str, Evidence] | None = project.once("fixed python", lambda: _fixed(project))
    return result


def _fixed(project: Project) -> tuple[str, Evidence] | None:
    constraint, _ = python_constraint(project)
    # A file that contradicts requires-python is outdated: pip would refuse to install.
    for found, place in _named(project):
        if allows(constraint, found) and within_limits(project, found):
            return found, place
    only = [name for name in ("3.6", "3.7", "3.8", "3.9", *PYTHONS) if allows(constraint, name)]
    if constraint and len(only) == 1:
        where = python_constraint(project)[1]
        return only[0], where or Evidence("", None, constraint)
    return None


def python_folders(project: Project) -> list[str]:
    found = [str(project.fact("django_dependency_root").value), project.root]
    while found[-1] != ".":
        found.append(parent(found[-1]))
    return list(dict.fromkeys(found))


def _named(project: Project) -> Iterator[tuple[str, Evidence]]:
    """The versions in files. A Pipfile that production does not install from comes last."""
    repository = project.repository
    folders = python_folders(project)
    pipfile = ("Pipfile", r"^\s*python_(?:full_)?version\s*=\s*[\"'](\d+\.\d+)")
    try:
        pipenv = project.fact("django_dependency_manager").value == "pipenv"
    except Failure:
        pipenv = False  # refused by its own fact
    # A file next to the dependencies counts more than one for the whole repository.
    for folder in folders:
        for name, pattern in (
            (".python-version", r"^(?:c?python-?)?v?(\d+\.\d+)"),
            ("runtime.txt", r"^\s*(?:python-)?v?(\d+\.\d+)"),
            *([pipfile] if pipenv else []),
            (".tool-versions", r"^python\s+v?(\d+\.\d+)"),
        ):
            yield from _lines(project, join(folder, name), pattern)
    for folder in folders:
        yield from _exact_in_pyproject(project, join(folder, "pyproject.toml"))
        for name in ("mise.toml", ".mise.toml"):
            yield from _lines(project, join(folder, name), r"^\s*python\s*=\s*[\"'\[ ]*(\d+\.\d+)")
    for file in deploy_files(project):
        if file.kind == "docker" and (parent(file.path) in folders or file.rank == 0 or file.path.count("/") <= 2):
            for said in (_IMAGE, _IMAGE_TAG, _ARGUMENT):
                for match, place in file.matches(said):
                    if version(match.group(1)) >= (3,):
                        yield minor(match.group(1)), place
        if file.kind == "docker" and parent(file.path) in folders:
            named = {match.group(1): place for match, place in file.matches(_INSTALLED)}
            if len(named) == 1:
                yield next(iter(named.items()))
        if file.kind == "platform":
            # All of it at once: render.yaml has the variable and its value on two lines.
            text = "\n".join(line for _, line in file.lines)
            for match in _PLATFORM.finditer(text):
                number, line = file.lines[text.count("\n", 0, match.end())]
                yield minor(match.group(1) or match.group(2)), Evidence(file.path, number, line.strip()[:100])
    if repository.is_file(".platform.app.yaml"):
        yield from _lines(project, ".platform.app.yaml", r"type:\s*[\"']?python:(\d+\.\d+)")
    for folder in [] if pipenv else folders:
        found = _lines(project, join(folder, pipfile[0]), pipfile[1])
        yield from (one for one in found if version(one[0]) >= version(OLDEST_PYTHON))


def _lines(project: Project, path: str, pattern: str) -> Iterator[tuple[str, Evidence]]:
    if not project.repository.is_file(path):
        return
    for number, line in enumerate((project.repository.text(path) or "").split("\n"), 1):
        match = re.match(pattern, line.strip() if path.endswith(".python-version") else line)
        if match:
            yield minor(match.group(1)), Evidence(path, number, line.strip()[:80])
            return


def _exact_in_pyproject(project: Project, path: str) -> Iterator[tuple[str, Evidence]]:
    """requires-python and Poetry's python if they allow one series: ==3.12.*, ~=3.12.0, >=3.13,<3.14."""
    for constraint, place in _constraints(project, path):
        only = [name for name in ("3.6", "3.7", "3.8", "3.9", *PYTHONS) if allows(constraint, name)]
        if len(only) == 1 and (re.search(r"==|~|\^|<", constraint) or constraint.strip()[:1].isdigit()):
            yield only[0], place


def _constraints(project: Project, path: str) -> Iterator[tuple[str, Evidence]]:
    data = read_toml(project.repository, path)
    if not data:
        return
    for value, pattern in (
        (table(data, "project").get("requires-python"), r"^\s*requires-python"),
        (table(data, "tool", "poetry", "dependencies").get("python"), r"^\s*python\s*="),
    ):
        if isinstance(value, str) and value.strip() not in ("", "*"):
            yield value, Evidence(path, line_of(project.repository, path, pattern), f"Python {value}")


def python_constraint(project: Project) -> tuple[str, Evidence | None]:
    """The constraint of requires-python (or Poetry's, or setup.cfg's), or ""."""
    for folder in python_folders(project):
        for found in _constraints(project, join(folder, "pyproject.toml")):
            return found
        path = join(folder, "setup.cfg")
        text = project.repository.text(path) if project.repository.is_file(path) else None
        if text:
            parser = configparser.ConfigParser(interpolation=None, strict=False)
            try:
                parser.read_string(text)
                value = parser.get("options", "python_requires", fallback="")
            except configparser.Error:
                value = ""
            if value:
                return value, Evidence(path, line_of(project.repository, path, r"^python_requires"), f"Python {value}")
    return "", None
