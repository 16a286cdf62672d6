"""A small Django project with a hand-written deploy package, into which tests put one fault at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.anchors import note

REPOSITORY = Path(__file__).resolve().parents[3]
NOT_INHERITED = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "SECRET_KEY", "VIRTUAL_ENV", "WEATHER_KEY")

FILES: dict[str, str] = {
    "manage.py": """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
""",
    "mysite/__init__.py": "",
    "mysite/settings.py": """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "django-insecure-on-the-laptop"
DEBUG = True
ALLOWED_HOSTS = []
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles", "notes"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware"]
ROOT_URLCONF = "mysite.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}]
WSGI_APPLICATION = "mysite.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
""",
    "mysite/urls.py": """
from django.urls import include, path
urlpatterns = [path("", include("notes.urls"))]
""",
    "mysite/wsgi.py": """
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
application = get_wsgi_application()
""",
    "notes/__init__.py": "",
    "notes/models.py": """
from django.db import models
class Note(models.Model):
    text = models.CharField(max_length=200)
""",
    "notes/migrations/__init__.py": "",
    "notes/migrations/0001_initial.py": """
from django.db import migrations, models
class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.CreateModel("Note", [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("text", models.CharField(max_length=200))])]
""",
    "notes/urls.py": """
from django.urls import path
from . import views
urlpatterns = [path("", views.home), path("about/", views.about), path("note/<int:number>/", views.about)]
""",
    "notes/views.py": """
from django.shortcuts import redirect, render
from .models import Note
def home(request):
    if request.method == "POST":
        Note.objects.create(text=request.POST.get("text", ""))
        return redirect("/")
    return render(request, "notes/home.html", {"notes": Note.objects.all()})
def about(request, number=0):
    return render(request, "notes/about.html")
""",
    "notes/templates/notes/home.html": """
{% load static %}<link rel="stylesheet" href="{% static 'notes/notes.css' %}">
<form method="post">{% csrf_token %}<input name="text"></form>{% for note in notes %}{{ note.text }}{% endfor %}
""",
    "notes/templates/notes/about.html": "About",
    "notes/static/notes/notes.css": "".join(f".note-{number} {{ color: rebeccapurple; }}\n" for number in range(80)),
    "deploy/__init__.py": """
import os
if os.environ.get("DJANGO_SETTINGS_MODULE") == "deploy.settings":
    import mysite
""",
    "deploy/environment.py": """
import os, sys
REQUIRED = {"SECRET_KEY": "signs sessions", "DATABASE_URL": "where the database is"}
PLACEHOLDERS = {"DATABASE_URL": "sqlite:///:memory:"}
def missing(environ=os.environ):
    return [name for name in REQUIRED if not environ.get(name)]
def require(environ=os.environ):
    names = missing(environ)
    if names and environ.get("DEPLOY_BUILD") == "1":
        environ.update({name: PLACEHOLDERS.get(name, "placeholder") for name in names})
    elif names:
        sys.exit("Not started: set " + ", ".join(f"{name} ({REQUIRED[name]})" for name in names) + ".")
""",
    "deploy/settings.py": """
from .environment import require
require()
from mysite.settings import *
import os
import dj_database_url
from . import platforms
_platform = platforms.current(os.environ)
DEBUG = False
SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = _platform.hosts(os.environ) if _platform else []
ALLOWED_HOSTS += [host for host in os.environ.get("DEPLOY_HOSTS", "").split(",") if host]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
SECURE_PROXY_SSL_HEADER = _platform.PROXY_SSL_HEADER if _platform else None
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 3600
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
MIDDLEWARE = ["deploy.health.health", MIDDLEWARE[0], "whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE[1:]]
STATIC_ROOT = os.environ.get("STATIC_ROOT") or str(BASE_DIR / "staticfiles")
STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
DATABASES = {"default": dj_database_url.parse(os.environ["DATABASE_URL"])}
LOGGING = {"version": 1, "disable_existing_loggers": False, "handlers": {"out": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["out"], "level": "INFO"}}
""",
    "deploy/health.py": """
from django.http import HttpResponse
def health(get_response):
    def middleware(request):
        return HttpResponse("ok") if request.path_info == "/healthz" else get_response(request)
    return middleware
""",
    "deploy/gunicorn.conf.py": """
import os
wsgi_app = "mysite.wsgi:application"
bind = [f"0.0.0.0:{os.environ.get('PORT', '8000')}"]
workers = 1
graceful_timeout = 5
control_socket_disable = True
""",
    "deploy/platforms/__init__.py": """
import importlib, pkgutil
def names():
    return sorted(found.name for found in pkgutil.iter_modules(__path__))
def current(environ):
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names())
    return next((module for module in modules if module.running(environ)), None)
""",
    "deploy/platforms/fly.py": """
NAME = "Fly.io"
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
def running(environ):
    return bool(environ.get("FLY_APP_NAME"))
def hosts(environ):
    return [environ["FLY_APP_NAME"] + ".fly.dev"]
def database_url(environ):
    return environ.get("DATABASE_URL")
""",
}

HEROKU = """
NAME = "Heroku"
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
def running(environ):
    return bool(environ.get("DYNO"))
def hosts(environ):
    return [environ["HEROKU_APP_DEFAULT_DOMAIN_NAME"]]
def database_url(environ):
    return environ.get("DATABASE_URL")
