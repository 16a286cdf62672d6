"""Migrations that git ignores: without them, `migrate` would create no tables for the project's apps.

https://docs.djangoproject.com/en/stable/topics/migrations/#the-commands: they belong into version control.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...base import git
from ...base.files import join, parent
from ...base.message import Failure, first_of
from ..project import Project
from ..repository import tracked
from .apps import installed_apps
from .names import production_names

TIMEOUT = 30
MAX_APPS = 60
_NAMED = 3  # apps in the message


def refuse_ignored_migrations(project: Project) -> None:
    """Raise Failure if apps with models have no migration in git, because git ignores them."""
    folders = dict(_without_migrations(project))
    if not folders:
        return
    first = join(next(iter(folders.values())), "0001_initial.py")
    answer = git.ask(project.repository.root, "check-ignore", "--verbose", "--", first, timeout=TIMEOUT)
    rule = answer.text.partition("\t")[0] if answer.status == 0 else ""
    if rule:
        file, line, pattern = (*rule.split(":", 2), "", "")[:3]
        raise Failure(
            f"{file}:{line} has {pattern}, so git has no migrations of {first_of(list(folders), _NAMED)}, and the site's "
            "database would lack their tables. Remove that line, run `python manage.py makemigrations` and "
            "`git add --all`, commit, and run this again.",
            anchor="migrations-not-in-git",
        )


def _without_migrations(project: Project) -> Iterator[tuple[str, str]]:
    """Apps of the project that have models and no migration in git, each with the folder of its migrations."""
    read = production_names(project)
    elsewhere = read.names.get("MIGRATION_MODULES") if read else None
    apps: dict[str, str] = {}
    for app in installed_apps(project)[0][:MAX_APPS]:
        dotted = app.partition(".apps.")[0]
        folder = project.package_folder(dotted) if dotted.isprintable() else None
        if folder is not None and not (isinstance(elsewhere, dict) and dotted.rpartition(".")[2] in elsewhere):
            apps[dotted] = folder
    kept = tracked(project, [join(folder, "migrations") for folder in apps.values()])
    with_some = {parent(path) for path in kept if path.endswith(".py") and not path.endswith("__init__.py")}
    for dotted, folder in apps.items():
        place = join(folder, "migrations")
        if place not in with_some and _has_models(project, folder):
            yield dotted, place


def _has_models(project: Project, folder: str) -> bool:
    """Whether a class in the app's models has a table of its own."""
    repository = project.repository
    inner = join(folder, "models")
    paths = [join(folder, "models.py")]
    if repository.is_folder(inner):
        paths += [join(inner, name) for name in repository.listing(inner).files if name.endswith(".py")]
    for path in paths:
        tree = repository.tree(path) if repository.is_file(path) else None
        for node in tree.body if tree else ():
            if isinstance(node, ast.ClassDef) and _is_model(node) and not _has_no_table(node):
                return True
    return False


def _is_model(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith(("models.Model", "AbstractUser", "AbstractBaseUser")) for base in node.bases)


def _has_no_table(model: ast.ClassDef) -> bool:
    """Whether the model is abstract, a proxy, or of a table that Django does not manage."""
    for meta in (node for node in model.body if isinstance(node, ast.ClassDef) and node.name == "Meta"):
        for line in meta.body:
            said = ast.unparse(line)
            if said in ("abstract = True", "proxy = True", "managed = False"):
                return True
    return False
