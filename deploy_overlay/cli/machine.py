"""Prints what --json asks for: one document, even for an error."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure, help_link
from ..base.run_hook import run_hook
from ..base.scrub import scrubbed
from ..base.state import State
from .project import Project

SCHEMA = 1  # changes when a name or its meaning does; names may be added
Result = TypeVar("Result")


def print_document(content: Mapping[str, Any]) -> None:
    print(json.dumps({"schema": SCHEMA, **content}, indent=2, ensure_ascii=False), flush=True)


def print_error(failure: Failure) -> None:
    print_document({"error": {"message": scrubbed(str(failure)), "help": help_link(failure.anchor)}})


def run_logged(
    name: str,
    project: Project,
    work: Callable[[Answers, State, Log], Result],
    *,
    run: int | None = None,
    machine: bool = False,
) -> tuple[int, Result | None]:
    """Like `run_hook`, which reports a Failure on standard error; for a `machine` also print it as a document."""
    failures: list[Failure] = []

    def noting(answers: Answers, state: State, log: Log) -> Result:
        try:
            return work(answers, state, log)
        except Failure as failure:
            failures.append(failure)
            raise

    status, result = run_hook(name, project.answers_file, noting, run=run)
    if result is None and machine:
        text = "An unexpected error ended this: standard error has the reason and the log."
        print_error(failures[-1] if failures else Failure(text, anchor="unexpected-error"))
    return status, result
