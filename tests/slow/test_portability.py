"""What differs on Windows and macOS, held on whole copies: slow, as each applies the overlay to a project."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.slow.rehearse.conftest import PACKAGES
from tests.slow.rehearse.site import make_site
from tests.support import Project, apply_overlay, environment, git, make_project, tree

posix = pytest.mark.skipif(os.name == "nt", reason="acts as if this were Windows")


def test_a_copy_opens_nothing_in_the_encoding_of_the_machine(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    strict = environment(project.python, PYTHONWARNDEFAULTENCODING="1", PYTHONWARNINGS="always::EncodingWarning")

    done = apply_overlay(project, template, env=strict, deploy_platforms=["fly"])

    assert done.returncode == 0, done.stderr
    ours = [line for line in done.stderr.splitlines() if "EncodingWarning" in line and "/site-packages/" not in line]
    assert not [line for line in ours if "deploy_overlay" in line]


def test_paths_in_answers_are_posix(template: Path, tmp_path: Path) -> None:
    import yaml

    project = make_project(tmp_path / "library", layout="deep", manager="uv")
    assert apply_overlay(project, template, "--skip-tasks", deploy_platforms=["fly"]).returncode == 0
    answers = yaml.safe_load((project.root / ".copier-answers.yml").read_text(encoding="utf-8"))

    assert answers["django_root"] == "services/web"
    assert not [name for name, value in answers.items() if "\\" in str(value)]


def in_crlf(project: Project) -> None:
    for name in git(project.root, "ls-files").splitlines():
        path = project.root / name
        if path.suffix in (".py", ".txt", ".toml", ".html", ".css"):
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def test_a_checkout_with_crlf_keeps_it_and_a_second_copy_changes_nothing(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    git(project.root, "config", "core.autocrlf", "true")
    in_crlf(project)
    git(project.root, "add", "--all")
    assert apply_overlay(project, template, deploy_platforms=["fly"]).returncode == 0
    requirements = (project.root / "requirements.txt").read_bytes()
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--message", "Add the overlay")
    before = tree(project.root)

    again = apply_overlay(project, template, deploy_platforms=["fly"])

    assert requirements.count(b"\n") == requirements.count(b"\r\n") > 3
    assert again.returncode == 0, again.stderr
    assert tree(project.root) == before


STRANGE = "Jürgen Öztürk's Projekte (neu)"


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "ascii"])
def test_spaces_and_other_letters_in_paths_and_in_the_users_name(encoding: str, template: Path, tmp_path: Path) -> None:
    home = tmp_path / "Users" / STRANGE
    project = make_project(home / "Meine Bücherei")
    variables = environment(project.python, HOME=str(home), USERPROFILE=str(home), PYTHONIOENCODING=encoding)
    variables["USER"] = variables["USERNAME"] = STRANGE

    done = apply_overlay(project, template, env=variables, deploy_platforms=["fly"])

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert 'app = "meine-b-cherei"' in (project.root / "fly.toml").read_text(encoding="utf-8")


def test_a_path_longer_than_windows_allows_by_itself(template: Path, tmp_path: Path) -> None:
    folder = tmp_path
    while len(str(folder)) < 280:  # MAX_PATH is 260
        folder = folder / "a folder with quite a long name"
    project = make_project(folder / "library", layout="nested")

    done = apply_overlay(project, template, deploy_platforms=["fly"])

    assert done.returncode == 0, done.stderr
    assert (project.root / "shelf" / "deploy" / "settings.py").is_file()


def test_the_rehearsal_runs_in_such_a_folder(rehearsal_python: Path, tmp_path: Path) -> None:
    report = make_site(tmp_path / STRANGE / "Bücherei", rehearsal_python, PACKAGES).report()

    assert report.document["ok"], report.red


@pytest.fixture(scope="session")
def rehearsal_python() -> Path:
    from tests.support import usual_python
    from tests.support.installing import python_with

    return python_with(usual_python(), *PACKAGES)


@posix
def test_no_file_of_the_overlay_is_executable_in_a_project(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    assert apply_overlay(project, template, deploy_platforms=["fly"], deploy_database="sqlite").returncode == 0
    fresh = git(project.root, "ls-files", "--others", "--exclude-standard").splitlines()

    assert fresh
    assert not [name for name in fresh if (project.root / name).stat().st_mode & stat.S_IXUSR]
    docker = (project.root / "Dockerfile").read_text(encoding="utf-8")
    assert "chmod" not in docker and '["./' not in docker and '["deploy/' not in docker
