"""Detects the facts again that were detected at the last copy or update.

The user's own answers stay: `deploy_own_answers` has their names. Detection runs on the real project, before
anything is rendered; the temporary copies of an update get its results as answers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..base import git
from ..base.answers import OWN, Answers
from ..base.message import Failure
from ..base.overlay_files import TEMPLATE
from ..base.requirements import parse
from ..base.template_files import left_by_overlay
from ..base.unclear import unclear
from ..detect import FACTS, look
from ..plan.packages import wanted
from ..platforms import recognizers, unmarked


def own_answers(answers: Answers) -> list[str]:
    """Names of the facts that the user decided.

    Old versions did not store this. Then an answer is the user's own if the project at the last copy or update gave
    another value. If that is unknown, nothing is detected again.
    """
    if OWN in answers.values:
        return [name for name in answers.texts(OWN) if name in FACTS]
    stored = [name for name in FACTS if name in answers.values]
    commit = git.last_applied(answers.root, answers.answers_file)
    with git.as_committed(answers.root, commit) as project:
        if project is None:
            return stored
        seen = look(project, without=left_by_overlay(project, TEMPLATE, unmarked())[0], platforms=recognizers())
        try:
            return [name for name in stored if seen.fact(name).value != answers.values[name]]
        except Failure:
            return stored


def now(answers: Answers, given: Mapping[str, Any], *, can_ask: bool) -> dict[str, Any]:
    """The current facts; `given` replace detected values.

    For an unclear fact, the previous answer stays if it is still possible. Raises Failure if the project cannot be
    deployed, or if a fact is unclear and `can_ask` is false.
    """
    stored = answers.values
    without, pythons = left_by_overlay(answers.root, TEMPLATE, unmarked())
    python = pythons.get(answers.answers_file, "")
    brought = {requirement.name for requirement in map(parse, wanted(answers)) if requirement}
    settled = dict(given)
    facts = look(answers.root, settled, without=without, python_before=python)
    found: dict[str, Any] = {}
    for name in FACTS:
        if name not in stored or name in given:
            continue
        fact = facts.fact(name)
        if not fact.candidates or _equal(stored[name], fact.value):
            echo = any(_is_about(place.note, brought) for place in fact.evidence)
            found[name] = stored[name] if echo else _plain(fact.value)
            continue
        if not any(_equal(stored[name], candidate) for candidate in fact.candidates) and not can_ask:
            raise unclear(name, fact.candidates)
        settled[name] = stored[name]
        facts = look(answers.root, settled, without=without, python_before=python)
    return found


def _is_about(note: str, packages: Collection[str]) -> bool:
    """Whether the evidence is a package that the overlay added, which says nothing about the project."""
    requirement = parse(note)
    return requirement is not None and requirement.name in packages


def _plain(value: Any) -> Any:
    """The value as YAML stores it."""
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _equal(one: Any, other: Any) -> bool:
    return bool(_plain(one) == _plain(other))
