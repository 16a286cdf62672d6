"""Takes packages out of the project that the overlay brought: all of them, or none and the files as they were."""

from __future__ import annotations

from collections.abc import Collection

from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.state import State
from . import manager
from .add import project_of
from .edit import edited


def remove_dependencies(answers: Answers, names: Collection[str], state: State, log: Log) -> list[str]:
    """`names` are canonical. Returns the dependency files that changed; raises Failure with every file as before."""
    project = project_of(answers, log)
    chosen = manager(answers.text("django_dependency_manager"))
    present = sorted(set(names) & set(chosen.declared(project).production))
    if not present:
        return []
    files = chosen.changes(project)

    def check() -> None:
        still = set(present) & set(chosen.declared(project).production)
        if still:
            raise Failure(
                f"{', '.join(sorted(still))} is written in {', '.join(files)} in a form that the overlay cannot edit: "
                "remove it yourself.",
                anchor="not-taken-out",
            )

    return edited(answers.root, files, state, lambda: chosen.remove(project, present), check)
