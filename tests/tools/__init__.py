"""Finds the programs that judge rendered results, which `make tools` installed; a test without its program is skipped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

from .pins import pinned

# Set where every program has to be there, as in continuous integration: then a missing one fails the run.
REQUIRED = "DEPLOY_OVERLAY_TOOLS"


def tool(name: str) -> Path:
    """The program of this name, a table in `tools.toml`, in a folder of its own that may go on PATH.

    One that no registry gives may be the machine's own. Skips the test that asks when there is none; fails it where
    `DEPLOY_OVERLAY_TOOLS=required`.
    """
    pin = pinned()[name]
    if pin.program.exists():
        return pin.program
    if own := pin.own:
        return own
    if pin.refusal.exists():
        pytest.skip(pin.refusal.read_text(encoding="utf-8").strip())
    if not pin.runs_here:
        pytest.skip(f"{name} is to be had for {pin.system} only")
    not_here(f"{name} {pin.version} is not installed: run `make tools`")


def not_here(missing: str) -> NoReturn:
    """Skip the test with this sentence, or fail it where every program has to be there."""
    if os.environ.get(REQUIRED) == "required":
        pytest.fail(missing)
    pytest.skip(missing)
