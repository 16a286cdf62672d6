"""The Python of production. Requirements depend on it, and it depends on the Django among them."""

from __future__ import annotations

import re

from ...base.evidence import Evidence
from ...base.files import join
from ...base.message import Failure
from ...base.versions import DJANGO_PYTHONS, NEWEST_EVERYWHERE, OLDEST_PYTHON, PYTHONS, allows, version
from ..project import Project
from .django_series import version_on
from .first_wheels import without_wheel_on
from .named_python import fixed_python, python_constraint, python_folders
from .packages import declared
from .python_limits import compiled_for, within_limits


def production_python(project: Project) -> str:
    """The Python of an answer or a file, else one that its Django supports; "" if there is none.

    Requirements may depend on the Python, so each Python is checked with the Django that it would get. Of those that fit,
    choose the previous one, the one of development, or the newest for which nothing is compiled.
    """
    try:
        python: str = project.once("production python", lambda: _choose(project))
    except Failure:
        return ""  # refused by its own fact; other facts are still useful
    return python


def _choose(project: Project) -> str:
    answered = project.answers.get("django_python_version")
    fixed = fixed_python(project)
    if answered or fixed:
        return str(answered or (fixed[0] if fixed else ""))
    constraint, _ = python_constraint(project)
    allowed = [name for name in PYTHONS if allows(constraint, name) and within_limits(project, name)]
    fitting = [name for name in allowed if _runs_its_django(project, name)] or allowed
    developed = developed_with(project)
    for wished in (project.python_before, developed[0] if developed else ""):
        if wished in fitting:
            return wished
    fitting = [name for name in fitting if version(name) <= version(NEWEST_EVERYWHERE)] or fitting
    if not fitting:
        return ""
    # Old versions of packages have no wheels for the newest Python, but do not choose an older Django for them.
    newest, _ = version_on(project, fitting[-1])
    same = (name for name in reversed(fitting) if version_on(project, name)[0] == newest)
    return next((name for name in same if not without_wheel_on(project, name)), fitting[-1])


def _runs_its_django(project: Project, python: str) -> bool:
    django, place = version_on(project, python)
    if place is None and any(item.name == "django" for item in declared(project)):
        return False  # there is one, and not for this Python
    lowest, highest = DJANGO_PYTHONS.get(django, (OLDEST_PYTHON, "3.13"))
    return version(lowest) <= version(python) <= version(highest)


def developed_with(project: Project) -> tuple[str, Evidence] | None:
    """The Python of a virtual environment in the project, or for which a file was compiled.

    https://docs.python.org/3/library/venv.html#how-venvs-work
    """
    for folder in python_folders(project):
        for name in (".venv", "venv"):
            path = join(folder, name, "pyvenv.cfg")
            for line in (project.repository.text(path) or "").split("\n"):
                match = re.match(r"version(?:_info)?\s*=\s*(\d+\.\d+)", line)
                if match:
                    return match[1], Evidence(path, None, "the virtual environment")
    return compiled_for(project)
