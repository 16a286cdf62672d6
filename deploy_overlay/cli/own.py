"""The version of deploy-overlay that this process runs, and the place of its template."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import re
from pathlib import Path
from typing import Any

from ..base import git
from ..base.release import PROGRAM, REPOSITORY, Release, own_version

HANDED_OVER = "DEPLOY_OVERLAY_RELEASE"  # "VERSION SOURCE" of the process that another version has started
CHECKOUT = Path(__file__).resolve().parents[2]


def started_by_another_version() -> bool:
    """Whether another version started this one, because the project records it."""
    return HANDED_OVER in os.environ


def own_release() -> Release:
    """The release from the parent process, the checkout around this file, the installer's notes, or the version's tag."""
    if started_by_another_version():
        named, _, source = os.environ[HANDED_OVER].partition(" ")
        return Release(source, named)
    if has_template():
        return of_folder(CHECKOUT)
    noted = _installer_record()
    url, vcs = str(noted.get("url") or ""), noted.get("vcs_info") or {}
    if url and vcs.get("vcs") == "git":
        asked, commit = str(vcs.get("requested_revision") or ""), str(vcs.get("commit_id") or "")
        return Release(url, asked if re.match(r"v?\d", asked) else commit)  # a branch is another commit tomorrow
    if url.startswith("file:") and "dir_info" in noted:
        return of_folder(Release(url).folder)
    return Release(REPOSITORY, f"v{own_version()}")


def has_template() -> bool:
    """Whether the template is beside the package, as in a checkout; an installed package has none."""
    return (CHECKOUT / "copier.yml").is_file() and (CHECKOUT / "template").is_dir()


def of_folder(folder: Path) -> Release:
    """The release in a folder, as Copier records it; without a version if git knows none."""
    return Release(str(folder), git.text(folder, "describe", "--tags", "--always") if folder.is_dir() else "")


def _installer_record() -> dict[str, Any]:
    """https://packaging.python.org/en/latest/specifications/direct-url/"""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError, ValueError):
        read = importlib.metadata.distribution(PROGRAM).read_text
        found: dict[str, Any] = json.loads(read("direct_url.json") or "{}")
        return found
    return {}
