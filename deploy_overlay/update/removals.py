"""Names what an update is about to remove, before anything is touched: files with edits of the user's above all.

The extension starts this when all answers are known and differ from those before; Copier removes the files afterwards,
without a word.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ..base import git
from ..base.answers import Answers
from ..base.log import Log
from ..base.overlay_files import paths
from ..base.run_hook import carried_out
from ..base.scrub import scrubbed
from ..base.state import State
from ..platforms import purposes, title
from ..summary import aligned
from . import record
from .dependencies import brought, candidates, untold
from .moved_files import places
from .rendered_again import as_rendered, files

NAME = "going"
TEMPLATE = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """`<answers file> <no | list | remove>`, and the answers of now as JSON on standard input; the exit status."""
    if len(arguments) != 2:
        print("usage: going.py ANSWERS_FILE LEAVE", file=sys.stderr)
        return 2
    chosen, leaving = json.load(sys.stdin), arguments[1]

    def work(answers: Answers, state: State, log: Log) -> None:
        before = answers._replace(values=record.load(state).answers or answers.values)
        now = answers._replace(values={**chosen, "_src_path": str(TEMPLATE), "_commit": "HEAD"})
        lines = _leaving(before, log) if leaving != "no" else _dropped(before, now, log)
        if lines:
            print(scrubbed("\n".join(["", *lines])), file=sys.stderr, flush=True)

    return carried_out(NAME, arguments[0], work)[0]


def _dropped(before: Answers, now: Answers, log: Log) -> list[str]:
    names = [title(name) for name in before.texts("deploy_platforms") if name not in now.texts("deploy_platforms")]
    edited = _without_place(before, now, log)
    lines = (
        [f"deploy-overlay: {' and '.join(names)} {'is' if len(names) == 1 else 'are'} not chosen any more."]
        if names
        else []
    )
    if edited:
        lines += ["deploy-overlay: these files go away and have edits of yours, which git keeps:"]
        lines += aligned([(path, f"git show HEAD:{path}") for path in edited])
    return lines


def _without_place(before: Answers, now: Answers, log: Log) -> list[str]:
    """Files with edits of the user's that there is nothing of by the answers of now, under this name or another."""
    with as_rendered(before, log) as old, as_rendered(now, log) as new:
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


def _leaving(answers: Answers, log: Log) -> list[str]:
    rows = []
    with as_rendered(answers, log) as folder:
        ours = files(folder) if folder else dict.fromkeys(paths(answers))
        for path, content in sorted(ours.items()):
            if (answers.root / path).is_file():
                rows.append((path, "has edits of yours" if content and _differs(answers, path, content) else ""))
    unknown = untold(answers)
    names = candidates(answers, answers, log) if unknown else brought(answers, answers, log)
    rows += [(name, "dependency; yours, perhaps" if unknown else "dependency") for name in names]
    return ["deploy-overlay: what it added to this project", *aligned(rows)]


def _differs(answers: Answers, path: str, rendered: bytes) -> bool:
    if path == answers.answers_file:
        return False
    own = git.content(answers.root, "HEAD", path)
    return own is not None and own.replace(b"\r\n", b"\n") != rendered.replace(b"\r\n", b"\n")
