"""What is made for a project rather than seen in it, as the questions ask for it: names, and whose files are whose."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context


def functions(
    answers: ModuleType, detection: ModuleType, project: Callable[[Context], Any], template: Callable[[Context], Any]
) -> tuple[Callable[..., Any], ...]:
    """Globals for the questions, under the names that they have here; the modules are the packages beside this file."""

    @pass_context
    def free_package_name(context: Context) -> str:
        return str(answers.free_package_name(project(context).root / str(context["django_root"]), template(context)))

    @pass_context
    def kept_files(context: Context) -> list[str]:
        root = project(context).root
        kept = answers.kept_files(root, template(context), all_there=context["deploy_beside"])
        others = {*context["django_dependency_files"], *detection.cut_off(root, kept)}  # edited, and ours: not kept
        return [path for path in kept if path not in others]

    @pass_context
    def app_name(context: Context, longest: int) -> str:
        root = project(context).root
        return str(answers.app_name(root / context["django_root"] if context["deploy_beside"] else root, longest))

    return free_package_name, kept_files, app_name
