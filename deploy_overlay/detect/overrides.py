"""Checks facts that come from an answer instead of from the project, before anything is built on them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..base.files import join
from ..base.message import Failure
from ..base.versions import DJANGO_PYTHONS, OLDEST_PYTHON, allows, version
from .dependencies import found_version, python_constraint, refuse_old
from .project import Project

MANAGERS = ("pip", "pip-tools", "poetry", "pipenv", "uv", "pdm")
DATABASES = ("postgresql", "sqlite", "mysql", "oracle", "")
LISTS = (
    "django_python_path",
    "django_required_env",
    "django_services",
    "django_dev_apps",
    "django_system_libraries",
    "django_build_commands",
)
FRONTEND: dict[str, Any] = {
    "root": ".",
    "manager": "npm",
    "node": "24",
    "script": "build",
    "install": "npm ci",
    "build": "npm run build",
    "tool": "",
    "files": [],
    "modules": False,
    "image": "node:24-slim",
}
OPTIONAL = {"image"}


def check_given(project: Project, given: Mapping[str, Any]) -> None:
    """Raise Failure for the first answer in `given` (fact name → value) that cannot be true of this project."""
    for name, value in given.items():
        if name in LISTS and not _is_list_of_text(value):
            raise Failure(f'{name} takes a list. Write it as: -d "{name}=[one, two]"', anchor="answer-not-a-list")
        check = _CHECKS.get(name)
        problem = check(project, value) if check else ""
        if problem:
            raise Failure(f"{name}={shown(value)} {problem}", anchor=f"answer-{name.replace('_', '-')}")


def shown(value: object) -> str:
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _python_version(project: Project, value: Any) -> str:
    text = str(value)
    if not re.fullmatch(r"3\.[0-9]{1,2}", text):
        return "is not a Python version: give it with two numbers, such as 3.13."
    if version(text) < version(OLDEST_PYTHON):
        return f"is too old: the overlay needs Python {OLDEST_PYTHON} or newer."
    django, place = found_version(project)
    refuse_old(django, place)
    lowest = DJANGO_PYTHONS.get(django, (OLDEST_PYTHON, ""))[0]
    if version(text) < version(lowest):
        return f"does not run Django {django}, which needs Python {lowest} or newer: choose that, or an older Django."
    constraint, said = python_constraint(project)
    if not allows(constraint, text):
        where = f"{said.path}:{said.line}" if said and said.line else "the project"
        return (
            f"contradicts {where}, which asks for Python {constraint}: choose one that it allows, or change it there."
        )
    return ""


def _settings_module(project: Project, value: Any) -> str:
    if project.locate(str(value)):
        return ""
    return "is not a module of this project: give its dotted name, such as mysite.settings, as DJANGO_SETTINGS_MODULE has it."


def _application(interface: str) -> Callable[[Project, Any], str]:
    def check(project: Project, value: Any) -> str:
        if value == "" or re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", str(value)):
            return ""
        form = f"write it as package.module:name, such as mysite.{interface}:application."
        return f"does not name an application: {form}"

    return check


def _one_of(*known: str) -> Callable[[Project, Any], str]:
    def check(project: Project, value: Any) -> str:
        return "" if value in known else f"is not known: choose from {', '.join(filter(None, known))}."

    return check


def _folder(project: Project, value: Any) -> str:
    there = project.repository.is_folder(str(value)) and project.repository.inside(str(value))
    return "" if there else "is not a folder of this repository: give its path from the root, such as backend."


def _dependency_files(project: Project, value: Any) -> str:
    if not _is_list_of_text(value) or not value:
        return 'is no list of files: write it as -d "django_dependency_files=[requirements.txt]"'
    lost = [path for path in value if not project.repository.is_file(path)]
    return f"names files that are not there: {shown(lost)}. Give paths from the root of the repository." if lost else ""


def _frontend(project: Project, value: Any) -> str:
    complete = isinstance(value, dict) and {*FRONTEND} - OPTIONAL <= {*value}
    if value == {} or (complete and project.repository.is_file(join(str(value["root"]), "package.json"))):
        return ""
    if complete:
        return "names a folder without package.json: give its path from the root of the repository as `root`."
    example = json.dumps(FRONTEND)
    return f"is no front-end build: write all of it, -d django_frontend='{example}', or '{{}}' for none."


def _workers(project: Project, value: Any) -> str:
    keys = {"service", "name", "command"}
    if isinstance(value, list) and all(isinstance(item, dict) and keys <= set(item) for item in value):
        return ""
    example = json.dumps([{"service": "celery", "name": "worker", "command": "celery --app mysite worker"}])
    return f"is no list of workers: write it as -d django_workers='{example}'"


_CHECKS: dict[str, Callable[[Project, Any], str]] = {
    "django_python_version": _python_version,
    "django_settings_module": _settings_module,
    "django_wsgi": _application("wsgi"),
    "django_asgi": _application("asgi"),
    "django_dependency_manager": _one_of(*MANAGERS),
    "django_dependency_root": _folder,
    "django_dependency_files": _dependency_files,
    "django_database": _one_of(*DATABASES),
    "django_frontend": _frontend,
    "django_workers": _workers,
}
