"""The git side of a sample project: what its owner does with it before and after the overlay."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .programs import environment, run

if TYPE_CHECKING:
    from .projects import Project


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    """What `git ARGUMENTS` printed in this folder; raises AssertionError when it fails and `check` is true."""
    return run(["git", *arguments], folder, environment(), check=check).stdout


def adopt(folder: Path, message: str = "The project as it is") -> None:
    """Make a folder a repository with one commit of everything that is not ignored."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def commit(project: "Project", message: str) -> None:
    """Commit everything that is not ignored; nothing to commit is an AssertionError."""
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--message", message)


def clone(project: "Project", to: Path) -> "Project":
    """The project as another machine gets it: only what is committed."""
    git(project.root.parent, "clone", "--quiet", "--no-hardlinks", str(project.root), str(to))
    return replace(
        project,
        root=to,
        django_root=to / project.django_root.relative_to(project.root),
        dependency_root=to / project.dependency_root.relative_to(project.root),
    )


def status(project: "Project") -> list[str]:
    """The lines of `git status --porcelain`, every untracked file named."""
    return git(project.root, "status", "--porcelain", "--untracked-files=all").splitlines()


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder, ignored ones too, with the SHA-256 of its content; git's own folder is left out."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }
