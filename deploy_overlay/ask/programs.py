"""Asks a hook whether the platforms' programs are there, before anything is written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ..base.message import Failure
from .updating import under_way

HOOK = Path(__file__).resolve().parents[2] / "hooks" / "check_programs.py"


def not_in_an_update() -> Failure | None:
    """Why nothing is created now, if Copier is updating: questions cannot see that otherwise."""
    if not under_way():
        return None
    text = "An update does not create or deploy anything. Update first, then deploy as deploy/README.md says."
    return Failure(text, anchor="update-creates-nothing")


def programs_problem(root: Path, env_file: str, platforms: Sequence[str]) -> str:
    """Empty where everything is ready, else what the hook says: sentence, cure, and where to read more."""
    command = [sys.executable, str(HOOK), env_file, *platforms]
    asked = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    return asked.stderr.decode("utf-8", errors="replace").strip() if asked.returncode else ""
