"""The overlay can be applied again, after an interruption too, and leaves what the user has as it is."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import (
    Project,
    applied,
    apply_overlay,
    commit,
    environment,
    git,
    install,
    make_project,
    run,
    runserver,
    status,
    tree,
)
from tests.support.overlay import copier_program

# What each manager keeps dependencies in: all that the overlay edits of the user's.
DEPENDENCY_FILES = {
    "pip": {"requirements.txt"},
    "pip-tools": {"requirements.in", "requirements.txt"},
    "poetry": {"pyproject.toml", "poetry.lock"},
    "poetry-classic": {"pyproject.toml", "poetry.lock"},
    "pipenv": {"Pipfile", "Pipfile.lock"},
    "uv": {"pyproject.toml", "uv.lock"},
    "pdm": {"pyproject.toml", "pdm.lock"},
}


def changed_by_the_overlay(project: Project) -> set[str]:
    return set(git(project.root, "diff", "--name-only", "HEAD").split())


@pytest.mark.parametrize("manager", ["pip", "poetry", "pipenv", "uv"])
def test_a_second_copy_changes_nothing(manager: str, template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", manager=manager)
    applied(project, template)
    first = tree(project.root)

    applied(project, template)
    assert tree(project.root) == first, "without a commit between"

    commit(project, "Add the deployment overlay")
    applied(project, template)
    assert status(project) == []
    assert tree(project.root) == first


@pytest.mark.parametrize("manager", DEPENDENCY_FILES)
def test_of_the_users_files_only_dependency_files_change(manager: str, template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="monorepo", manager=manager)
    before = git(project.root, "ls-files").split()

    applied(project, template)

    assert changed_by_the_overlay(project) == {f"backend/{name}" for name in DEPENDENCY_FILES[manager]}
    assert set(before) <= set(git(project.root, "ls-files").split())


def test_nothing_is_left_behind(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="monorepo", manager="uv")

    applied(project, template)

    new = {line[3:] for line in git(project.root, "status", "--porcelain", "--untracked-files=all").splitlines()}
    ours = (
        "backend/deploy/",
        "Dockerfile",
        ".dockerignore",
        "fly.toml",
        ".copier-answers",
        "backend/pyproject",
        "backend/uv.lock",
    )
    assert [path for path in new if not path.startswith(ours)] == []
    ignored = [
        line for line in git(project.root, "status", "--porcelain", "--ignored").splitlines() if line[:2] == "!!"
    ]
    assert ignored == []


def lasting(page: str, origin: str) -> str:
    """A page without what is another each time: the server's port and the token of a form."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.replace(origin, ""))


def test_development_goes_on_as_before(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="nested", manager="uv")
    pages = ["/", "/accounts/login/?next=/", "/static/books/shelf.css", "/missing/"]

    def look(python: Path) -> tuple[str, str, list[tuple[int, str]]]:
        active = environment(python)
        run([python, "manage.py", "migrate"], project.django_root, active)
        check = run([python, "manage.py", "check"], project.django_root, active).stdout
        tests = run([python, "manage.py", "test"], project.django_root, active)
        count = next(line for line in (tests.stdout + tests.stderr).splitlines() if line.startswith("Found "))
        with runserver(project, python) as site:
            answers = [site.get(page) for page in pages]
        return check, count, [(answer.status, lasting(answer.text, site.origin)) for answer in answers]

    before = look(install(project))
    applied(project, template)
    after = look(install(project))

    assert before[:2] == after[:2]
    for page, was, now in zip(pages, before[2], after[2], strict=True):
        assert now == was, page
    assert [code for code, _ in after[2]] == [200, 200, 200, 404]


def test_removing_the_listed_files_undoes_everything(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="nested", manager="uv")
    before = tree(project.root)
    applied(project, template)
    commit(project, "Add the deployment overlay")

    ours = git(project.root, "diff", "--name-only", "--diff-filter=A", "HEAD~1").split()
    git(project.root, "rm", "--quiet", *ours)
    git(project.root, "checkout", "--quiet", "HEAD~1", "--", "pyproject.toml", "uv.lock")

    assert tree(project.root) == before
    assert not (project.django_root / "deploy").exists()


# The moments at which a run is ended: when this file is there or has changed, the rest is not yet.
MOMENTS = [
    "manage.py",
    "Dockerfile",
    "deploy/settings.py",
    ".copier-answers.yml",
    ".git/deploy-overlay",
    "requirements.txt",
    "pyproject.toml",
    "uv.lock",
]
OTHERS = {"pip": {"pyproject.toml", "uv.lock"}, "uv": {"requirements.txt"}}


def read(path: Path) -> bytes | None:
    """The content of a file, empty for a folder, None when it is not there."""
    if path.is_dir():
        return b""
    return path.read_bytes() if path.exists() else None


@pytest.mark.skipif(sys.platform == "win32", reason="ends a process group, which Windows does not have")
@pytest.mark.parametrize(
    ("manager", "moment"),
    [(manager, moment) for manager in OTHERS for moment in MOMENTS if moment not in OTHERS[manager]],
)
def test_an_interrupted_run_is_finished_by_the_next(manager: str, moment: str, template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", manager=manager)
    whole = make_project(tmp_path / "whole" / "library", manager=manager)
    applied(whole, template)

    command = [copier_program(), "copy", "--trust", "--defaults", "-d", "deploy_platforms=[fly]", str(template), "."]
    awaited = project.root / moment
    before = read(awaited) if moment in DEPENDENCY_FILES[manager] else None
    started = subprocess.Popen(
        command,
        cwd=project.root,
        env=environment(project.python),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    # Not in the microseconds between the creation of the answers file and its content: Copier itself stops at an empty one.
    unchanged = {before, b""} if moment in (".copier-answers.yml", *DEPENDENCY_FILES[manager]) else {before}
    while read(awaited) in unchanged and started.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    if started.poll() is None:
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()

    done = apply_overlay(project, template, deploy_platforms=["fly"])

    assert done.returncode == 0, f"after an interruption at {moment}: {done.stdout}\n{done.stderr}"
    assert tree(project.root) == tree(whole.root)


@pytest.mark.parametrize("path", ["Dockerfile", "fly.toml", "deploy/settings.py"])
def test_a_file_that_a_killed_run_had_created_and_not_yet_written_is_written(
    path: str, template: Path, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "library")
    (project.root / path).parent.mkdir(exist_ok=True)
    (project.root / path).touch()
    whole = make_project(tmp_path / "whole" / "library")

    applied(project, template)
    applied(whole, template)

    assert tree(project.root) == tree(whole.root)


def test_an_empty_file_that_was_committed_is_the_projects_own(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    (project.root / ".dockerignore").touch()
    commit(project, "An empty file")

    applied(project, template)

    assert not (project.root / ".dockerignore").read_bytes()
