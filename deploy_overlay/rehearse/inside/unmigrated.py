"""Changes of the models that no migration has, and whether the site needs them in its database."""

from __future__ import annotations

from typing import Any

# What a database does without: a site with an older one of these runs, at most slower.
# https://docs.djangoproject.com/en/stable/ref/migration-operations/
SLIGHT = ("AlterModelOptions", "AlterModelManagers", "AlterModelTableComment", "AddIndex", "RemoveIndex", "RenameIndex")
# What a column does without, besides Field.non_db_attrs: its index, and what only Python reads.
NOT_NEEDED = ("db_index", "default", "auto_now", "auto_now_add", "upload_to", "storage", "db_comment")


def unmigrated(labels: list[str]) -> list[dict[str, Any]]:
    """For each change of these apps that makemigrations would write: `change` in its words, `needed` by the site."""
    from django.apps import apps
    from django.db.migrations.autodetector import MigrationAutodetector
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.questioner import MigrationQuestioner
    from django.db.migrations.state import ProjectState
    from django.utils import translation

    loader, chosen = MigrationLoader(None), set(labels)
    # As makemigrations does: names in the language of the site would all count as changed.
    with translation.override(None):
        before = loader.project_state()
        questions = MigrationQuestioner(specified_apps=chosen, dry_run=True)
        detector = MigrationAutodetector(before, ProjectState.from_apps(apps), questions)
        changes = detector.changes(graph=loader.graph, trim_to_apps=chosen, convert_apps=chosen)
    return [
        {"change": operation.describe(), "needed": _needed(operation, app, before)}
        for app, migrations in changes.items()
        for migration in migrations
        for operation in migration.operations
        if app in chosen
    ]


def _needed(operation: Any, app: str, before: Any) -> bool:
    kind = type(operation).__name__
    if kind in SLIGHT:
        return False
    model = before.models.get((app, getattr(operation, "model_name_lower", "")))
    old = model and model.fields.get(getattr(operation, "name", ""))
    return kind != "AlterField" or not old or _column(old) != _column(operation.field)


def _column(field: Any) -> tuple[Any, ...]:
    """What a field says about its column. All keys that count up are alike: the older ones end later than a site has rows."""
    from django.db.models import AutoField, BigAutoField, SmallAutoField

    _, path, positional, named = field.deconstruct()
    counts = isinstance(field, (AutoField, BigAutoField, SmallAutoField))
    left_out = {*field.non_db_attrs, *NOT_NEEDED}
    kept = {name: value for name, value in named.items() if name not in left_out}
    return ("" if counts else path, positional, kept)
