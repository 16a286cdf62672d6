"""Takes packages out of the project that the overlay brought: all of them, or none and the files as they were."""

from __future__ import annotations

from collections.abc import Collection

from .answers import Answers
from .bring_in import content_of, keep_newlines, project_of
from .dependencies import manager
from .failure import Failure
from .log import Log
from .saved import restored_on_failure
from .state import State


def take_out(answers: Answers, names: Collection[str], state: State, log: Log) -> list[str]:
    """`names` are canonical. Returns the dependency files that changed; raises Failure with every file as before."""
    project = project_of(answers, log)
    chosen = manager(answers.text("django_dependency_manager"))
    present = sorted(set(names) & set(chosen.declared(project).production))
    if not present:
        return []
    files = chosen.changes(project)
    before = {path: content_of(answers.root / path) for path in files}
    with restored_on_failure(state, files):
        chosen.remove(project, present)
        for path, content in before.items():
            keep_newlines(answers.root / path, content)
        still = set(present) & set(chosen.declared(project).production)
        if still:
            raise Failure(
                f"{', '.join(sorted(still))} is written in {', '.join(files)} in a way that is not edited: take it out "
                "by hand.",
                anchor="not-taken-out",
            )
    return [path for path, content in before.items() if content_of(answers.root / path) != content]
