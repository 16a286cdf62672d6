"""What the site needs and git ignores: modules that the settings import, and migrations.

It is on this machine, and a deployment would not have it. The rehearsal proves that; this tells it after the copy.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...base import git
from ...base.files import join, parent
from ...base.message import first_of
from ..project import Project
from ..repository import tracked
from .apps import installed_apps
from .missing_files import GENERATED
from .names import production_names, production_run

MAX_APPS = 60
_NAMED = 3  # apps in the message


def left_out_by_git(project: Project) -> list[str]:
    """A sentence for each, with its fix; [] for none. Raises Failure as other facts of the settings do."""
    return [*_modules(project), *_migrations(project)]


def _modules(project: Project) -> Iterator[str]:
    run, _ = production_run(project)
    kept = {*tracked(project, [*run.imported, *(place.path for place in run.imported.values())])}
    for path, place in run.imported.items():
        if place.path in kept and path not in kept and not GENERATED.search(path.removesuffix(".py")):
            yield (
                f"{place.path}:{place.line} {place.note}, which git ignores, so the site would not start: commit {path}, "
                "with environment variables in place of its secrets, or import it only if it exists"
            )


def _migrations(project: Project) -> Iterator[str]:
    """Without them, `migrate` creates no tables for these apps.

    https://docs.djangoproject.com/en/stable/topics/migrations/#the-commands: they belong into version control.
    """
    folders = dict(_without_migrations(project))
    if not folders:
        return
    first = join(next(iter(folders.values())), "0001_initial.py")
    if rule := git.ignoring_rule(project.repository.root, first):
        yield (
            f"{rule}, so git has no migrations of {first_of(list(folders), _NAMED)}, and the site's "
            "database would lack their tables: remove that line, run `python manage.py makemigrations`, and commit"
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
