"""The Python version of production, and its evidence."""

from __future__ import annotations

import re

from ...base.evidence import Evidence, Fact
from ...base.message import Failure
from ...base.versions import DJANGO_PYTHONS, OLDEST_PYTHON, PYTHONS, allows, standard_versions, version
from ..project import Project
from .first_wheels import without_wheel_on
from .named_python import fixed_python, python_constraint
from .production_django import found_version, refuse_old
from .production_python import developed_with, production_python
from .python_limits import python_limits


def django_python_version(project: Project) -> Fact:
    """`3.13`. Raises Failure below 3.10 and for a Python that cannot run the project's Django."""
    django, django_place = found_version(project)
    refuse_old(django, django_place)  # here, since every copy asks for this fact
    fixed = fixed_python(project)
    if fixed is not None:
        _refuse_three_numbers(project, fixed[1])
    _refuse_one_patch_release(project)
    if fixed is None:
        constraint, place = python_constraint(project)
        found = production_python(project)
        if not found:
            limits = [limit for limit in python_limits(project) if not allows(limit[0], PYTHONS[-1])]
            said, where = (constraint, place) if constraint or not limits else limits[0]
            raise Failure(_too_old(where, said), anchor="python-too-old")
        developed = developed_with(project)
        if found != project.python_before and developed and developed[0] == found:
            return Fact(found, (developed[1],))
        newer = [name for name in PYTHONS if version(name) > version(found) and allows(constraint, name)]
        compiled = [one for name in newer for one in without_wheel_on(project, name).values()]
        if compiled and found != project.python_before and not place:
            return Fact(found, (compiled[0],))
        return Fact(found, (place or django_place or Evidence("", None, "no file names a Python version"),))
    found, evidence = fixed
    if version(found) < version(OLDEST_PYTHON):
        raise Failure(_too_old(evidence, found), anchor="python-too-old")
    lowest = DJANGO_PYTHONS.get(django, (OLDEST_PYTHON, ""))[0]
    if version(found) < version(lowest):
        raise Failure(
            f"{_where(evidence)} requires Python {found}, but Django {django} needs {lowest} or "
            f"newer. Change it to {lowest}, or use an older Django, commit, and run this again.",
            anchor="python-for-django",
        )
    return Fact(found, (evidence,))


def _refuse_three_numbers(project: Project, place: Evidence) -> None:
    """Pipenv ends with "Aborting deploy" under any Python but the Pipfile's, even a newer patch release.

    https://pipenv.pypa.io/en/latest/pipfile.html
    """
    exact = re.search(r"=\s*[\"'](3\.\d+)(\.\d+)[\"']", place.note)
    if exact and place.path.endswith("Pipfile") and project.fact("django_dependency_manager").value == "pipenv":
        raise Failure(
            f"{_where(place)} requires exactly Python {exact[1]}{exact[2]}, which images will not have. Write "
            f'python_version = "{exact[1]}" there, run `pipenv lock`, commit, and run this again.',
            anchor="python-with-three-numbers",
        )


def _refuse_one_patch_release(project: Project) -> None:
    """uv, Poetry and PDM install under no Python but that of requires-python, which may be a single patch release."""
    manager = project.fact("django_dependency_manager").value
    constraint, place = python_constraint(project)
    exact = re.fullmatch(r"={2,3}(3\.\d+)(\.\d+)", standard_versions(constraint))
    if exact and place and place.path.endswith("pyproject.toml") and manager in ("uv", "poetry", "pdm"):
        raise Failure(
            f"{_where(place)} requires exactly Python {exact[1]}{exact[2]}, which images will not have. Write "
            f'"=={exact[1]}.*" there, run `{manager} lock`, commit, and run this again.',
            anchor="python-with-three-numbers",
        )


def _where(place: Evidence | None) -> str:
    if place is None:
        return "The project"
    return f"{place.path}:{place.line}" if place.line else place.path


def _too_old(place: Evidence | None, said: str) -> str:
    return (
        f"{_where(place)} requires Python {said}, but the overlay needs {OLDEST_PYTHON} or newer. "
        "Change it, commit, and run this again."
    )
