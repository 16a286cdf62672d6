"""What an image's dependency stage has: local packages, groups, secrets of the build, libraries; and what is refused."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.support import adopt, apply_overlay
from tests.support.anchors import shows
from tests.template.conftest import SETTINGS, small_project

PYPROJECT = (
    '[project]\nname = "library"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["Django~=5.2.0"{more}]\n'
)
UV_LOCK = """version = 1
requires-python = ">=3.12, <3.14"
[[package]]
name = "django"
version = "5.2.1"
wheels = [{ url = "https://example.com/django-5.2.1-py3-none-any.whl" }]
[[package]]
name = "uwsgi"
version = "2.0"
sdist = { url = "https://example.com/uwsgi-2.0.tar.gz" }
[[package]]
name = "oddity"
version = "1"
wheels = [{ url = "https://example.com/oddity-1-cp311-cp311-manylinux_2_17_x86_64.whl" }]
"""
MONEY = {
    "libs/money/pyproject.toml": '[project]\nname = "money"\nversion = "1"\nreadme = "README.md"\n',
    "libs/money/README.md": "x",
}


def applied(
    root: Path, template: Path, files: dict[str, str], settings: str = "", **answers: object
) -> tuple[Path, str]:
    """The root of a small project with these files and the overlay on it, and what was said; hooks are not run."""
    project = small_project(root, SETTINGS + settings)
    if "requirements.txt" not in files:
        (root / "requirements.txt").unlink()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    adopt(root)
    done = apply_overlay(project, template, "--skip-tasks", **{"deploy_platforms": ["fly"], **answers})
    return root, done.stderr if done.returncode else ""


def text(root: Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8")


def test_local_packages_are_copied_before_they_are_installed(template: Path, tmp_path: Path) -> None:
    files = {"requirements.txt": "Django~=5.2.0\n./libs/money\n-c limits.txt\n", "limits.txt": "sqlparse<1\n", **MONEY}
    root, refusal = applied(tmp_path / "library", template, files)
    assert not refusal
    dockerfile = text(root, "Dockerfile")
    install = dockerfile.index("pip install -r /app/requirements.txt")
    assert dockerfile.index("COPY libs/money /app/libs/money") < install
    assert dockerfile.index("COPY limits.txt /app/limits.txt") < install


def test_a_token_of_an_index_is_a_secret_of_the_build(template: Path, tmp_path: Path) -> None:
    lines = "Django~=5.2.0\n--extra-index-url https://ada:${TOKEN}@example.com/simple\n"
    root, refusal = applied(
        tmp_path / "library", template, {"requirements.txt": lines}, deploy_platforms=["fly", "heroku", "upsun"]
    )
    assert not refusal
    dockerfile = text(root, "Dockerfile")
    assert "--mount=type=secret,id=TOKEN,required=true" in dockerfile and "ARG" not in dockerfile
    readme = text(root, "deploy/README.md")
    assert "--build-secret TOKEN=VALUE" in readme
    assert "heroku config:set TOKEN=VALUE" in readme
    assert "--name TOKEN --sensitive true --visible-build true" in readme
    # The running site has no use for it.
    assert "TOKEN" not in text(root, "deploy/environment.py").replace("token_urlsafe", "")


def test_a_login_that_an_index_may_ask_for_stops_no_build(template: Path, tmp_path: Path) -> None:
    index = '[[tool.uv.index]]\nname = "own"\nurl = "https://example.com/simple"\n'
    files = {"pyproject.toml": PYPROJECT.format(more="") + index, "uv.lock": UV_LOCK}
    root, refusal = applied(tmp_path / "library", template, files)
    assert not refusal
    assert "--mount=type=secret,id=UV_INDEX_OWN_PASSWORD \\\n" in text(root, "Dockerfile")
    assert "if the index asks for one" in text(root, "deploy/README.md")


def test_groups_and_what_has_no_wheel(template: Path, tmp_path: Path) -> None:
    more = ', "uwsgi", "oddity"'
    extra = (
        '[project.optional-dependencies]\ns3 = []\n[dependency-groups]\nweb = []\n[tool.uv]\ndefault-groups = ["web"]\n'
    )
    files = {"pyproject.toml": PYPROJECT.format(more=more) + extra, "uv.lock": UV_LOCK}
    root, refusal = applied(tmp_path / "library", template, files, django_python_version="3.13")
    assert not refusal
    dockerfile = text(root, "Dockerfile")
    assert "--no-install-project --group web\n" in dockerfile
    assert "build-essential" in dockerfile.split("\nFROM base\n")[0]
    assert "- `oddity` has no wheel for production's Python" in text(root, "deploy/README.md")


@pytest.mark.parametrize("folder", ["ui, old", "front end", "a,type=bind", "x=y"])
def test_a_front_end_folder_arrives_as_itself(folder: str, template: Path, tmp_path: Path) -> None:
    package = json.dumps({"dependencies": {"bootstrap": "5.3.3"}})
    files = {
        "requirements.txt": "Django~=5.2.0\n",
        f"{folder}/package.json": package,
        f"{folder}/package-lock.json": "{}",
    }
    settings = f'STATICFILES_DIRS = [BASE_DIR / "{folder}" / "node_modules"]\n'
    root, refusal = applied(tmp_path / "library", template, files, settings)
    assert not refusal
    dockerfile = text(root, "Dockerfile")
    mounts = [line for line in dockerfile.splitlines() if "--mount=type=bind" in line]
    assert mounts == ["RUN --mount=type=bind,from=frontend,source=/app,target=/frontend \\"]
    assert f"WORKDIR /app/{folder}\n" in dockerfile
    quoted, built = (shlex.quote(f"/{place}/{folder}/node_modules") for place in ("app", "frontend"))
    assert f"ln -s {built} {quoted} \\\n" in dockerfile and dockerfile.count(f"rm {quoted}\n") == 1


@shows("local-package-missing")
def test_a_package_outside_the_repository_is_refused(template: Path, tmp_path: Path) -> None:
    _, refusal = applied(tmp_path / "library", template, {"requirements.txt": "Django~=5.2.0\n-e ../money\n"})
    assert "requirements.txt:2 installs from ../money" in refusal


@shows("package-installed-by-name")
def test_a_package_that_only_a_dockerfile_installs_is_refused_or_left_out(template: Path, tmp_path: Path) -> None:
    docker = "FROM python:3.13\nRUN pip install -r requirements.txt && pip install sentry-sdk\n"
    files = {"requirements.txt": "Django~=5.2.0\n", "Dockerfile": docker}
    _, refusal = applied(tmp_path / "library", template, files)
    assert "Dockerfile:2 installs sentry-sdk" in refusal

    _, left_out = applied(tmp_path / "other", template, files, django_dependency_manager="pip")
    assert not left_out


@shows("heroku-groups")
def test_heroku_installs_no_groups(template: Path, tmp_path: Path) -> None:
    more = '[dependency-groups]\nweb = []\n[tool.uv]\ndefault-groups = ["web"]\n'
    files = {"pyproject.toml": PYPROJECT.format(more="") + more, "uv.lock": UV_LOCK}
    _, refusal = applied(tmp_path / "library", template, files, deploy_platforms=["heroku"])
    assert "installs the group web of pyproject.toml" in refusal


def test_what_git_ignores_and_an_image_would_have_is_named(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "library"
    project = small_project(root)
    ignored = "private/\nanswers.txt\nserver.pem\n__pycache__/\n"
    for name, content in {
        ".gitignore": ignored,
        "geo/places.sql": "-- committed\n",
        "certs/ca.pem": "committed",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
    adopt(root)
    for name in ("private/letter.txt", "answers.txt", "server.pem"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("of this machine", encoding="utf-8")
    done = apply_overlay(project, template, deploy_platforms=["fly"])
    assert done.returncode == 0, done.stderr
    said = " ".join((done.stdout + done.stderr).split())
    assert "would add them to the image: answers.txt, private/ To exclude" in said
    assert "server.pem" not in said
    ignore = text(root, ".dockerignore")
    assert (
        "!geo/places.sql\n" in ignore
        and "!certs/ca.pem\n" in ignore
        and ignore.index("**/*.sql") < ignore.index("!geo/")
    )
