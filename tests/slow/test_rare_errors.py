"""Messages for what seldom happens, in whole copies: git that is missing or distrusts, a destination that is not there.

Slow, as each runs Copier.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import apply_overlay, environment, make_project
from tests.support.anchors import note, shows
from tests.support.overlay import copier_program

posix = pytest.mark.skipif(os.name == "nt", reason="programs are made of shell lines")


@shows("git-not-found")
def test_no_git(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")

    # Copier itself wants git for a template that is in git; a folder of files is a template too.
    files = tmp_path / "template"
    shutil.copytree(template, files, ignore=shutil.ignore_patterns(".git"))
    nowhere = tmp_path / "empty"
    nowhere.mkdir()
    done = apply_overlay(project, files, env=environment() | {"PATH": str(nowhere)}, deploy_platforms=["fly"])

    assert done.returncode != 0
    assert "Traceback" not in done.stderr


@posix
@shows("git-status-failed")
def test_a_repository_that_is_damaged(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    (project.root / ".git" / "index").write_bytes(b"not an index")

    assert apply_overlay(project, template, deploy_platforms=["fly"]).returncode != 0


@posix
@shows("folder-of-another-user")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_a_folder_of_another_user(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    os.chown(project.root, 65534, 65534)
    os.chown(project.root / ".git", 65534, 65534)

    assert apply_overlay(project, template, deploy_platforms=["fly"]).returncode != 0


@shows("not-a-folder")
def test_a_destination_that_is_not_there(template: Path, tmp_path: Path) -> None:
    command = [copier_program(), "copy", "--trust", "--defaults", str(template), str(tmp_path / "nowhere")]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, encoding="utf-8", check=False)
    note(done.stderr)

    assert done.returncode != 0
    assert not (tmp_path / "nowhere").exists()


@shows("not-started")
def test_a_site_without_its_variables(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    assert apply_overlay(project, template, deploy_platforms=["fly"]).returncode == 0
    command = [sys.executable, "-c", "from deploy.environment import require; require({})"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, encoding="utf-8", check=False)
    note(done.stderr)

    assert done.returncode == 1
    assert done.stderr.startswith("Not started: set SECRET_KEY (")
