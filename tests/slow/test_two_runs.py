"""Two runs at once, and a run after one that was killed while it rendered: they run Copier several times, so they are slow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import apply_overlay, environment, make_project, status, tree
from tests.support.anchors import shows
from tests.support.overlay import copier_program
from tests.support.template import REPOSITORY

FLY = {"deploy_platforms": ["fly"]}
HOLD = """import sys; from pathlib import Path; from deploy_overlay.base.run_lock import hold_run_lock
hold_run_lock(Path(sys.argv[1])); print(flush=True); input()"""


# From the first file that Copier renders, none can grow beyond 200 bytes in this process: what a full disk does to a write.
FULL = """
import pathlib, resource, signal
from copier.__main__ import CopierApp
write = pathlib.Path.write_bytes
def half(path, content):
    if path.name == "fly.toml":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
    return write(path, content)
pathlib.Path.write_bytes = half
CopierApp.run()
"""


def test_of_two_runs_at_once_no_requirement_comes_twice(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    command = [copier_program(), "copy", "--trust", "--defaults", "-d", "deploy_platforms=[fly]", str(template), "."]
    runs = [
        subprocess.Popen(
            command, cwd=project.root, env=environment(project.python), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    ended = [(run.communicate()[1].decode(), run.returncode) for run in runs]

    assert any(code == 0 for _, code in ended), ended
    assert all(code == 0 or "Another run of deploy-overlay is in progress" in errors for errors, code in ended), ended
    lines = (project.root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(set(lines)), lines
    assert any(line.startswith("gunicorn") for line in lines)


@shows("still-at-work")
def test_a_run_beside_another_changes_nothing_and_goes_on_after_its_death(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    before = tree(project.root)
    folder = project.root / ".git" / "deploy-overlay"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None and holder.stdout.readline()
    second = apply_overlay(project, template, **FLY)
    assert second.returncode != 0
    assert "Traceback" not in second.stderr
    assert tree(project.root) == before

    holder.kill()
    holder.communicate()
    assert apply_overlay(project, template, **FLY).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_what_a_full_disk_left_half_is_rendered_again(template: Path, tmp_path: Path) -> None:
    whole, project = make_project(tmp_path / "whole" / "library"), make_project(tmp_path / "library")
    assert apply_overlay(whole, template, **FLY).returncode == 0
    first = subprocess.run(
        [
            sys.executable,
            "-c",
            FULL,
            "copy",
            "--trust",
            "--defaults",
            "-d",
            "deploy_platforms=[fly]",
            str(template),
            ".",
        ],
        cwd=project.root,
        env=environment(project.python),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert first.returncode != 0
    assert "?? fly.toml" in status(project), first.stderr
    assert len((project.root / "fly.toml").read_bytes()) == 200

    second = apply_overlay(project, template, **FLY)
    assert second.returncode == 0, second.stderr
    assert tree(project.root) == tree(whole.root)
