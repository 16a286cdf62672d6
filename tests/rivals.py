"""The sample project as three tools deploy it to Fly.io: ours, django-simple-deploy and flyctl's scanner.

Each has its own files in a repository of its own, and the program that its Dockerfile starts. django-simple-deploy writes
its files itself: its packages are installed from the package index and run here, without an account, as its tests do.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support import Project, adopt, applied, commit, environment, interpreter, make_project, run
from tests.support.installing import python_with
from tests.support.projects import DJANGO, USUAL_DJANGO

NAME = "shelf"
HOST = f"{NAME}.fly.dev"
SECRET_KEY = "".join(f"{number:02x}" for number in range(40))
# Pages that are measured, beside those of the sample.
PAGES = Path(__file__).resolve().parent / "projects" / "measured"
SIMPLE_DEPLOY = ("django-simple-deploy", "dsd-flyio")
# https://github.com/superfly/flyctl/blob/master/scanner/templates/django/Dockerfile, without its conditions
SCANNER = """\
ARG PYTHON_VERSION={python}-slim

FROM python:${{PYTHON_VERSION}}

ENV PYTHONDONTWRITEBYTECODE=1
ENV PYTHONUNBUFFERED=1

RUN mkdir -p /code

WORKDIR /code

COPY requirements.txt /tmp/requirements.txt
RUN set -ex && \\
    pip install --upgrade pip && \\
    pip install -r /tmp/requirements.txt && \\
    rm -rf /root/.cache/
COPY . /code

ENV SECRET_KEY="not-the-secret-of-production"
RUN python manage.py collectstatic --noinput

EXPOSE 8000

CMD ["gunicorn","--bind",":8000","--workers","2","shelf.wsgi"]
"""
# The scanner leaves the settings to the owner; these are what its guide recommends, WhiteNoise and dj-database-url.
# https://fly.io/docs/django/getting-started/existing/
SCANNER_SETTINGS = """
import os

import dj_database_url

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["shelf.fly.dev"]
CSRF_TRUSTED_ORIGINS = ["https://shelf.fly.dev"]
DATABASES = {"default": dj_database_url.config(default="sqlite:///db.sqlite3")}
STATIC_ROOT = BASE_DIR / "staticfiles"
MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
"""
SCANNER_PACKAGES = ("gunicorn", "whitenoise", "dj-database-url", "psycopg2-binary")


@dataclass(frozen=True)
class Deployed:
    """A project with the files of a tool, what runs there, and the Python that has its requirements."""

    name: str
    root: Path
    python: Path
    command: tuple[str, ...]  # as the Dockerfile has it, without `python -m`
    variables: Mapping[str, str]

    def environ(self, database: str) -> dict[str, str]:
        """The environment of a running site; `database` is a URL."""
        return environment(self.python) | self.variables | {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database}

    def manage(self, database: str, *arguments: str) -> None:
        """Run a command of Django as a release does."""
        run([self.python, "-m", "django", *arguments], self.root, self.environ(database))

    def packages(self) -> dict[str, str]:
        """Versions of what is installed, by name."""
        code = "import json, importlib.metadata as m; print(json.dumps({d.name.lower(): d.version for d in m.distributions()}))"
        found: dict[str, str] = json.loads(run([self.python, "-c", code], self.root).stdout)
        return found


def ours(folder: Path, template: Path) -> Deployed:
    """The overlay for Fly.io, as `copier copy` leaves it."""
    root = measured_project(folder)
    project_python = interpreter(*DJANGO[USUAL_DJANGO])
    version = run([project_python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], folder).stdout.strip()
    project = Project(root, root, root, "pip", project_python)
    applied(project, template, deploy_name=NAME, django_python_version=version)
    commit(project, "Add the deployment overlay")
    variables = {"DJANGO_SETTINGS_MODULE": "deploy.settings", "FLY_APP_NAME": NAME}
    return deployed("ours", root, variables)


def simple_deploy(folder: Path) -> Deployed:
    """django-simple-deploy and its plugin for Fly.io."""
    root = measured_project(folder)
    settings = root / NAME / "settings.py"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("INSTALLED_APPS = [", "INSTALLED_APPS = [\n    'django_simple_deploy',", 1), encoding="utf-8"
    )
    adopt(root)
    python = python_with(interpreter(*DJANGO[USUAL_DJANGO]), *requirements(root), *SIMPLE_DEPLOY)
    run(
        [python, "manage.py", "deploy", "--unit-testing", "--no-logging", "--deployed-project-name", NAME],
        root, environment(python),
    )  # fmt: skip
    variables = {"DJANGO_SETTINGS_MODULE": f"{NAME}.settings", "ON_FLYIO": "1", "DEBUG": "FALSE"}
    # The plugin stays among the installed apps, and its package among the requirements.
    return deployed("django-simple-deploy", root, variables)


def scanner(folder: Path) -> Deployed:
    """What `fly launch` writes."""
    root = measured_project(folder)
    with (root / NAME / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write(SCANNER_SETTINGS)
    with (root / "requirements.txt").open("a", encoding="utf-8") as more:
        more.write("\n".join(SCANNER_PACKAGES) + "\n")
    python = interpreter(*DJANGO[USUAL_DJANGO])
    version = run([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], folder).stdout.strip()
    (root / "Dockerfile").write_text(SCANNER.format(python=version), encoding="utf-8")
    return deployed("flyctl's scanner", root, {"DJANGO_SETTINGS_MODULE": f"{NAME}.settings"})


def measured_project(folder: Path) -> Path:
    """The sample with the pages that are measured, in a repository."""
    project = make_project(folder / NAME)
    shutil.copytree(PAGES, project.root / "measured", ignore=shutil.ignore_patterns("__pycache__"))
    for name, before, after in (
        ("settings.py", "    'loans',\n", "    'loans',\n    'measured',\n"),
        ("urls.py", "urlpatterns = [\n", "urlpatterns = [\n    path('measured/', include('measured.urls')),\n"),
    ):
        file = project.root / NAME / name
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after, 1), encoding="utf-8")
    commit(project, "Add pages to measure")
    return project.root


def deployed(name: str, root: Path, variables: Mapping[str, str]) -> Deployed:
    command = re.findall(r"(?m)^CMD (\[.*\])$", (root / "Dockerfile").read_text(encoding="utf-8"))[-1]
    python = python_with(interpreter(*DJANGO[USUAL_DJANGO]), *requirements(root))
    return Deployed(name, root, python, tuple(json.loads(command)), variables)


def requirements(root: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in (root / "requirements.txt").read_text("utf-8").splitlines())
    return [line for line in lines if line]
