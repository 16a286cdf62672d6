"""The overlay's folder under the git folder: not part of the work tree, one for each worktree."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .message import Failure
from .process_environment import outside_copier


def overlay_folder(root: Path) -> Path:
    """Absolute path; not made. Raises Failure outside of a git repository."""
    usual = root / ".git"
    if (usual / "HEAD").is_file() and not {"GIT_DIR", "GIT_COMMON_DIR"} & set(os.environ):
        return usual.resolve() / "deploy-overlay"  # what git would say, without starting it
    command = ["git", "rev-parse", "--git-path", "deploy-overlay"]
    try:
        result = subprocess.run(
            command,
            cwd=root,
            env=outside_copier(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise Failure(
            "git is not on PATH: install it from https://git-scm.com/downloads and run this again.",
            anchor="git-not-found",
        ) from None
    except subprocess.TimeoutExpired:
        raise Failure("git did not answer within 30 seconds.", anchor="git-no-answer") from None
    if result.returncode != 0:
        raise Failure(
            f"{root} is not in a git repository: run `git init`, commit, and run this again.",
            anchor="not-a-git-repository",
        )
    return (root / result.stdout.strip()).resolve()
