"""Rows of a SQLite database in a PostgreSQL with the same migrations: Django itself says that they are the same in both.

Slow, as it runs a server and installs Django.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.base.message import Failure
from deploy_overlay.provision.from_sqlite import has_rows_of_its_own, look
from tests.support import usual_python
from tests.support.installing import python_with
from tests.support.postgres import Server, server, sql

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="PostgreSQL refuses to run for administrators")

SETTINGS = """
import os
import dj_database_url
SECRET_KEY = "key"
USE_TZ = True
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "things"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
MODELS = """
import uuid
from django.db import models


class Shelf(models.Model):
    name = models.SlugField(primary_key=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE)


class Thing(models.Model):
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)
    others = models.ManyToManyField("self")
    text = models.TextField()
    flag = models.BooleanField(default=False)
    maybe = models.BooleanField(null=True)
    number = models.IntegerField(null=True)
    big = models.BigIntegerField(default=0)
    small = models.PositiveSmallIntegerField(default=0)
    real = models.FloatField(null=True)
    price = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    day = models.DateField(null=True)
    time = models.TimeField(null=True)
    at = models.DateTimeField(null=True)
    took = models.DurationField(null=True)
    data = models.JSONField(null=True)
    key = models.UUIDField(default=uuid.uuid4)
    raw = models.BinaryField(default=b"")
    address = models.GenericIPAddressField(null=True)
    file = models.FileField(null=True)
    doubled = models.GeneratedField(expression=models.F("small") * 2, output_field=models.IntegerField(), db_persist=True)
"""
FILL = r"""
import datetime as d, decimal
from django.contrib.auth.models import Group, Permission, User
from things.models import Shelf, Thing
a = Shelf.objects.create(name="a")
b = Shelf.objects.create(name="b", parent=a)
ada = User.objects.create_superuser("ada", "ada@example.com", "pw")
ada.user_permissions.add(*Permission.objects.filter(codename__contains="thing"))
odd = "tab\t back\\slash \\N \n\r line 'quote' \"double\" ünïcode \u2028 \\."
Group.objects.create(name=odd)
one = Thing.objects.create(
    shelf=b, text=odd, flag=True, maybe=False, number=-5, big=2**62, small=7, real=1e300,
    price=decimal.Decimal("1234567890123456.7891"), day=d.date(2026, 2, 28), time=d.time(23, 59, 59, 999999),
    at=d.datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=d.timezone.utc), took=d.timedelta(days=-3, microseconds=7),
    data={"a": [1, None, "x\t\\"], "b": {}}, raw=bytes(range(256)), address="2001:db8::1", file="covers/a.png",
)
two = Thing.objects.create(shelf=a, text="", at=d.datetime(1999, 12, 31, 23, 0, tzinfo=d.timezone.utc), data=[])
for n in range(500):
    Thing.objects.create(shelf=a, text=str(n), real=n / 7, price=decimal.Decimal(n) / 8)
one.others.add(two)
Thing.objects.filter(text="499").delete()
Shelf.objects.filter(name="a").update(parent=b)
"""
DUMP = ["dumpdata", "--exclude", "sessions", "--indent", "1"]


@dataclass(frozen=True)
class Project:
    root: Path
    python: Path

    def django(self, url: str, *arguments: str) -> str:
        environ = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "settings"}
        done = subprocess.run(
            [self.python, "-m", "django", *arguments],
            cwd=self.root,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, url: str) -> list[Any]:
        found = json.loads(self.django(url, *DUMP))
        return sorted(found, key=lambda one: (one["model"], str(one["pk"])))


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    with server(0) as running:
        yield running


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("things")
    (root / "things" / "migrations").mkdir(parents=True)
    for name in ("things/__init__.py", "things/migrations/__init__.py"):
        (root / name).touch()
    (root / "settings.py").write_text(SETTINGS, encoding="utf-8")
    (root / "things" / "models.py").write_text(MODELS, encoding="utf-8")
    python = python_with(usual_python(), "Django>=5.2", "psycopg[binary]>=3.2", "dj-database-url>=2.2")
    made = Project(root, python)
    made.django("sqlite://", "makemigrations", "things")
    return made


