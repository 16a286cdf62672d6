"""Requirements that are cloned over SSH, for which most platforms have no key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.platform import Platform, Values

if TYPE_CHECKING:  # as in __init__.py
    from ..detect import Cloned


def cloned(root: Path, answers: Values) -> list[Cloned]:
    """What production clones over SSH, according to the files below `root`."""
    from ..detect import FACTS, look

    return look(root, {name: answers[name] for name in FACTS if name in answers}).cloned_over_ssh()


def problem(platforms: Sequence[Platform], root: Path, answers: Values) -> tuple[str, str]:
    """What the first platform without a key cannot install, and the fix; ("", "") if there is none."""
    keyless = next((one for one in platforms if not one.clones_over_ssh), None)
    found = cloned(root, answers) if keyless else []
    if keyless is None or not found:
        return "", ""
    one = found[0]
    more = f" (so are {', '.join(other.name for other in found[1:])})" if found[1:] else ""
    there = f"Write `{one.instead}` there" if one.instead else "Change the package that asks for it"
    return (
        f"{one.place}: {one.name} is cloned over SSH{more}, and the build on {keyless.name} has no SSH key",
        f"{there}. If the repository is private, {one.private}. Update the lock file if you have one, and commit.",
    )


def notes(platforms: Sequence[Platform], root: Path, answers: Values) -> list[str]:
    """What the owner must do on platforms that can have a key, as sentences."""
    keyed = [one for one in platforms if one.clones_over_ssh]
    found = cloned(root, answers) if keyed else []
    return [f"{one.place} clones {one.name} over SSH: {has.clones_over_ssh}" for one in found for has in keyed]
