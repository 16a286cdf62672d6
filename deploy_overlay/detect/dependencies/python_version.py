"""The Python that production runs, and which file says so."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator

from ...base.evidence import Evidence, Fact
from ...base.files import join, parent
from ...base.message import Failure
from ...base.versions import DJANGO_PYTHONS, OLDEST_PYTHON, PYTHONS, allows, minor, version
from ..deployed.deploy_files import deploy_files
from ..project import Project
from .django_version import found_version, refuse_old
from .python_limits import compiled_for, python_limits
from .requirements import line_of, read_toml, table

_IMAGE = re.compile(
    r"(?i)^\s*FROM\s+(?:--platform=\S+\s+)?(?:\S*/)?(?:python|uv:python|pypy|cpython)[:-]?(?::|-)?v?(\d+\.\d+)"
)
_IMAGE_TAG = re.compile(r"(?i)^\s*FROM\s+\S*python-?v?(\d+\.\d+)")
_ARGUMENT = re.compile(r"(?i)^\s*(?:ARG|ENV)\s+\w*PYTHON\w*VERSION\w*[=\s]+[\"']?(\d+\.\d+)")
_INSTALLED = re.compile(r"\bpython(3\.\d+)(?:-\w+)?\b")
_PLATFORM = re.compile(
    r"""(?i)type:\s*["']?python:(\d+\.\d+)|PYTHON_VERSION["']?\s*[:=]?\s*(?:value:)?\s*["']?(\d+\.\d+)"""
)


def django_python_version(project: Project) -> Fact:
    """`3.13`. Raises Failure below 3.10 and for a Python that cannot run the project's Django."""
    django, django_place = found_version(project)
    refuse_old(django, django_place)  # here, since every copy asks for this fact
    fixed = fixed_python(project)
    if fixed is not None:
        _refuse_three_numbers(project, fixed[1])
    constraint, place = python_constraint(project)
    if fixed is None:
        lowest, highest = DJANGO_PYTHONS.get(django, (OLDEST_PYTHON, "3.13"))
        usable = [name for name in PYTHONS if version(lowest) <= version(name) <= version(highest)]
        allowed = [name for name in usable if _allowed(project, constraint, name)]
        if not allowed:
            allowed = [name for name in PYTHONS if _allowed(project, constraint, name)]
        if not allowed:
            limits = [limit for limit in python_limits(project) if not allows(limit[0], PYTHONS[-1])]
            said, where = (constraint, place) if constraint or not limits else limits[0]
            raise Failure(_too_old(where, said), anchor="python-too-old")
        seen = place or django_place or Evidence("", None, "no file names a Python version")
        developed = _developed_with(project) or compiled_for(project)
        if project.python_before in allowed:
            return Fact(project.python_before, (seen,))
        if developed and developed[0] in allowed:
            return Fact(developed[0], (developed[1],))
        return Fact(allowed[-1], (seen,))
    found, evidence = fixed
    if version(found) < version(OLDEST_PYTHON):
        raise Failure(_too_old(evidence, found), anchor="python-too-old")
    lowest = DJANGO_PYTHONS.get(django, (OLDEST_PYTHON, ""))[0]
    if version(found) < version(lowest):
        raise Failure(
            f"{_where(evidence)} asks for Python {found}, on which Django {django} does not run: it needs {lowest} or "
            f"newer. Name Python {lowest} there, or an older Django, commit, and run this again.",
            anchor="python-for-django",
        )
    return Fact(found, (evidence,))


def _refuse_three_numbers(project: Project, place: Evidence) -> None:
    """Pipenv ends with "Aborting deploy" under any other Python than its Pipfile names, be it a newer patch release.

    https://pipenv.pypa.io/en/latest/pipfile.html
    """
    exact = re.search(r"=\s*[\"'](3\.\d+)(\.\d+)[\"']", place.note)
    if exact and place.path.endswith("Pipfile") and project.fact("django_dependency_manager").value == "pipenv":
        raise Failure(
            f"{_where(place)} asks for Python {exact[1]}{exact[2]} and no other, and images get newer ones. Write "
            f'python_version = "{exact[1]}" there, run `pipenv lock`, commit, and run this again.',
            anchor="python-with-three-numbers",
        )