"""

ANSWERS: dict[str, Any] = {
    "deploy_database": "sqlite",
    "deploy_kept_files": [],
    "deploy_name": "rehearsal",
    "deploy_package": "deploy",
    "deploy_platforms": ["fly"],
    "django_build_commands": ["collectstatic --noinput"],
    "django_dependency_files": ["requirements.txt"],
    "django_dependency_manager": "pip",
    "django_dependency_root": ".",
    "django_required_env": ["SECRET_KEY", "DATABASE_URL"],
    "django_root": ".",
    "django_settings_module": "mysite.settings",
    "django_wsgi": "mysite.wsgi:application",
}
ANSWERS_FILE = ".copier-answers.yml"


@dataclass(frozen=True)
class Site:
    """A project on disk that git knows, and the Python where its dependencies are."""

    root: Path
    python: Path

    def answer(self, **answers: object) -> None:
        """Change answers."""
        known = yaml.safe_load((self.root / ANSWERS_FILE).read_text(encoding="utf-8"))
        self.write(ANSWERS_FILE, yaml.safe_dump(known | answers))

    def replace(self, path: str, old: str, new: str) -> None:
        """Change one place in a file; it is an error when the place is not there."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text, f"{path} has no {old!r}"
        self.write(path, text.replace(old, new))

    def append(self, path: str, text: str) -> None:
        self.write(path, (self.root / path).read_text(encoding="utf-8") + text)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def break_about_in_production(self) -> None:
        """Let /about/ answer 500, but not with the project's own settings."""
        name = '"notes/about.html" if settings.DEBUG else "notes/absent.html"'
        self.replace("notes/views.py", '"notes/about.html"', name)
        self.replace("notes/views.py", "from .models", "from django.conf import settings\nfrom .models")

    def deploy_to_heroku(self, *platforms: str) -> None:
        """Let the site know Heroku, and deploy it to these platforms."""
        self.write("deploy/platforms/heroku.py", HEROKU)
        self.answer(deploy_platforms=list(platforms))

    def require(self, name: str) -> None:
        """Let the project need one more variable."""
        known = yaml.safe_load((self.root / ANSWERS_FILE).read_text(encoding="utf-8"))
        self.answer(django_required_env=[*known["django_required_env"], name])
        self.replace("deploy/environment.py", "REQUIRED = {", f'REQUIRED = {{"{name}": "read by mysite.settings", ')

    def environment(self, temporary: Path, **variables: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return {
            **kept,
            "PYTHONPATH": str(REPOSITORY),
            "TMPDIR": str(temporary),
            "TEMP": str(temporary),
            "TMP": str(temporary),
            **variables,
        }

    def active(self) -> dict[str, str]:
        """What a shell has in which the project's environment is active."""
        return {"VIRTUAL_ENV": str(self.python.parents[1])}

    def command(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "deploy_overlay", "rehearse", *options]

    def run(self, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Rehearse to the end; afterwards nothing of it may be left in the temporary folder."""
        temporary = self.root.parent / "temporary"
        temporary.mkdir(exist_ok=True)
        done = subprocess.run(
            self.command(*options),
            cwd=self.root,
            env=self.environment(temporary, **variables),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert list(temporary.iterdir()) == []
        note(done.stderr, done.stdout)
        return done

    def report(self, *options: str, **variables: str) -> Report:
        done = self.run("--json", *options, **variables)
        try:
            return Report(json.loads(done.stdout), done.returncode)
        except ValueError:
            raise AssertionError(f"no report, exit code {done.returncode}:\n{done.stdout}\n{done.stderr}") from None


@dataclass(frozen=True)
class Report:
    """The JSON document of a rehearsal, by check."""

    document: Mapping[str, Any]
    code: int

    @property
    def red(self) -> list[str]:
        return [check["name"] for check in self.document["checks"] if check["status"] == "fail"]

    @property
    def unmade(self) -> list[str]:
        return [check["name"] for check in self.document["checks"] if check["status"] == "skip"]

    @property
    def told(self) -> list[str]:
        """What did not pass, in full: a test that fails shows this."""
        bad = [
            f"{one['name']}: {one['detail']}" for one in self.document["checks"] if one["status"] in ("fail", "skip")
        ]
        return [*bad, *self.document["unproven"]]

    def check(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = next(check for check in self.document["checks"] if check["name"] == name)
        return found

    def only_red(self, name: str) -> Mapping[str, Any]:
        """The one check that failed, which is this one; the rehearsal is not ready and says so by its exit code."""
        assert self.red == [name], json.dumps(self.document, indent=1)
        assert self.document["ok"] is False
        assert self.code == 1
        check = self.check(name)
        assert check["cure"].endswith(".")
        assert "Traceback" not in check["detail"]
        return check


def make_site(root: Path, python: Path, packages: Sequence[str]) -> Site:
    """Write the project into a git repository, and commit it."""
    site = Site(root, python)
    for path, text in FILES.items():
        site.write(path, text.lstrip("\n"))
    site.write("requirements.txt", "".join(f"{package}\n" for package in packages))
    site.write(".gitignore", ".env\n*.env\n")
    asked = [str(python), "-c", "import sys; print('%s.%s' % sys.version_info[:2])"]
    version = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    site.write(ANSWERS_FILE, yaml.safe_dump({**ANSWERS, "django_python_version": version}))
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "The project"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return site
