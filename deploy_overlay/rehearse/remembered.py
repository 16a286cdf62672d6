"""Which trees have passed, so that a deployment does not rehearse the same tree again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from ..base import json_file as document
from .results import READY, UNPROVEN

FILE = "rehearsals.json"  # in the overlay's folder under the git folder
MOST = 50  # the newest ones are kept


def remember(folder: Path, tree: str, platforms: Sequence[str], python: str, version: str, verdict: str) -> None:
    """Note a verdict on a tree; one that is not ready takes an earlier one away.

    `folder` is the overlay's under the git folder, `python` the version that ran it, `version` the overlay's.
    """
    kept = [rest for one in _read(folder) if (rest := _without(one, tree, platforms))]
    if verdict in (READY, UNPROVEN):
        passed: dict[str, object] = {"tree": tree, "platforms": list(platforms), "python": python}
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        kept.append(passed | {"version": version, "verdict": verdict, "when": when})
    document.write(folder / FILE, {"rehearsals": kept[-MOST:]})


def verdict_on(folder: Path, tree: str, platform: str, version: str) -> str:
    """The last verdict on a tree for a platform, by this version of the overlay; empty if there is none."""
    for one in reversed(_read(folder)):
        platforms = one.get("platforms")
        known = isinstance(platforms, list) and platform in platforms
        if known and (one.get("tree"), one.get("version")) == (tree, version):
            return str(one.get("verdict"))
    return ""


def last(folder: Path, tree: str, platform: str) -> dict[str, str]:
    """The last verdict on a tree for a platform by any version, as `verdict`, `when` and `version`; empty for none."""
    for one in reversed(_read(folder)):
        platforms = one.get("platforms")
        if one.get("tree") == tree and isinstance(platforms, list) and platform in platforms:
            return {name: str(one.get(name, "")) for name in ("verdict", "when", "version")}
    return {}


def _without(one: dict[str, object], tree: str, platforms: Sequence[str]) -> dict[str, object]:
    """What is left of an entry when these platforms were rehearsed again; empty if that is nothing."""
    known = one.get("platforms")
    if one.get("tree") != tree or not isinstance(known, list):
        return one
    left = [name for name in known if name not in platforms]
    return {**one, "platforms": left} if left else {}


def _read(folder: Path) -> list[dict[str, object]]:
    found = document.read(folder / FILE).get("rehearsals")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
