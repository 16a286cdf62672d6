"""What an update asks of the extension: which facts are the user's own answers, and a way back when a run is given up.

A fact that the user gave, with -d or at a prompt, is never detected again: its name is in `deploy_own_answers`.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from ..base import git
from ..base.log import say
from ..base.message import Failure
from ..base.state import State
from ..base.template_files import rendered_paths
from ..base.whole_file import write_whole
from ..detect import FACTS
from .project import is_temporary_copy, project, template

OWN = "deploy_own_answers"
HOOK = Path(__file__).resolve().parents[2] / "hooks" / "removals.py"
RECORD = "update.json"  # written by hooks/before_update.py, in the overlay's folder

_named: set[Path] = set()


def questions(stored: Callable[[Context], Collection[str]]) -> dict[str, Callable[..., Any]]:
    """What the questions may ask, by name; `stored` gives the names of the questions whose answers are kept."""

    @pass_context
    def own_answers(context: Context) -> list[str]:
        """Names of the facts that the user decided: an update does not detect them again."""
        answered = {name: context[name] for name in FACTS if name in context}
        return own(FACTS, answered, context["_copier_conf"]["data"], project(context).offered)

    @pass_context
    def going(context: Context) -> str:
        """Name what an update will remove, while nothing is written yet."""
        answers_file = str(context["_copier_conf"]["answers_file"])

        def answers() -> dict[str, Any]:
            return {name: context[name] for name in stored(context) if name in context}

        root = project(context).root
        if not is_temporary_copy(root) and not context["_copier_conf"]["pretend"]:
            will_render(root, rendered_paths(template(context), str(context["deploy_folder"])))
        name_going(root, answers_file, answers, str(context["deploy_leave"]))
        return ""

    return {"own_answers": own_answers, "going": going}


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


def under_way() -> bool:
    """Whether Copier is updating: questions are not told otherwise."""
    operation = getattr(sys.modules.get("copier._main"), "_operation", None)
    return operation is not None and operation.get("copy") != "copy"


def cut_off_update(root: Path) -> Failure | None:
    """Where an update was killed and what it left is still there: what brings back the project as it was."""
    record = _record(root)
    if record is None or git.is_clean(root):
        return None
    return Failure(
        f"An update was cut off here, and files may be half merged. {git.WAY_BACK} Then run the update again.",
        anchor="update-cut-off",
    )


def will_render(root: Path, paths: Collection[str]) -> None:
    """Note what a copy is about to create, so that the next run knows what this one has left half written."""
    if not under_way() and (root / ".git").exists():
        State(git.overlay_folder(root), root).render(path for path in paths if not os.path.lexists(root / path))


def name_going(root: Path, answers_file: str, answers_of_now: Callable[[], Mapping[str, Any]], leaving: str) -> None:
    """In an update with other answers, or that leaves, a hook names the files that go away, before they do.

    A copy never asks for `answers_of_now`: it takes reading the questions.
    """
    record = _record(root)
    if record is None or record in _named:
        return
    _named.add(record)  # Copier computes a default more than once
    answers = answers_of_now()
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        before = json.loads(record.read_text(encoding="utf-8"))["answers"]
        if leaving != "no" or any(before[name] != value for name, value in answers.items() if name in before):
            command = [sys.executable, str(HOOK), answers_file, leaving]
            subprocess.run(command, cwd=root, input=json.dumps(answers).encode(), check=False)


def watch(root: Path, answers_file: str) -> None:
    """Arm `give_back` for the end of the process: Ctrl-C at a question ends an update, too."""
    if under_way() and _record(root) is not None:
        atexit.register(give_back, root, answers_file)


def give_back(root: Path, answers_file: str) -> None:
    """The answers file becomes what it was before an update that rendered nothing.

    The first hook of an update writes what it detected there, because Copier reads the file again then:
    https://copier.readthedocs.io/en/stable/configuring/#migrations. What it wrote and what stood there before is in its
    record, which is gone after a whole update; an answers file that Copier has rendered since stays, and the way back is told.
    """
    record = _record(root)
    if record is None:
        return
    with contextlib.suppress(Failure, OSError, ValueError, KeyError, TypeError, AttributeError):
        noted = json.loads(record.read_text(encoding="utf-8"))
        if (root / answers_file).read_bytes() == noted["written"].encode():
            write_whole(root / answers_file, noted["before"].encode())
        if git.is_clean(root):
            record.unlink()
        else:
            say(f"the update was cut off, and files may be half merged. {git.WAY_BACK}")


def _record(root: Path) -> Path | None:
    """The file in which an update's first hook noted what it did; None where no update is under way."""
    if not (root / ".git").exists():  # a temporary copy of Copier's
        return None
    with contextlib.suppress(Failure):
        path = git.overlay_folder(root) / RECORD
        return path if path.is_file() else None
    return None