def _developed_with(project: Project) -> tuple[str, Evidence] | None:
    """The Python of a virtual environment in the project, with which it is known to work.

    https://docs.python.org/3/library/venv.html#how-venvs-work
    """
    for folder in _folders(project):
        for name in (".venv", "venv"):
            path = join(folder, name, "pyvenv.cfg")
            for line in (project.repository.text(path) or "").split("\n"):
                match = re.match(r"version(?:_info)?\s*=\s*(\d+\.\d+)", line)
                if match:
                    return match[1], Evidence(path, None, "the virtual environment")
    return None


def _where(place: Evidence | None) -> str:
    if place is None:
        return "The project"
    return f"{place.path}:{place.line}" if place.line else place.path


def _too_old(place: Evidence | None, said: str) -> str:
    return (
        f"{_where(place)} asks for Python {said}, and the overlay needs {OLDEST_PYTHON} or newer. "
        f"Name a newer Python there, commit, and run this again."
    )


def fixed_python(project: Project) -> tuple[str, Evidence] | None:
    """The Python that some file names outright, the most binding file first; None when none does."""
    result: tuple[str, Evidence] | None = project.once("fixed python", lambda: _fixed(project))
    return result


def _allowed(project: Project, constraint: str, name: str) -> bool:
    """Whether the manifest, its lock and the local packages that are installed all allow this Python."""
    return allows(constraint, name) and all(allows(limit, name) for limit, _ in python_limits(project))


def _fixed(project: Project) -> tuple[str, Evidence] | None:
    constraint, _ = python_constraint(project)
    # A file that contradicts requires-python is an old one: pip would refuse to install under it.
    for found, place in _named(project):
        if _allowed(project, constraint, found):
            return found, place
    only = [name for name in ("3.6", "3.7", "3.8", "3.9", *PYTHONS) if allows(constraint, name)]
    if constraint and len(only) == 1:
        where = python_constraint(project)[1]
        return only[0], where or Evidence("", None, constraint)
    return None


def _folders(project: Project) -> list[str]:
    found = [str(project.fact("django_dependency_root").value), project.root]
    while found[-1] != ".":
        found.append(parent(found[-1]))
    return list(dict.fromkeys(found))


def _named(project: Project) -> Iterator[tuple[str, Evidence]]:
    repository = project.repository
    folders = _folders(project)
    # A file beside the dependencies says more of them than one of the whole repository.
    for folder in folders:
        for name, pattern in (
            (".python-version", r"^(?:c?python-?)?v?(\d+\.\d+)"),
            ("runtime.txt", r"^\s*(?:python-)?v?(\d+\.\d+)"),
            ("Pipfile", r"^\s*python_(?:full_)?version\s*=\s*[\"'](\d+\.\d+)"),
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


def _lines(project: Project, path: str, pattern: str) -> Iterator[tuple[str, Evidence]]:
    if not project.repository.is_file(path):
        return
    for number, line in enumerate((project.repository.text(path) or "").split("\n"), 1):
        match = re.match(pattern, line.strip() if path.endswith(".python-version") else line)
        if match:
            yield minor(match.group(1)), Evidence(path, number, line.strip()[:80])
            return


def _exact_in_pyproject(project: Project, path: str) -> Iterator[tuple[str, Evidence]]:
    """requires-python and Poetry's python when they leave one series: ==3.12.*, ~=3.12.0, >=3.13,<3.14."""
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
    """What requires-python (or Poetry's, or setup.cfg's) allows: "" when nothing is said."""
    for folder in _folders(project):
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
