"""One run's look at a project. Copier asks for the same facts again and again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..base.evidence import Evidence, Fact
from .look import Facts, look
from .project import Project
from .repository import check_unchanged, look_at_git


class Visit:
    """The project that one run looks at; facts are computed once for each set of answers that overrides them."""

    def __init__(
        self,
        root: Path,
        without: frozenset[str] = frozenset(),
        python_before: str = "",
        platforms: Mapping[str, Callable[[Project], list[Evidence]]] | None = None,
        stored: Mapping[str, Any] | None = None,
    ) -> None:
        """The arguments of `look`, and the answers that an earlier run stored and this one did not change."""
        self.root = root
        self._stored = dict(stored or {})
        self.offered: dict[str, Any] = {}  # what the default of a fact's question was
        self._without, self._python_before, self._platforms = without, python_before, platforms
        self._looks: dict[str, Facts] = {}
        self._state: Path | None = None  # where the overlay's state is kept
        self._checked: set[frozenset[str]] = set()

    def check(self, touched: Iterable[str], rendered: Iterable[str] = ()) -> None:
        """Raise Failure where the repository cannot take the overlay; Copier asks for the same more than once."""
        if self._state is None:
            self._state = look_at_git(self.root)
        edited, written = frozenset(touched), frozenset(rendered)
        if edited | written and edited | written not in self._checked:
            check_unchanged(self.root, self._state, edited, written)
            self._checked.add(edited | written)

    def fact(self, name: str, answered: Mapping[str, Any]) -> Fact:
        """The detection's Fact; `answered` are earlier answers, which override detection."""
        fact = self._look(answered).fact(name)
        self.offered[name] = fact.value
        return fact

    def was_detected(self, name: str, value: Any) -> bool:
        """Whether the answer is the detected value."""
        return name in self.offered and bool(self.offered[name] == value)

    def summarize(self, answered: Mapping[str, Any], filled: Callable[[list[str]], Iterable[str]]) -> list[str]:
        """Lines to show before the questions. Raises Failure if the project cannot be deployed."""
        from .summary import summarize  # not needed with --defaults

        return summarize(self._look(answered), filled)

    def runs_workflows(self) -> bool:
        """Whether the repository has workflows of GitHub or GitLab, beside those of the overlay."""
        return self._look({}).runs_workflows()

    def check_answers(self, answered: Mapping[str, Any], name: str = "") -> None:
        """Raise Failure for an answer that was not detected and cannot be true; `name` checks only that one."""
        self._look(answered).check_answers(name)

    def _look(self, answered: Mapping[str, Any]) -> Facts:
        answers = {key: value for key, value in answered.items() if not self.was_detected(key, value)}
        key = json.dumps(answers, sort_keys=True, default=str)
        if key not in self._looks:
            self._looks[key] = look(
                self.root,
                answers,
                without=self._without,
                python_before=self._python_before,
                platforms=self._platforms,
                earlier=[
                    name for name, value in answers.items() if name in self._stored and self._stored[name] == value
                ],
            )
        return self._looks[key]
