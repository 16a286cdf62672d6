"""An update that is killed inside a hook, put back with git and run again, ends as one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support import environment, git, make_project, tree
from tests.support.overlay import copier_program
from tests.support.versions import Versions, replaced, taken, updated, write
from tests.update.test_untouched import twin

HOOKS = ["before_update", "after_update"]


@pytest.mark.skipif(os.name == "nt", reason="ends a process group, which Windows does not have")
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("moment", ["begin", "end"])
def test_killed_and_run_again(hook: str, moment: str, versions: Versions, tmp_path: Path) -> None:
    """The new version's hook waits for the kill at its beginning, or after its work."""
    project = taken(make_project(tmp_path / "library"), versions)
    write(project, ".python-version", "3.12\n")
    whole = twin(project, tmp_path / "whole")
    versions.release("1.1.0", replaced("hooks/wanted.py", '"gunicorn>=23.0", ', '"gunicorn>=23.0", "sniffio>=1.3", '))
    updated(whole)
    reached = tmp_path / "reached"
    wait = f"import os, time; open({str(reached)!r}, 'w').close(); os.environ.get('GO') or time.sleep(600)"
    ends = 'if __name__ == "__main__":\n'
    after = f"    status = main(sys.argv[1:])\n    {wait}\n    sys.exit(status)\n"
    text = f"{ends}    {wait}\n" if moment == "begin" else f"{ends}{after}"
    git(versions.root, "tag", "--delete", "v1.1.0")
    versions.release("1.1.0", replaced(f"hooks/{hook}.py", ends, text))

    started = subprocess.Popen(
        [copier_program(), "update", "--trust", "--defaults"],
        cwd=project.root,
        env=environment(project.python),
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
    git(project.root, "checkout", ".")

    updated(project, env=environment(project.python, GO="1"))

    assert tree(project.root) == tree(whole.root)
    assert git(project.root, "status", "--porcelain") == git(whole.root, "status", "--porcelain")
