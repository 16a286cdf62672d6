"""Versions of the template, made from small edits and from this repository's history, and updates from one to the next."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .anchors import note
from .overlay import apply_overlay, copier_program
from .programs import environment, run
from .projects import Project
from .repository import commit, git

RELEASES = Path(__file__).resolve().parent.parent / "slow" / "update" / "releases.yml"
KEPT = RELEASES.with_suffix("")  # a patch for each of them: tests/slow/update/keep.py


@dataclass(frozen=True)
class Versions:
    """A repository of the template in which every version is a tag."""

    root: Path

    def release(self, version: str, edit: Callable[[Path], None] | None = None) -> None:
        """The next version: the last one with an edit of its files, or as it is."""
        if edit is not None:
            edit(self.root)
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--allow-empty", "--message", version)
        git(self.root, "tag", f"v{version}")


def replaced(path: str, old: str, new: str) -> Callable[[Path], None]:
    """An edit of one file of the template; what is replaced has to be there."""

    def edit(root: Path) -> None:
        file = root / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")

    return edit


def appended(path: str, text: str) -> Callable[[Path], None]:
    def edit(root: Path) -> None:
        with (root / path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)

    return edit


def releases() -> dict[str, str]:
    """Commit of each minor release, by version."""
    found: dict[str, str] = yaml.safe_load(RELEASES.read_text(encoding="utf-8"))
    return found


def released(template: Path, to: Path, version: str, current: str = "1000.0.0") -> Versions:
    """A repository with a released version, from the patch that is kept of it, and the working tree as the version after it."""
    to.mkdir(parents=True)
    git(to, "init", "--quiet", "--initial-branch", "main")
    git(to, "apply", "--whitespace=nowarn", str(KEPT / f"{version}.patch"))
    versions = Versions(to)
    versions.release(version)
    git(to, "rm", "--quiet", "-r", ".")
    shutil.copytree(template, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
    versions.release(current)
    return versions


def taken(project: Project, versions: Versions, *options: str, **answers: object) -> Project:
    """The overlay applied and committed."""
    done = apply_overlay(project, versions.root, *options, **{"deploy_platforms": ["fly"], **answers})
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    commit(project, "Add the deployment overlay")
    return project


def update(
    project: Project, *options: str, env: Mapping[str, str] | None = None, **answers: object
) -> subprocess.CompletedProcess[str]:
    """`copier update --trust --defaults` with these answers, without a terminal; never raises."""
    given = [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in answers.items()]
    command = [copier_program(), "update", "--trust", "--defaults", *options]
    command += [part for answer in given for part in ("-d", answer)]
    done = run(command, project.root, env or environment(project.python), check=False)
    note(done.stdout, done.stderr)
    return done


def updated(
    project: Project, *options: str, env: Mapping[str, str] | None = None, **answers: object
) -> subprocess.CompletedProcess[str]:
    """The same, asserted to have gone well."""
    done = update(project, *options, env=env, **answers)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done


def answers_of(project: Project, answers_file: str = ".copier-answers.yml") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((project.root / answers_file).read_text(encoding="utf-8"))
    return found


def conflicts(project: Project) -> list[str]:
    """Files that git names as unmerged."""
    return sorted({line.split("\t")[1] for line in git(project.root, "ls-files", "--unmerged").splitlines()})


def write(project: Project, path: str, text: str, message: str = "An edit") -> None:
    """A file of the user's, committed."""
    file = project.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")
    commit(project, message)


def edit(project: Project, path: str, old: str, new: str) -> None:
    """A user's edit of one file, committed; what is replaced has to be there."""
    text = (project.root / path).read_text(encoding="utf-8")
    assert old in text, f"{path} has no {old!r}"
    write(project, path, text.replace(old, new, 1))
