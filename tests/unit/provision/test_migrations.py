"""Migrations between two commits are read from git, with what they mean to older code."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.provision.migrations import between, changed
from tests.support import git

HEAD = "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    operations = [\n"


def committed(root: Path, **files: str) -> str:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "x")
    return git(root, "rev-parse", "HEAD").strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    return tmp_path


@pytest.mark.parametrize(
    ("operation", "risk"),
    [
        ('migrations.RemoveField("book", "title")', "removes book.title, which the older code reads and writes"),
        ('migrations.RemoveField(name="title", model_name="book")', "removes book.title, which the older code reads"),
        ('migrations.DeleteModel("Book")', "deletes Book and its rows"),
        ('migrations.RenameField("book", "title", "name")', "renames book.title to name"),
        ('migrations.RenameModel("Book", "Volume")', "renames Book to Volume, and its table"),
        ('migrations.AlterModelTable("book", "books")', "renames the table of book"),
        ('migrations.AlterField("book", "title", models.TextField())', "alters book.title"),
        ('migrations.AddField("book", "isbn", models.TextField(default=""))', "adds book.isbn without a default in the database"),
        ('migrations.AddField("book", "isbn", models.TextField(null=False))', "adds book.isbn without a default in the database"),
        ('migrations.AddField("book", "isbn", models.TextField(null=True))', ""),
        ('migrations.AddField("book", "isbn", models.TextField(db_default=""))', ""),
        ('migrations.AddField("book", "authors", models.ManyToManyField("Author"))', ""),
        ('migrations.CreateModel("Author", fields=[])', ""),
        ('migrations.RunPython(forwards)', "runs custom SQL or Python: read it"),
        ('migrations.RunSQL("DROP TABLE x")', "runs custom SQL or Python: read it"),
        ('migrations.SeparateDatabaseAndState([migrations.DeleteModel("Book")], [])', "deletes Book and its rows"),
        ('migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Book")])', ""),
        ('*more()', ""),
    ],
)  # fmt: skip
def test_what_older_code_may_not_bear_is_named(operation: str, risk: str, root: Path) -> None:
    older = committed(root)
    newer = committed(root, **{"shelf/migrations/0002_x.py": f"{HEAD}        {operation},\n    ]\n"})

    found = between(root, older, newer)

    assert found is not None
    (migration,) = found
    assert migration.path == "shelf/migrations/0002_x.py"
    assert (" ".join(migration.risks).startswith(risk) and migration.risks) if risk else migration.risks == ()


def test_only_migrations_that_were_added_count_wherever_they_lie(root: Path) -> None:
    text = f"{HEAD}    ]\n"
    older = committed(root, **{"shelf/migrations/0001_initial.py": text, "shelf/models.py": ""})
    newer = committed(
        root,
        **{
            "shelf/migrations/0001_initial.py": f"{text}# edited\n",
            "shelf/migrations/__init__.py": "",
            "shelf/migrations/helpers.py": "class Other: ...\n",
            "tables of shelf/0002_ä.py": text,
            "damaged/migrations/0001_x.py": f"{HEAD}        (\n",
            "notes.txt": "class Migration(\n",
        },
    )

    found = between(root, older, newer)

    assert found is not None
    assert [one.path for one in found] == ["damaged/migrations/0001_x.py", "tables of shelf/0002_ä.py"]
    assert between(root, newer, older) == []
    assert between(root, older, older) == []


def test_a_commit_that_is_not_here_says_nothing(root: Path) -> None:
    here = committed(root)

    assert between(root, "f" * 40, here) is None
    assert between(root, here, "f" * 8) is None


def test_dependency_files_that_differ(root: Path) -> None:
    older = committed(root, **{"uv.lock": "1", "pyproject.toml": "1"})
    newer = committed(root, **{"uv.lock": "2"})

    assert changed(root, older, newer, ["uv.lock", "pyproject.toml"]) == ["uv.lock"]
    assert changed(root, older, newer, []) == []
