"""One run's look at a project, which Copier asks for the same things again and again."""

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
        """The arguments are those of `look`, and the answers that an earlier run stored and this one was not given."""
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
        """The detection's Fact; `answered` are earlier answers, which win over what was seen."""
        fact = self._look(answered).fact(name)
        self.offered[name] = fact.value
        return fact

    def was_seen(self, name: str, value: Any) -> bool:
        """Whether the answer is what the project itself says."""
        return name in self.offered and bool(self.offered[name] == value)

    def seen(self, answered: Mapping[str, Any], filled: Callable[[list[str]], Iterable[str]]) -> list[str]:
        """Five lines to show before the questions; raises Failure if the project cannot be deployed."""
        from .seen import seen  # nobody reads it with --defaults

        return seen(self._look(answered), filled)

    def runs_workflows(self) -> bool:
        """Whether the repository has workflows of GitHub or GitLab, beside those of the overlay."""
        return self._look({}).runs_workflows()

    def check_given(self, answered: Mapping[str, Any], name: str = "") -> None:
        """Raise Failure for an answer that was not seen in the project and cannot be true of it; for one where named."""
        self._look(answered).check_given(name)

    def _look(self, answered: Mapping[str, Any]) -> Facts:
        given = {key: value for key, value in answered.items() if not self.was_seen(key, value)}
        key = json.dumps(given, sort_keys=True, default=str)
        if key not in self._looks:
            self._looks[key] = look(
                self.root,
                given,
                without=self._without,
                python_before=self._python_before,
                platforms=self._platforms,
                earlier=[name for name, value in given.items() if name in self._stored and self._stored[name] == value],
            )
        return self._looks[key]
