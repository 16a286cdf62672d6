"""Applies the overlay to a copy of a project, installs it, rehearses it and serves its production form on loopback.

`make demo` runs it on the sample project, `make demo PROJECT=path` on a copy of any other; the original is not touched.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support import adopt, environment, make_project, snapshot
from tests.support.overlay import copier_program
from tests.support.repository import git

UNPROVEN = 3  # of a rehearsal that found nothing wrong, on a machine without production's Python for example


def say(text: str) -> None:
    print(f"\n== {text}", flush=True)


def show(command: list[str | Path], folder: Path, env: dict[str, str]) -> int:
    """Run a program with its output on this terminal and return its exit code."""
    return subprocess.run([str(part) for part in command], cwd=folder, env=env, check=False).returncode


def copy_of(project: Path, to: Path) -> Path:
    """A project as its repository has it; a folder that is no repository is made one."""
    if (project / ".git").exists():
        done = subprocess.run(["git", "clone", "--quiet", str(project), str(to)], check=False)
        if done.returncode != 0:
            sys.exit(f"{project} could not be cloned: give the folder of a git repository, PROJECT=path.")
    elif project.is_dir():
        shutil.copytree(project, to, symlinks=True, ignore=shutil.ignore_patterns(".venv", "venv", "node_modules"))
        adopt(to)
    else:
        sys.exit(f"{project} is not a folder: give the folder of a Django project, PROJECT=path.")
    return to


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--project", type=Path, help="a Django project; the sample project when not given")
    parser.add_argument("--platform", default="fly", help="the platform to configure")
    parser.add_argument("--once", action="store_true", help="end after the rehearsal")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="deploy-overlay-demo-") as name:
        scratch = Path(name)
        template = snapshot(scratch / "template")
        if options.project:
            root = copy_of(options.project.absolute(), scratch / options.project.absolute().name)
            say(f"A copy of {options.project}")
        else:
            root = make_project(scratch / "shelf").root
            say("The sample project, as `django-admin startproject` would have begun it")

        say("copier copy --trust")
        env = environment()
        answer = f"deploy_platforms=[{options.platform}]"
        command = [copier_program(), "copy", "--trust", "--defaults", "-d", answer, template, "."]
        if show(command, root, env) != 0:
            return 1
        print(git(root, "status", "--short"), flush=True)
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", "Add deploy-overlay")

        serve = [] if options.once else ["--serve"]
        say(" ".join(["deploy-overlay rehearse", *serve]))
        command = [sys.executable, "-m", "deploy_overlay", "rehearse", *serve]
        # The command of the template: another one would have to be told to trust it.
        status = show(command, root, environment(PYTHONPATH=str(template)))
        return 0 if status == UNPROVEN else status


if __name__ == "__main__":
    sys.exit(main())
