"""The extension's part of an update: which answers are the user's own, and restoring the answers file after an aborted run.

A fact that the user gave, with -d or at a prompt, is never detected again: its name is in `deploy_own_answers`.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from ..base import git
from ..base.answers import OWN
from ..base.atomic_file import write_atomically
from ..base.interrupted_update import update_record
from ..base.message import Failure
from ..base.state import State
from ..base.template_files import rendered_paths
from ..detect import FACTS
from .project import is_temporary_copy, project, template

HOOK = Path(__file__).resolve().parents[2] / "hooks" / "removals.py"

_named: set[Path] = set()


def questions() -> dict[str, Callable[..., Any]]:
    """Functions for questions, by name."""

    @pass_context
    def own_answers(context: Context) -> list[str]:
        """Names of the facts that the user set; an update does not detect them again."""
        answered = {name: context[name] for name in FACTS if name in context}
        return own(FACTS, answered, context["_copier_conf"]["data"], project(context).offered)

    @pass_context
    def list_removals(context: Context) -> str:
        """Show what an update will remove, before anything is written."""
        answers_file = str(context["_copier_conf"]["answers_file"])

        def answers() -> dict[str, Any]:
            # Those that will be stored: of a platform that is not chosen there are none, not even empty ones.
            return {name: value for name, value in context["_copier_answers"].items() if not name.startswith("_")}

        root = project(context).root
        if not is_temporary_copy(root) and not context["_copier_conf"]["pretend"]:
            will_render(root, rendered_paths(template(context), str(context["deploy_folder"])))
        show_removals(root, answers_file, answers, str(context["deploy_uninstall"]))
        return ""

    return {"own_answers": own_answers, "list_removals": list_removals}


def own(
    facts: Collection[str], answered: Mapping[str, Any], given: Mapping[str, Any], offered: Mapping[str, Any]
) -> list[str]:
    """Names of the facts that were given with -d, or answered with something else than was `offered`."""
    return sorted(
        name
        for name in facts
        if name in given or (name in offered and name in answered and answered[name] != offered[name])
    )


def facts_given(given: Mapping[str, Any], facts: Collection[str]) -> str:
    """JSON of what came with -d and bears on facts: no other value may stand on a command line that Copier prints.

    Of the other answers it has the names, as `choices`.
    """
    found = {name: value for name, value in sorted(given.items()) if name in facts or name == OWN}
    others = sorted(set(given) - set(found))
    return json.dumps(found | ({"choices": others} if others else {}))


def with_own_answers(stored: Mapping[str, Any], given: Mapping[str, Any], facts: Collection[str]) -> dict[str, Any]:
    """The answers as they are stored, facts that came with -d in this run among the user's own.

    Copier does not evaluate the default of a stored answer again, and it never merges its answers file.
    """
    own = given[OWN] if OWN in given else stored.get(OWN)
    names = own if isinstance(own, list) else []
    return {**stored, OWN: sorted({*map(str, names), *(name for name in given if name in facts)})}


def is_updating() -> bool:
    """Whether Copier is updating: questions cannot see that otherwise."""
    operation = getattr(sys.modules.get("copier._main"), "_operation", None)
    return operation is not None and operation.get("copy") != "copy"


def will_render(root: Path, paths: Collection[str]) -> None:
    """Record what a copy is about to create, so that the next run knows which files may be half written."""
    if not is_updating() and (root / ".git").exists():
        State(git.overlay_folder(root), root).render(path for path in paths if not os.path.lexists(root / path))


def show_removals(
    root: Path, answers_file: str, current_answers: Callable[[], Mapping[str, Any]], uninstalling: str
) -> None:
    """Run a hook that lists the files to be removed, in an update that changes answers or uninstalls.

    A copy never calls `current_answers`, because that reads all questions.
    """
    record = update_record(root)
    if record is None or record in _named:
        return
    _named.add(record)  # Copier computes a default more than once
    answers = current_answers()
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        before = json.loads(record.read_text(encoding="utf-8"))["answers"]
        if uninstalling != "no" or any(before[name] != value for name, value in answers.items() if name in before):
            from ..base.programs import run_hook_file  # of an update alone

            run_hook_file(HOOK, answers_file, uninstalling, folder=root, stdin=json.dumps(answers))


def restore_answers_at_exit(root: Path, answers_file: str) -> None:
    """Run `restore_answers` at the end of the process, because Ctrl-C at a question also ends an update."""
    if is_updating() and update_record(root) is not None:
        from ..base import log  # noqa: F401  (at the end, the clone that it is in is gone)

        atexit.register(restore_answers, root, answers_file)


def restore_answers(root: Path, answers_file: str) -> None:
    """Restore the answers file after an update that rendered nothing.

    The first hook of an update writes what it detected there, because Copier reads the file again then:
    https://copier.readthedocs.io/en/stable/configuring/#migrations. What it wrote and what stood there before is in its
    record, which is gone after a whole update; an answers file that Copier has rendered since stays, and the way back is told.
    """
    record = update_record(root)
    if record is None:
        return
    from ..base.log import say

    with contextlib.suppress(Failure, OSError, ValueError, KeyError, TypeError, AttributeError):
        noted = json.loads(record.read_text(encoding="utf-8"))
        if (root / answers_file).read_bytes() == noted["written"].encode():
            write_atomically(root / answers_file, noted["before"].encode())
        if git.is_clean(root):
            record.unlink()
        else:
            say(f"the update was interrupted, and files may be half merged. {git.WAY_BACK}")
