"""Lists what an update will remove before it does, especially files that the user has edited.

The extension starts this when all answers are known and some have changed. Copier then removes the files silently.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import NamedTuple

from ..base import git
from ..base.answers import Answers
from ..base.log import Log
from ..base.overlay_files import paths
from ..base.run_hook import run_hook
from ..base.scrub import scrubbed
from ..base.state import State
from ..platforms import purposes, title
from ..summary import aligned
from . import record
from .dependencies import added_by_overlay, candidates, unknown_origin
from .moved_files import places
from .rendered_again import files, render_again

NAME = "removals"
TEMPLATE = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """`<answers file> <no | list | remove>`, and the current answers as JSON on standard input; the exit status."""
    if len(arguments) != 2:
        print("usage: removals.py ANSWERS_FILE no|list|remove", file=sys.stderr)
        return 2
    chosen, uninstalling = json.load(sys.stdin), arguments[1]

    def work(answers: Answers, state: State, log: Log) -> None:
        before = answers._replace(values=record.load(state).answers or answers.values)
        now = answers._replace(values={**chosen, "_src_path": str(TEMPLATE), "_commit": "HEAD"})
        lines = _uninstalled(before, log) if uninstalling != "no" else _dropped(before, now, log)
        if lines:
            print(scrubbed("\n".join(["", *lines])), file=sys.stderr, flush=True)

    return run_hook(NAME, arguments[0], work)[0]


def _dropped(before: Answers, now: Answers, log: Log) -> list[str]:
    names = [title(name) for name in before.texts("deploy_platforms") if name not in now.texts("deploy_platforms")]
    edited = _without_place(before, now, log)
    lines = (
        [f"deploy-overlay: {' and '.join(names)} {'is' if len(names) == 1 else 'are'} no longer selected."]
        if names
        else []
    )
    if edited:
        lines += ["deploy-overlay: these files will be removed. You have edited them; git keeps your version:"]
        lines += aligned([(path, f"git show HEAD:{path}") for path in edited])
    return lines


def _without_place(before: Answers, now: Answers, log: Log) -> list[str]:
    """Files that the user has edited and that do not exist with the new answers, under any name."""
    with render_again(before, log) as old, render_again(now, log) as new:
        if old is None or new is None:
            dropped = set(before.texts("deploy_platforms")) - set(now.texts("deploy_platforms"))
            return [path for path in purposes(sorted(dropped)) if (before.root / path).is_file()]
        was, will_be = files(old), files(new)
        return [
            path
            for path, content in was.items()
            if not {path, *places(path, before.deploy_folder, now.deploy_folder)} & set(will_be)
            and _differs(before, path, content)
        ]


class Added(NamedTuple):
    """What the overlay added to a project, and uninstalling removes."""

    files: list[str]  # POSIX, from the git root
    edited: list[str]  # those of them that the user has edited
    dependencies: list[str]
    dependencies_removed: bool  # False if git does not show whose they are, so that they stay


def added(answers: Answers, log: Log) -> Added:
    """List it, without changes. Raises Failure if the dependency files cannot be read."""
    with render_again(answers, log) as folder:
        ours = files(folder) if folder else dict.fromkeys(paths(answers))
        there = [path for path in sorted(ours) if (answers.root / path).is_file()]
        edited = [path for path in there if (content := ours[path]) and _differs(answers, path, content)]
    unknown = unknown_origin(answers)
    names = candidates(answers, answers, log) if unknown else added_by_overlay(answers, answers, log)
    return Added(there, edited, names, not unknown)


def _uninstalled(answers: Answers, log: Log) -> list[str]:
    found = added(answers, log)
    rows = [(path, "edited by you" if path in found.edited else "") for path in found.files]
    words = "dependency" if found.dependencies_removed else "dependency, perhaps your own"
    rows += [(name, words) for name in found.dependencies]
    return ["deploy-overlay added to this project", *aligned(rows)]


def _differs(answers: Answers, path: str, rendered: bytes) -> bool:
    if path == answers.answers_file:
        return False
    own = git.content(answers.root, "HEAD", path)
    return own is not None and own.replace(b"\r\n", b"\n") != rendered.replace(b"\r\n", b"\n")
