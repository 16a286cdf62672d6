"""Fixtures for what is rendered: a small project with the overlay, and a Python for each Django."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import Project, adopt, apply_overlay, environment, interpreter, usual_python
from tests.support.installing import python_with
from tests.support.projects import DJANGO, USUAL_DJANGO

SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "django-insecure-for-development"
DEBUG = True
ROOT_URLCONF = "mysite.urls"
WSGI_APPLICATION = "mysite.wsgi.application"
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
STATIC_URL = "static/"
"""
ENVIRON = {
    "DJANGO_SETTINGS_MODULE": "deploy.settings",
    "SECRET_KEY": "".join(f"{number:02x}" for number in range(40)),
    "DATABASE_URL": "postgres://ada:word@db.example.com:5433/library",
    "FLY_APP_NAME": "library",
}
PRINT = """
import json
from django.conf import settings

import deploy.settings as module
names = [name for name in dir(module) if name.isupper()]
print(json.dumps({name: getattr(module, name) for name in names}, default=str))
"""


PACKAGES = ("gunicorn>=23", "whitenoise>=6.7", "dj-database-url>=2.2", "psycopg[binary]>=3.2")


@dataclass(frozen=True)
class Site:
    """A project with the overlay on it, and the Python that runs it."""

    root: Path
    python: Path

    def write(self, settings: str) -> Site:
        """The same site with other settings of the project's own, which follow the usual ones."""
        (self.root / "mysite" / "settings.py").write_text(SETTINGS + settings, encoding="utf-8")
        return self

    def run(self, *arguments: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments in production's environment; None takes a variable away."""
        environ = environment(self.python) | ENVIRON
        environ |= {name: value for name, value in variables.items() if value is not None}
        for name in (name for name, value in variables.items() if value is None):
            environ.pop(name, None)
        command = [str(self.python), *arguments]
        return subprocess.run(
            command, cwd=self.root, env=environ, capture_output=True, text=True, encoding="utf-8", check=False
        )

    def settings(self, **variables: str | None) -> dict[str, Any]:
        """The production settings as Django sees them, in JSON's types."""
        done = self.run("-c", PRINT, **variables)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def check(self) -> str:
        """What `check --deploy` says on standard error; a clean one names no issue."""
        done = self.run("-m", "django", "check", "--deploy", "--fail-level", "WARNING")
        return done.stdout + done.stderr if done.returncode else ""


def small_project(root: Path, settings: str = SETTINGS) -> Project:
    """The least that is a Django project: manage.py, settings, urls, wsgi and requirements.txt, committed."""
    package = root / "mysite"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "settings.py").write_text(settings, encoding="utf-8")
    (package / "urls.py").write_text("urlpatterns = []\n", encoding="utf-8")
    wsgi = "import os\nfrom django.core.wsgi import get_wsgi_application\n"
    default = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'
    (package / "wsgi.py").write_text(f"{wsgi}{default}application = get_wsgi_application()\n", encoding="utf-8")
    manage = "import os, sys\nfrom django.core.management import execute_from_command_line\n"
    (root / "manage.py").write_text(f"{manage}{default}execute_from_command_line(sys.argv)\n", encoding="utf-8")
    (root / "requirements.txt").write_text("Django~=5.2.0\n", encoding="utf-8")
    (root / ".gitignore").write_text("__pycache__/\ndb.sqlite3\n", encoding="utf-8")
    adopt(root)
    return Project(root, root, root, "pip", usual_python())


def calls_of_start(root: Path, folder: Path) -> list[str]:
    """What start.sh of a project runs, by programs in `folder` that only say how they were called."""
    for name in ("install", "setpriv"):
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $*"\n', encoding="utf-8")
        program.chmod(0o755)
    environ = {"PATH": f"{folder}:/usr/bin:/bin"}
    done = subprocess.run(["sh", "deploy/start.sh"], cwd=root, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.fixture(scope="session")
def overlaid(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = small_project(tmp_path_factory.mktemp("small") / "library")
    done = apply_overlay(project, template, deploy_platforms=["fly"], deploy_domains="www.example.com")
    assert done.returncode == 0, done.stderr
    return project.root


@pytest.fixture
def django() -> str:
    """The release of Django that `site` runs on; tests/slow/template has the others."""
    return USUAL_DJANGO


@pytest.fixture
def site(django: str, overlaid: Path, tmp_path: Path) -> Site:
    """A site; a test may write other settings into it."""
    root = tmp_path / "library"
    shutil.copytree(overlaid, root)
    return Site(root, python_with(interpreter(*DJANGO[django]), f"django~={django}.0", *PACKAGES))
