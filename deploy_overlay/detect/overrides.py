"""Checks answers that replace detected facts against the project; base/answer_forms.py checks their form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..base.answer_forms import form_problem
from ..base.message import Failure
from ..base.unclear import answer_option
from ..base.versions import DJANGO_PYTHONS, OLDEST_PYTHON, allows, version
from .dependencies import found_version, python_constraint, refuse_old
from .project import Project


def check_answers(project: Project, answers: Mapping[str, Any]) -> None:
    """Raise Failure for the first answer (fact name → value) that cannot be true of this project."""
    for name, value in answers.items():
        wrong_form = form_problem(name, value)
        if wrong_form:
            raise wrong_form
        check = CHECKS.get(name)
        problem = check(project, value) if check else ""
        if problem:
            raise Failure(f"{name}={shown(value)} {problem}", anchor=f"answer-{name.replace('_', '-')}")


def shown(value: object) -> str:
    text = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _python_version(project: Project, value: Any) -> str:
    text = str(value)
    if not re.fullmatch(r"3\.[0-9]{1,2}", text):
        return "is not a version: use one such as 3.13."
    if version(text) < version(OLDEST_PYTHON):
        return f"is too old: use {OLDEST_PYTHON} or newer."
    django, place = found_version(project)
    refuse_old(django, place)
    lowest = DJANGO_PYTHONS.get(django, (OLDEST_PYTHON, ""))[0]
    if version(text) < version(lowest):
        return f"does not run Django {django}: use {lowest} or newer."
    constraint, said = python_constraint(project)
    if not allows(constraint, text):
        where = f"{said.path}:{said.line}" if said and said.line else "the project"
        return f"is not allowed by {where} ({constraint})."
    return ""


def _settings_module(project: Project, value: Any) -> str:
    if project.locate(str(value)):
        return ""
    return "is not in this project: use a dotted name such as mysite.settings."


def _folder(project: Project, value: Any) -> str:
    there = project.repository.is_folder(str(value)) and project.repository.inside(str(value))
    return "" if there else "is not a folder here: use a path such as backend."


def _dependency_files(project: Project, value: Any) -> str:
    if not value:
        return f"names no file: write it as {answer_option('django_dependency_files', ['requirements.txt'])}"
    lost = [path for path in value if not project.repository.is_file(path)]
    return f"has missing files: {shown(lost)}. Use paths from the root." if lost else ""


def _frontend(project: Project, value: Any) -> str:
    files = project.repository.listing(str(value["root"])).files if value else ()
    if value == {} or {"package.json", "deno.json", "deno.jsonc"} & set(files):
        return ""
    return "has no package.json or deno.json in its `root`, a path from the root of the repository."


CHECKS: dict[str, Callable[[Project, Any], str]] = {
    "django_python_version": _python_version,
    "django_settings_module": _settings_module,
    "django_dependency_root": _folder,
    "django_dependency_files": _dependency_files,
    "django_frontend": _frontend,
}