@pytest.fixture(scope="module")
def local(project: Project) -> Path:
    file = project.root / "db.sqlite3"
    project.django(f"sqlite:///{file}", "migrate")
    project.django(f"sqlite:///{file}", "shell", "-c", FILL)
    return file


@pytest.fixture
def site(project: Project, postgresql: Server) -> str:
    """The address of a new site's database."""
    url = postgresql.database(owner=f"site_{os.urandom(4).hex()}")
    project.django(url, "migrate")
    return url


def test_django_finds_the_same_rows_in_both(project: Project, local: Path, site: str, tmp_path: Path) -> None:
    plan = look(local, site, Log(tmp_path / "log"), print)
    assert not has_rows_of_its_own(plan.before) and has_rows_of_its_own(plan.dump.contents)

    there = plan.carry_out()

    assert there.tables["things_thing"] == 501
    assert project.rows(site) == project.rows(f"sqlite:///{local}")
    # Numbers go on where the old ones ended, and a generated column is the server's.
    line = "from things.models import Thing; t = Thing.objects.create(shelf_id='a', text='new', small=4); print(t.pk, t.doubled)"
    assert project.django(site, "shell", "-c", line).split()[-2:] == ["503", "8"]
    login = "from django.contrib.auth import authenticate; print(authenticate(username='ada', password='pw'))"
    assert "ada" in project.django(site, "shell", "-c", login)


def test_it_can_be_done_again_and_replaces_what_is_there(
    project: Project, local: Path, site: str, tmp_path: Path
) -> None:
    look(local, site, Log(tmp_path / "log"), print).carry_out()
    project.django(site, "shell", "-c", "from things.models import Shelf; Shelf.objects.create(name='later')")

    look(local, site, Log(tmp_path / "log"), print).carry_out()

    assert project.rows(site) == project.rows(f"sqlite:///{local}")


@pytest.mark.parametrize("where", ["in the file", "on the site"])
def test_other_migrations_are_told_and_nothing_changes(
    where: str, project: Project, local: Path, site: str, tmp_path: Path
) -> None:
    file = tmp_path / "copy.sqlite3"
    file.write_bytes(local.read_bytes())
    statement = "DELETE FROM django_migrations WHERE app = 'things'"
    before = project.rows(site)
    if where == "in the file":
        sql(site, statement)
    else:
        project.django(
            f"sqlite:///{file}",
            "shell",
            "-c",
            f"from django.db import connection; connection.cursor().execute({statement!r})",
        )

    with pytest.raises(Failure, match=rf"the migration things\.0001_initial is only {where}"):
        look(file, site, Log(tmp_path / "log"), print)

    assert project.rows(site) == before


def test_a_value_that_postgresql_does_not_take_leaves_everything(
    project: Project, local: Path, site: str, tmp_path: Path
) -> None:
    file = tmp_path / "copy.sqlite3"
    file.write_bytes(local.read_bytes())
    long = "from things.models import Shelf; Shelf.objects.create(name='x' * 60)"  # SQLite does not count letters
    project.django(f"sqlite:///{file}", "shell", "-c", long)
    project.django(site, "shell", "-c", "from things.models import Shelf; Shelf.objects.create(name='kept')")

    with pytest.raises(Failure, match=r"value too long for type character varying\(50\).*The database is unchanged"):
        look(file, site, Log(tmp_path / "log"), print).carry_out()

    assert sql(site, "SELECT name FROM things_shelf") == ["kept"]


def test_what_is_no_database_of_django(site: str, tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite3"
    sqlite3.connect(file).execute("CREATE TABLE a (b)")

    with pytest.raises(Failure, match="is not a database of Django's"):
        look(file, site, Log(tmp_path / "log"), print)
