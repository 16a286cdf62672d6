"""Production's settings reach a project that reads its settings with Dynaconf. Slow: it installs that.

https://www.dynaconf.com/django/
"""

from __future__ import annotations

from pathlib import Path

from tests.support import apply_overlay, interpreter
from tests.support.installing import python_with
from tests.support.projects import DJANGO, adopt
from tests.template.conftest import PACKAGES, SETTINGS, Site, small_project

USES_DYNACONF = "\nimport dynaconf\n\nsettings = dynaconf.DjangoDynaconf(__name__)\n"
FILE = """[default]
SITE_TITLE = "Library"
[development]
DEBUG = true
[production]
SITE_TITLE = "Library online"
"""
PRINTED = """
import django
django.setup()
from django.conf import settings
print(settings.DEBUG, settings.SITE_TITLE, settings.MIDDLEWARE[0], settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS)
print(settings.DATABASES["default"]["NAME"])
"""


def test_what_production_changes_is_what_the_site_sees(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library", SETTINGS + USES_DYNACONF)
    (project.root / "settings.toml").write_text(FILE, encoding="utf-8")
    with (project.root / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write("dynaconf>=3.2\n")
    adopt(project.root)
    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=["fly"], deploy_database="external")
    assert done.returncode == 0, done.stderr
    python = python_with(interpreter(*DJANGO["5.2"]), "django~=5.2.0", "dynaconf>=3.2", *PACKAGES)
    site = Site(project.root, python)

    said = site.run("-c", PRINTED, DATABASE_URL="postgres://u:p@db.example.com/books")
    other = site.run("-c", PRINTED, DJANGO_ENV="development", DATABASE_URL="postgres://u:p@db.example.com/books")

    assert said.returncode == 0, said.stderr
    first, database = said.stdout.splitlines()
    assert first.startswith("False Library online deploy.health.health True ['library.fly.dev'")
    assert database == "books"
    # The platform may say that another part of the file counts.
    assert other.stdout.startswith("False Library deploy.health.health True"), other.stderr
