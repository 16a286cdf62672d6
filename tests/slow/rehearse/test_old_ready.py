"""What the rehearsal of release 0.1.0 called ready, and what no platform can run: the rehearsal of today is not ready.

One project for each kind of difference between a machine and production. Each is rehearsed as 0.1.0 did, in the working
folder; then as today; then it is built and started as the platform does it, and fails there in the same way. 0.1.0 deployed
to Fly.io alone. A compose file is read by no platform that is offered, so it cannot lack anything.

Slow, half a minute a project: each is installed three times, built, migrated and served.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from deploy_overlay.base.postgres import installed_programs
from tests.platforms.upsun_container import runs_here
from tests.slow.matrix.services import KEY, database, postgresql
from tests.slow.matrix.simulated import site as simulated_site
from tests.slow.matrix.simulated.site import BuildFailed, Given
from tests.support import Project, applied, clone, commit, environment, git, make_project, rehearse
from tests.support.installing import python_with
from tests.support.proof import minor
from tests.support.versions import Versions, released, taken

pytestmark = pytest.mark.skipif(not runs_here(), reason="the platforms are played on Linux")

NAME = "shelf-of-books"
POINTER = b"version https://git-lfs.github.com/spec/v1"
RELEASE = '[deploy]\n  release_command = "python -m django migrate --noinput"\n'
FLY = f"""
app = "{NAME}"
primary_region = "fra"
kill_signal = "SIGTERM"
kill_timeout = "30s"
[build]
  dockerfile = "Dockerfile"
[env]
  PORT = "8000"
{RELEASE}[http_service]
  internal_port = 8000
  force_https = true
  [[http_service.checks]]
    path = "/healthz"
