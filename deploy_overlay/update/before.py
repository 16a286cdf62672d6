"""Runs before an update renders: writes current facts into the answers file, which Copier then reads again."""

from __future__ import annotations

import json
import shutil
import sys
from functools import partial
from typing import Any

import yaml

from ..base import git
from ..base import overlay_files as rendered
from ..base.answers import OWN, Answers
from ..base.atomic_file import write_atomically
from ..base.backup import BEFORE
from ..base.log import Log
from ..base.message import COLUMNS, Failure, wrapped
from ..base.progress import set_quiet, tell
from ..base.run_hook import run_hook
from ..base.run_lock import run_of
from ..base.state import State
from ..platforms.questions import parsed
from . import facts, record
from .conflicts import check_resolved
from .kept_files import newly_kept
from .line_endings import convert_to_lf
from .renamed import rename_answers
from .retired import check_offered

NAME = "before-update"


def main(arguments: list[str]) -> int:
    """`<answers file> <JSON of what came with -d> [--defaults | --ask] [--run=NUMBER]`, run in the git root; the exit status.

    The JSON has the facts with their values, and as `choices` the names of all other answers.
    """
    set_quiet(arguments)
    names = [argument for argument in arguments if not argument.startswith("--")]
    if len(names) != 2:
        print("usage: before_update.py ANSWERS_FILE FACTS [--defaults | --ask]", file=sys.stderr)
        return 2
    work = partial(_refresh, given=json.loads(names[1]), can_ask="--defaults" not in arguments)
    return run_hook(NAME, names[0], work, run=run_of(arguments))[0]


def _refresh(answers: Answers, state: State, log: Log, *, given: dict[str, Any], can_ask: bool) -> None:
    """Raises Failure before anything is written."""
    check_resolved(answers)
    stored = answers.values
    answers = answers._replace(values=rename_answers(stored))
    if not isinstance(answers.values.get("deploy_platforms", []), list):
        raise Failure(
            f"{answers.answers_file} cannot be read (deploy_platforms is not a list): restore it with git and run Copier "
            "again.",
            anchor="answers-file-damaged",
        )
    check_offered(answers, given.pop("choices", ()))
    # Copier only updates clean repositories, so the user has cleaned up after any interrupted run.
    state.finish(())
    shutil.rmtree(state.folder / BEFORE, ignore_errors=True)
    given = parsed(given)
    stored_own = facts.own_answers(answers)
    own = given.pop(OWN) if OWN in given else stored_own
    settled = {name: answers.values[name] for name in own if name in answers.values} | given
    found = facts.now(answers, settled, can_ask=can_ask)
    changed = {name: value for name, value in found.items() if value != answers.values[name]}
    kept = newly_kept(answers)
    log.write(f"own answers: {own or 'none'}; changed facts: {changed or 'none'}; newly kept: {kept or 'none'}")

    before = (answers.root / answers.answers_file).read_bytes().decode("utf-8")
    values = {**answers.values, **changed, OWN: sorted(own)}
    if kept:
        values["deploy_kept_files"] = [*answers.texts("deploy_kept_files"), *kept]
    written = before if values == stored else _text(before, values)
    record.save(
        state,
        record.Record(
            answers=answers.values,
            facts={name: [answers.values[name], value] for name, value in changed.items()},
            kept=kept,
            before=before,
            written=written,
        ),
    )
    if written != before:
        write_answers(answers, written)
    started = f"updating. {git.WAY_BACK.replace('To', 'If this is interrupted, to', 1)}"
    tell("\n".join(wrapped(started, COLUMNS - len("deploy-overlay: "))))
    crlf = convert_to_lf(answers.root, rendered.paths(answers))
    if crlf:
        state.finish(crlf)  # these changes are ours
        record.save(state, record.with_line_endings(record.load(state), crlf))


def _text(before: str, values: dict[str, Any]) -> str:
    """The comment lines at the top, then the answers. Copier rewrites the file when it renders."""
    comments = []
    for line in before.splitlines():
        if not line.startswith("#"):
            break
        comments.append(line)
    return "\n".join([*comments, yaml.safe_dump(values, allow_unicode=True, sort_keys=True)])


def write_answers(answers: Answers, text: str) -> None:
    """Write the answers file with this text; raises Failure where it cannot be written."""
    write_atomically(answers.root / answers.answers_file, text.encode("utf-8"))
