"""The version of this code."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path


def version() -> str:
    """As the distribution says it; from pyproject.toml in a checkout that is not installed."""
    manifest = Path(__file__).resolve().parents[2] / "pyproject.toml"
    if manifest.is_file():
        return str(tomllib.loads(manifest.read_text(encoding="utf-8"))["project"]["version"])
    return importlib.metadata.version("deploy-overlay")
