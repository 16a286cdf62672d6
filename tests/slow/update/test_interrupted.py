"""An update that is killed inside a hook or a dependency manager, put back and run again, ends as one that was not."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pexpect
import pytest

from deploy_overlay.base.git import WAY_BACK
from tests.slow.update.test_untouched import twin
from tests.support import Project, environment, git, make_project, status, tree
from tests.support.anchors import shows
from tests.support.overlay import apply_overlay, copier_program
from tests.support.versions import Versions, appended, replaced, taken, update, updated, write

WITH_SNIFFIO = replaced("deploy_overlay/plan/packages.py", '"gunicorn>=23.0", ', '"gunicorn>=23.0", "sniffio>=1.3", ')
HOOKS = ["before_update", "after_update"]
# The manager's own program, which is killed after its work, or after half of it.
MANAGER = """#!/bin/sh
case "$*" in *--version*) exec {program} "$@" ;; esac
{program} "$@"
status=$?
[ -n "$GO" ] || {{ echo '# half of' >> {manifest}; touch {reached}; sleep 600; }}
exit $status
"""


def killed_when(reached: Path, project: Project, env: Mapping[str, str]) -> None:
    """An update that is killed with all that it started, as soon as the file is there."""
    started = subprocess.Popen(
        [copier_program(), "update", "--trust", "--defaults"],
        cwd=project.root,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 120
    while not reached.exists() and started.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    assert reached.exists()
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()


@pytest.mark.skipif(os.name == "nt", reason="ends a process group, which Windows does not have")
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("moment", ["begin", "end"])
def test_killed_and_run_again(hook: str, moment: str, versions: Versions, tmp_path: Path) -> None:
    """The new version's hook waits for the kill at its beginning, or after its work."""
    project = taken(make_project(tmp_path / "library"), versions)
    write(project, ".python-version", "3.12\n")
    whole = twin(project, tmp_path / "whole")
    versions.release(
        "1.1.0", replaced("deploy_overlay/plan/packages.py", '"gunicorn>=23.0", ', '"gunicorn>=23.0", "sniffio>=1.3", ')
    )
    updated(whole)
    reached = tmp_path / "reached"
    wait = f"import os, time; open({str(reached)!r}, 'w').close(); os.environ.get('GO') or time.sleep(600)"
    ends = 'if __name__ == "__main__":\n'
    after = f"    status = main(sys.argv[1:])\n    {wait}\n    sys.exit(status)\n"
    text = f"{ends}    {wait}\n" if moment == "begin" else f"{ends}{after}"
    git(versions.root, "tag", "--delete", "v1.1.0")
    versions.release("1.1.0", replaced(f"hooks/{hook}.py", ends, text))

    killed_when(reached, project, environment(project.python))
    git(project.root, "checkout", ".")

    updated(project, env=environment(project.python, GO="1"))

    assert tree(project.root) == tree(whole.root)
    assert git(project.root, "status", "--porcelain") == git(whole.root, "status", "--porcelain")


@pytest.mark.skipif(os.name == "nt", reason="ends a process group, which Windows does not have")
@pytest.mark.parametrize("manager", ["uv", "poetry"])
@shows("update-cut-off")
def test_killed_while_the_dependency_manager_runs(manager: str, versions: Versions, tmp_path: Path) -> None:
    project = taken(make_project(tmp_path / "library", manager=manager), versions)
    versions.release(
        "1.1.0", replaced("deploy_overlay/plan/packages.py", '"gunicorn>=23.0", ', '"gunicorn>=23.0", "sniffio>=1.3", ')
    )
    whole = twin(project, tmp_path / "whole")
    updated(whole)
    reached, programs = tmp_path / "reached", tmp_path / "bin"
    programs.mkdir()
    env = environment(project.python)
    program = shutil.which(manager, path=env["PATH"])
    text = MANAGER.format(program=program, manifest=project.root / "pyproject.toml", reached=reached)
    (programs / manager).write_text(text, encoding="utf-8")
    (programs / manager).chmod(0o755)
    env["PATH"] = f"{programs}{os.pathsep}{env['PATH']}"
    killed_when(reached, project, env)
    assert " M pyproject.toml" in status(project)

    refused = update(project, env={**env, "GO": "1"})
    assert "Destination repository is dirty" in refused.stderr  # nothing is merged into what is half done
    copied = apply_overlay(project, versions.root, deploy_platforms=["fly"], env=env)
    assert copied.returncode == 1
    commands = re.findall(r"`(git [^`]+)`", copied.stderr)
    assert commands == re.findall(r"`(git [^`]+)`", WAY_BACK) and len(commands) == 2
    for command in commands:
        git(project.root, *command.split()[1:])
    assert status(project) == []
    updated(project, env={**env, "GO": "1"})

    assert tree(project.root) == tree(whole.root)
    assert git(project.root, "status", "--porcelain") == git(whole.root, "status", "--porcelain")


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal, which Windows does not have")
def test_ctrl_c_at_a_question(versions: Versions, project: Project) -> None:
    """What the first hook saw anew of the project is written by then, and taken back."""
    taken(project, versions)
    write(project, ".python-version", "3.12\n")
    versions.release("1.1.0", appended("template/project/fly.toml.jinja", "# New.\n"))
    before = tree(project.root)
    child = pexpect.spawn(
        copier_program(), ["update", "--trust"], cwd=str(project.root), env=environment(project.python, TERM="xterm"),
        dimensions=(100, 80), encoding="utf-8", timeout=60,
    )  # fmt: skip
    child.expect_exact("What to do with this project")
    child.send("\r")
    child.expect_exact("Where to deploy")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus != 0
    assert "Traceback" not in child.before
    assert tree(project.root) == before
    assert status(project) == []
    assert updated(project).returncode == 0
