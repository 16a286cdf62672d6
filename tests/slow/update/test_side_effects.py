"""An update touches the project alone, once, and asks no platform for anything: every process it starts is recorded."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.support import Project, environment, run
from tests.support.versions import Versions, appended, taken, write

PLATFORM_PROGRAMS = ("fly", "flyctl", "heroku", "upsun", "platform")
# Copier itself, with a hook of Python's own that notes every program that is started, and where.
# https://docs.python.org/3/library/audit_events.html
TRACER = """
import json, os, sys
def note(event, arguments):
    if event == "subprocess.Popen":
        with open(os.environ["TRACE"], "a") as file:
            program, argv, folder, _ = arguments
            json.dump({"argv": [str(part) for part in argv], "folder": str(folder or os.getcwd())}, file)
            file.write("\\n")
sys.addaudithook(note)
from copier.__main__ import CopierApp
sys.argv[0] = "copier"
CopierApp.run()
"""


@pytest.mark.skipif(os.name == "nt", reason="makes programs with a shell line")
def test_hooks_run_once_in_the_project_and_no_platform_is_asked(
    versions: Versions, project: Project, tmp_path: Path
) -> None:
    taken(project, versions)
    write(project, ".python-version", "3.12\n")
    versions.release("1.1.0", appended("template/project/fly.toml.jinja", "# New.\n"))
    trace, called, programs = tmp_path / "trace", tmp_path / "called", tmp_path / "bin"
    programs.mkdir()
    for name in PLATFORM_PROGRAMS:
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {called}\n', encoding="utf-8")
        (programs / name).chmod(0o755)
    env = environment(project.python, TRACE=str(trace))
    env["PATH"] = f"{programs}{os.pathsep}{env['PATH']}"

    run([sys.executable, "-c", TRACER, "update", "--trust", "--defaults"], project.root, env)

    started = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    others = [entry for entry in started if Path(entry["argv"][0]).name != "git"]
    hooks = [Path(part).name for entry in others for part in entry["argv"] if part.endswith("_update.py")]
    assert hooks == ["before_update.py", "after_update.py"]
    assert {Path(entry["folder"]).resolve() for entry in others} == {project.root.resolve()}
    assert not called.exists()
