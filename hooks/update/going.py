"""Names what an update is about to remove, before anything is touched: files with edits of the user's above all.

The extension starts this when all answers are known; Copier removes the files afterwards, without a word.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace

from ..answers import Answers
from ..entry import carried_out
from ..log import Log
from ..platforms import module
from ..scrub import scrubbed
from ..state import State
from ..summary import aligned
from . import history, record
from .as_rendered import as_rendered, files
from .dependencies import brought

NAME = "going"


def main(arguments: list[str]) -> int:
    """`<answers file> <JSON list of the platforms chosen now> <no | list | remove>`; the exit status."""
    if len(arguments) != 3:
        print("usage: going.py ANSWERS_FILE PLATFORMS LEAVE", file=sys.stderr)
        return 2
    chosen, leaving = json.loads(arguments[1]), arguments[2]

    def work(answers: Answers, state: State, log: Log) -> None:
        answers = replace(answers, values=record.load(state).answers or answers.values)
        lines = _leaving(answers, log) if leaving != "no" else _dropped(answers, chosen, log)
        if lines:
            print(scrubbed("\n".join(["", *lines])), file=sys.stderr, flush=True)

    return carried_out(NAME, arguments[0], work)[0]


def _dropped(answers: Answers, chosen: list[str], log: Log) -> list[str]:
    platforms = [name for name in answers.texts("deploy_platforms") if name not in chosen]
    if not platforms:
        return []
    names = [module(name).NAME for name in platforms]
    kept = {path for name in chosen for path in module(name).FILES} | set(answers.texts("deploy_kept_files"))
    going = {path for name in platforms for path in module(name).FILES} - kept
    edited = [path for path in _edited(answers, log) if path in going]
    lines = [f"deploy-overlay: {' and '.join(names)} {'is' if len(names) == 1 else 'are'} not chosen any more."]
    if edited:
        lines += ["These files go away and have edits of yours, which git keeps:"]
        lines += aligned([(path, f"git show HEAD:{path}") for path in edited])
    return lines


def _leaving(answers: Answers, log: Log) -> list[str]:
    edited = set(_edited(answers, log))
    with as_rendered(answers, log) as folder:
        ours = sorted(files(folder)) if folder else []
    there = [path for path in ours if (answers.root / path).is_file()]
    rows = [(path, "has edits of yours" if path in edited else "") for path in there]
    rows += [(name, "dependency") for name in brought(answers, answers, log)]
    return ["deploy-overlay: what it added to this project", *aligned(rows)]


def _edited(answers: Answers, log: Log) -> list[str]:
    """Files of ours that are not as the version in the answers renders them; all, where it cannot be rendered."""
    with as_rendered(answers, log) as folder:
        if folder is None:
            return [path for name in answers.texts("deploy_platforms") for path in module(name).FILES]
        return [path for path, content in files(folder).items() if _differs(answers, path, content)]


def _differs(answers: Answers, path: str, rendered: bytes) -> bool:
    if path == answers.answers_file:
        return False
    own = history.content(answers.root, "HEAD", path)
    return own is not None and own.replace(b"\r\n", b"\n") != rendered.replace(b"\r\n", b"\n")
