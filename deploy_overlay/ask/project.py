"""The project and the template of a run of Copier; names for the package and the app; files to keep."""

from __future__ import annotations

from pathlib import Path

from jinja2 import pass_context
from jinja2.runtime import Context

from ..base import template_files
from ..detect import Visit, cut_off
from ..plan import names
from ..platforms import recognizers, unmarked

_visits: dict[Path, Visit] = {}


def template(context: Context) -> Path:
    """The folder of the template that is rendered."""
    return Path(str(context["_copier_conf"]["src_path"])) / "template" / "project"


def is_temporary_copy(root: Path) -> bool:
    """Whether this is one of the empty folders in which an update renders stored answers."""
    return not root.is_dir() or not any(root.iterdir())


def project(context: Context) -> Visit:
    """The inspection of the project, cached by folder because Copier asks repeatedly."""
    conf = context["_copier_conf"]
    root = Path(str(conf["dst_path"])).absolute()
    if root not in _visits:
        left, pythons = template_files.left_by_overlay(root, template(context), unmarked())
        answers_file = str(conf["answers_file"])
        stored = template_files.stored_answers(root / answers_file)
        stored = {name: value for name, value in stored.items() if name not in conf["data"]}
        _visits[root] = Visit(root, left, pythons.get(answers_file, ""), recognizers(), stored)
    return _visits[root]


@pass_context
def free_package_name(context: Context) -> str:
    """A name for our package that is free beside manage.py."""
    root = project(context).root / str(context["django_root"])
    return template_files.free_package_name(root, template(context))


@pass_context
def kept_files(context: Context) -> list[str]:
    """The project's own files at paths of the template, except files to edit and files of an interrupted run."""
    root = project(context).root
    kept = template_files.kept_files(root, template(context), all_there=context["deploy_beside"])
    others = {*context["django_dependency_files"], *cut_off(root, kept)}
    return [path for path in kept if path not in others]


@pass_context
def app_name(context: Context, longest: int) -> str:
    """A name for the app, of at most `longest` characters, from the folder of the project."""
    root = project(context).root
    return names.app_name(root / context["django_root"] if context["deploy_beside"] else root, longest)


@pass_context
def another_overlay(context: Context) -> bool:
    """Whether another Django project of the repository has the overlay."""
    return bool(template_files.other_overlays(project(context).root, str(context["_copier_conf"]["answers_file"])))
