"""Asks a hook whether the platforms' programs are there, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..base.message import Failure
from ..base.programs import run_hook_file
from .updating import is_updating

HOOK = Path(__file__).resolve().parents[2] / "hooks" / "check_programs.py"


def not_in_an_update() -> Failure | None:
    """Why nothing is created now, if Copier is updating: questions cannot see that otherwise."""
    if not is_updating():
        return None
    text = "An update does not create or deploy anything. Update first, then deploy as deploy/README.md says."
    return Failure(text, anchor="update-creates-nothing")


def programs_problem(root: Path, env_file: str, platforms: Sequence[str]) -> str:
    """Empty where everything is ready, else what the hook says: sentence, cure, and where to read more."""
    status, said = run_hook_file(HOOK, env_file, *platforms, folder=root, keep_errors=True)
    return said if status else ""
