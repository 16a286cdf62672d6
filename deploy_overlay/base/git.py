"""Asks git about the repository: reads only, and waits for nobody."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def ask_git(root: Path, *arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
    """Run in `root` for at most `timeout` seconds; what it says is text, however a path is written.

    Raises OSError and subprocess.TimeoutExpired.
    """
    return subprocess.run(
        ["git", "-c", "core.quotePath=false", "-c", "core.fsmonitor=false", *arguments],
        cwd=root,
        # Optional locks off: even `git status` would otherwise write the index.
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=timeout,
        check=False,
    )
