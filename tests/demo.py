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

import yaml

from deploy_overlay.base.programs import status_of
from tests.support import (
    NoPython,
    Project,
    adopt,
    available,
    commit,
    environment,
    install,
    interpreter,
    make_project,
    snapshot,
    status,
)
from tests.support.overlay import copier_program


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


def interpreter_for(version: str) -> Path:
    """That Python, or the newest older one on this machine, which is then said."""
    try:
        return interpreter(version)
    except NoPython:
        newest = int(version.partition(".")[2])
        python = available(*(f"3.{minor}" for minor in range(newest - 1, 9, -1)))
        if python is None:
            raise
        print(f"Python {version}, which the image will have, is not on this machine: {python} stands in.", flush=True)
        return python


def configured(root: Path) -> tuple[Project, str]:
    """The project as the overlay's answers describe it, and the name of the package that it added."""
    answers = yaml.safe_load((root / ".copier-answers.yml").read_text(encoding="utf-8"))
    manager = answers["django_dependency_manager"]
    if manager == "pip" and answers["django_dependency_files"][0].endswith("pyproject.toml"):
        manager = "pep621"
    django_root = root / answers["django_root"]
    python = interpreter_for(answers["django_python_version"])
    return (
        Project(root, django_root, root / answers["django_dependency_root"], manager, python),
        answers["deploy_package"],
    )


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
        project, package = configured(root)
        print("\n".join(["", "git status:", *status(project)]), flush=True)
        commit(project, "Add deploy-overlay")

        say(f"Installing what production installs, with {project.manager}, into a new environment")
        python = install(project)

        say(f"python -m {package}.rehearse")
        serve = [] if options.once else ["--serve"]
        command = [str(python), "-m", f"{package}.rehearse", *serve]
        return status_of(command, project.django_root, environment(python))


if __name__ == "__main__":
    sys.exit(main())