"""
DOCKERFILE = """
FROM python:{version}-slim AS dependencies
WORKDIR /app
ENV PATH=/venv/bin:$PATH
COPY requirements.txt /app/requirements.txt
RUN python -m venv /venv
RUN /venv/bin/pip install --quiet -r /app/requirements.txt
FROM dependencies
ENV DJANGO_SETTINGS_MODULE=deploy.settings PORT=8000
COPY . /app
RUN DEPLOY_BUILD=1 python -m django collectstatic --noinput
CMD ["gunicorn", "shelf.wsgi"]
"""
APP_JSON = {
    "name": NAME,
    "buildpacks": [{"url": "heroku/python"}],
    "env": {"SECRET_KEY": {"generator": "secret"}},
    "addons": [{"plan": "heroku-postgresql:essential-0", "as": "DATABASE"}],
}


@dataclass(frozen=True)
class Kind:
    """One difference: `differ` makes it in a project. Today the check `check` fails with `cause` and the cure `cure`.

    Deployed to `platform`, it ends or answers with `said`.
    """

    platform: str
    differ: Callable[[Project], None]
    check: str
    cause: str
    cure: str
    said: str


def edited(project: Project, path: str, old: str, new: str) -> None:
    file = project.root / path
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{path} has no {old!r}"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def added(project: Project, path: str, text: str) -> None:
    with (project.root / path).open("a", encoding="utf-8") as file:
        file.write(text)


def ignored(rule: str) -> Callable[[Project], None]:
    """A rule of .gitignore, and what it matches out of git; the files stay."""

    def differ(project: Project) -> None:
        added(project, ".gitignore", f"{rule}\n")
        for path in git(project.root, "ls-files", "--cached", "--ignored", "--exclude-standard").splitlines():
            git(project.root, "rm", "--quiet", "--cached", path)

    return differ


def settings_of_this_machine(project: Project) -> None:
    added(project, "shelf/local.py", "LIBRARY = 'Shelf'\n")
    added(project, "shelf/settings.py", "\nfrom .local import LIBRARY\n")
    ignored("local.py")(project)


def kept_by_lfs(project: Project) -> None:
    """As `git lfs track` does it, with a filter that stands for the program."""
    added(project, ".gitattributes", "favicon.svg filter=lfs diff=lfs merge=lfs -text\n")
    git(
        project.root,
        "config",
        "filter.lfs.clean",
        f"printf '{POINTER.decode()}\\noid sha256:00\\nsize 1\\n'; cat >/dev/null",
    )
    git(project.root, "add", "--renormalize", ".")


def package_of_developers(project: Project) -> None:
    added(project, "requirements-dev.txt", "-r requirements.txt\ndjango-extensions==4.1\n")
    added(project, "shelf/settings.py", "\nINSTALLED_APPS += ['django_extensions']\n")


def writes_beside_the_code(project: Project) -> None:
    edited(
        project,
        "books/views.py",
        "        books = super().get_queryset()",
        "        from django.conf import settings\n\n"
        "        with (settings.BASE_DIR / 'searches.log').open('a') as file:\n"
        "            file.write('a search\\n')\n"
        "        books = super().get_queryset()",
    )


def file(path: str, text: str) -> Callable[[Project], None]:
    """A deployment file that the project had before the overlay came."""
    return lambda project: added(project, path, text.lstrip("\n"))


def own_image(dockerfile: str) -> Callable[[Project], None]:
    def differ(project: Project) -> None:
        added(project, "fly.toml", FLY.replace('"Dockerfile"', '"Dockerfile.web"'))
        added(project, "Dockerfile.web", dockerfile.lstrip("\n").replace("{version}", minor(project)))

    return differ


MIGRATE = "release: python manage.py migrate --noinput\n"
KINDS = {
    "an imported module that git ignores": Kind(
        "fly", settings_of_this_machine, "production settings", "No module named 'shelf.local'",
        "git ignores shelf/local.py (.gitignore:", "No module named 'shelf.local'",
    ),
    "a template that git ignores": Kind(
        "fly", ignored("book_list.html"), "pages", "TemplateDoesNotExist",
        "run `git add --force books/templates/books/book_list.html`", "TemplateDoesNotExist",
    ),
    "a static file that git ignores": Kind(
        "fly", ignored("shelf.css"), "page assets", "refers to /static/books/shelf.css, which answers 404",
        "run `git add --force books/static/books/shelf.css`", "/static/books/shelf.css answered 404",
    ),
    "migrations that git ignores": Kind(
        "fly", ignored("migrations/"), "missing migrations", "changes without a migration",
        "/migrations`", 'relation "books_book" does not exist',
    ),
    "a file that Git LFS keeps, pushed": Kind(
        "heroku", kept_by_lfs, "code", "books/static/books/img/favicon.svg: ",
        "git lfs migrate export", "is a pointer of Git LFS",
    ),
    "a file that Git LFS keeps, exported": Kind(
        "fly", kept_by_lfs, "code", "books/static/books/img/favicon.svg: ",
        "git lfs migrate export", "is a pointer of Git LFS",
    ),
    "a package that only developers install": Kind(
        "fly", package_of_developers, "check --deploy", "No module named 'django_extensions'",
        "Add django-extensions to requirements.txt", "No module named 'django_extensions'",
    ),
    "a page that writes into the code folder": Kind(
        "upsun", writes_beside_the_code, "pages", "searches.log",
        "to a temporary folder", "searches.log",
    ),
    "a Procfile without a release command": Kind(
        "heroku", file("Procfile", "web: gunicorn shelf.wsgi\n"), "kept files", "Procfile runs no migrations",
        "Change", 'relation "books_book" does not exist',
    ),
    "a Procfile with the settings of developers": Kind(
        "heroku", file("Procfile", f"web: gunicorn shelf.wsgi --env DJANGO_SETTINGS_MODULE=shelf.settings\n{MIGRATE}"),
        "kept files", "uses the settings shelf.settings and not those of production", "Change", "/ answered 400",
    ),
    "a Procfile with another port": Kind(
        "heroku", file("Procfile", f"web: gunicorn shelf.wsgi --bind 0.0.0.0:8123\n{MIGRATE}"),
        "kept files", "listens on 0.0.0.0:8123 and not on 0.0.0.0:$PORT", "Change", "nothing answers on the port",
    ),
    "an app.json without the settings": Kind(
        "heroku", file("app.json", json.dumps(APP_JSON)), "kept files", "app.json starts review apps without",
        "Change", "STATIC_ROOT",
    ),
    "a fly.toml without a release command": Kind(
        "fly", file("fly.toml", FLY.replace(RELEASE, "")),
        "kept files", "fly.toml runs no migrations", "Change", 'relation "books_book" does not exist',
    ),
    "a fly.toml with another port": Kind(
        "fly", file("fly.toml", FLY.replace("internal_port = 8000", "internal_port = 8080")),
        "kept files", "expects the site on port 8080", "Change", "nothing answers on the port",
    ),
    "a Dockerfile without the settings": Kind(
        "fly", own_image(DOCKERFILE.replace("DJANGO_SETTINGS_MODULE=deploy.settings", "PYTHONUNBUFFERED=1")),
        "kept files", "Dockerfile.web does not set the production settings", "Change", "No Django settings specified",
    ),
    "a Dockerfile whose server nobody reaches": Kind(
        "fly", own_image(DOCKERFILE.replace('"shelf.wsgi"', '"shelf.wsgi", "-b", "127.0.0.1:8124"')),
        "kept files", "Dockerfile.web listens on 127.0.0.1:8124", "Change", "nothing answers on the port",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if not list(installed_programs()):
        pytest.skip("no PostgreSQL server programs on this machine: install postgresql")
    with postgresql() as address:
        yield address


@pytest.fixture(scope="module")
def versions(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Versions:
    return released(template, tmp_path_factory.mktemp("versions") / "template", "0.1.0")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(simulated_site, "STARTS_WITHIN", 15.0)
    return make_project(tmp_path / "library")


def test_the_project_itself_is_ready_and_answers(
    project: Project, template: Path, versions: Versions, server: str, tmp_path: Path
) -> None:
    assert "Ready: all" in of_0_1_0(copied(project, tmp_path / "old"), versions)
    applied(project, template, deploy_name=NAME, django_python_version=minor(project))
    commit(project, "Add the deployment overlay")
    assert rehearse(project, "--postgres", server)["verdict"] == "ready"
    assert deployed(project, "fly", server, tmp_path) == ""


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_was_called_ready_is_not_and_fails_deployed(
    kind: Kind, project: Project, template: Path, versions: Versions, server: str, tmp_path: Path
) -> None:
    kind.differ(project)
    commit(project, "Another change")

    assert "Ready: all" in of_0_1_0(copied(project, tmp_path / "old"), versions)

    applied(project, template, deploy_name=NAME, deploy_platforms=[kind.platform], django_python_version=minor(project))
    commit(project, "Add the deployment overlay")
    report = rehearse(project, "--postgres", server)
    assert (report["verdict"], report["exit_code"]) == ("not ready", 1)
    failed = next(check for check in report["checks"] if check["status"] == "fail")
    assert failed["name"] == kind.check, failed
    assert kind.cause in failed["detail"] and kind.cure in failed["cure"], failed

    assert kind.said in deployed(project, kind.platform, server, tmp_path)


def copied(project: Project, to: Path) -> Project:
    """The working folder as it lies on this machine, with what git ignores."""
    shutil.copytree(project.root, to, symlinks=True)
    return replace(project, root=to, django_root=to, dependency_root=to)


def of_0_1_0(project: Project, versions: Versions) -> str:
    """What the rehearsal that 0.1.0 wrote into the project prints, run in the environment of its developer."""
    taken(project, versions, "-r", "v0.1.0", deploy_name=NAME, django_python_version=minor(project))
    lists = [path.read_text(encoding="utf-8") for path in sorted(project.root.glob("requirements*.txt"))]
    packages = [line for text in lists for line in text.splitlines() if line and line[0] not in "#-"]
    python = python_with(project.python, *packages)
    command = [python, "-m", "deploy.rehearse"]
    done = subprocess.run(
        command, cwd=project.root, env=environment(python), capture_output=True, text=True, check=False
    )
    return " ".join(f"{done.stdout}\n{done.stderr}".split())


def deployed(project: Project, platform: str, server: str, place: Path) -> str:
    """What is wrong with the site after a push to the platform; empty where its first page and all of it is there."""
    pushed = clone(project, place / "clone")
    place = place / "platform"
    place.mkdir()
    try:
        with database(server) as address:
            site = importlib.import_module(f"tests.slow.matrix.simulated.{platform}").built(
                pushed, place, Given(address, {"SECRET_KEY": KEY})
            )
            site.prepare()
            with site.serving():
                page = site.visitor().get("/")
                if page.status != 200:
                    return f"/ answered {page.status}\n{site.said()}"
                for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
                    answer = site.visitor().get(path)
                    if answer.status != 200:
                        return f"{path} answered {answer.status}"
                    if answer.body.startswith(POINTER):
                        return f"{path} is a pointer of Git LFS"
                return ""
    except BuildFailed as failure:
        return str(failure)
