"""A change of a model that no migration has matters where the database would lack something for the site."""

import json
import subprocess
from pathlib import Path

import pytest

from deploy_overlay.rehearse import stage

BEFORE = """
from django.db import models


class Book(models.Model):
    id = models.AutoField(primary_key=True)
    owner = models.ForeignKey("auth.User", models.CASCADE)
    title = models.CharField(max_length=80, choices=[("a", "A")], null=False)
    file = models.FileField(upload_to="books")
"""
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import django
from django.conf import settings
settings.configure(
    LANGUAGE_CODE="fr",  # with it, the names of Django's own models are others than those of its migrations
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "shop"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()
from django.core.management import call_command
if sys.argv[2] == "make":
    call_command("makemigrations", "shop", verbosity=0)
else:
    import unmigrated
    print(json.dumps(unmigrated.unmigrated(["shop"])))
"""


def changes(python: Path, root: Path, now: str) -> dict[str, bool]:
    """Each change between BEFORE and these models, and whether it is needed."""
    (root / "shop/migrations").mkdir(parents=True)
    (root / "shop/__init__.py").touch()
    (root / "shop/migrations/__init__.py").touch()
    (root / "program.py").write_text(PROGRAM, encoding="utf-8")
    told = ""
    for models, step in ((BEFORE, "make"), (now, "compare")):
        (root / "shop/models.py").write_text(models, encoding="utf-8")
        done = subprocess.run(
            [str(python), "-B", str(root / "program.py"), str(root), step],
            env={"PYTHONPATH": str(stage.INSIDE)},
            capture_output=True,
            text=True,
            check=True,
        )
        told = done.stdout
    return {one["change"]: one["needed"] for one in json.loads(told)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('choices=[("a", "A")]', 'choices=[("a", "A"), ("b", "B")]'),
        ("null=False", 'verbose_name="the title", default="none"'),
        ('upload_to="books"', 'upload_to="files"'),
        ("models.AutoField", "models.BigAutoField"),
        ("max_length=80", 'max_length=80, help_text="short"'),
        ("max_length=80", "max_length=80, db_index=True"),
        ("upload_to", 'verbose_name="a file", upload_to'),
        (
            '"books")\n',
            '"books")\n\n    class Meta:\n        ordering = ["title"]\n        verbose_name_plural = "books"\n',
        ),
        (
            '"books")\n',
            '"books")\n\n    class Meta:\n        indexes = [models.Index(fields=["title"], name="by_title")]\n',
        ),
    ],
)
def test_the_database_does_without(python: Path, tmp_path: Path, old: str, new: str) -> None:
    assert set(changes(python, tmp_path, BEFORE.replace(old, new)).values()) == {False}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("max_length=80", "max_length=90"),
        ("null=False", "null=True"),
        ("    file = ", "    price = models.IntegerField(default=1)\n    file = "),
        ('    file = models.FileField(upload_to="books")\n', ""),
        (
            "title = models.CharField",
            'title = models.CharField(db_column="name", max_length=80) if 0 else models.TextField',
        ),
        ('"books")\n', '"books")\n\n    class Meta:\n        db_table = "books"\n'),
        (
            '"books")\n',
            '"books")\n\n    class Meta:\n        constraints = [models.UniqueConstraint(fields=["title"], name="once")]\n',
        ),
        ('"books")\n', '"books")\n\n\nclass Author(models.Model):\n    pass\n'),
    ],
)
def test_the_database_would_lack_it(python: Path, tmp_path: Path, old: str, new: str) -> None:
    assert True in changes(python, tmp_path, BEFORE.replace(old, new)).values()


def test_one_that_is_needed_among_others(python: Path, tmp_path: Path) -> None:
    now = (
        BEFORE.replace('"A")]', '"A"), ("b", "B")]')
        + "    group = models.ForeignKey('auth.Group', models.CASCADE, null=True)\n"
    )
    assert changes(python, tmp_path, now) == {"Alter field title on book": False, "Add field group to book": True}
