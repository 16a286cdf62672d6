"""Asks people in the terminal; without one, names the answer that is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..base.message import Failure
from .record import Record
from .request import YES, Request


@dataclass(frozen=True)
class Prompts:
    request: Request
    record: Record
    _adopted: set[tuple[str, str]] = field(default_factory=set)  # confirmed by the user in this run

    def choose(self, question: str, what: str, given: str, candidates: Mapping[str, str]) -> str:
        """Choose one of the candidates (value → label): the answer, an earlier choice, the only one, or ask.

        `question` is the name of the answer, `given` its value, `what` the words for one of them ("organisation").
        Raises Failure if there is none, if the answer names another, and if there is no terminal.
        """
        listed = ", ".join(candidates)
        if given:
            if given in candidates:
                self.record.choose(question, given)
                return given
            raise Failure(
                f"Your account has no {what} {given}: use -d {question}= with one of {listed or 'none'}.",
                anchor="not-in-this-account",
            )
        before = self.record.chosen(question)
        if before in candidates:
            return before
        if not candidates:
            raise Failure(f"Your account has no {what}: create one first.", anchor="not-in-this-account")
        if len(candidates) == 1:
            return next(iter(candidates))
        if not self.request.terminal:
            raise Failure(
                f"Your account has several choices for the {what} ({listed}): add -d {question}=ONE.",
                anchor="several-candidates",
            )
        import questionary

        choices = [questionary.Choice(label, value=value) for value, label in candidates.items()]
        chosen = questionary.select(f"Which {what}?", choices=choices).unsafe_ask()
        self.record.choose(question, str(chosen))
        return str(chosen)

    def adopt(self, step: str, name: str, what: str, *, unused: bool, cure: str) -> None:
        """Check that we may use an existing resource without this project's mark.

        `unused` says that nothing has been put into it yet: then it is what an earlier run with this account began
        to create, and without such a run DEPLOY_OVERLAY_YES=1 allows it. What is in use is asked for at a terminal, and
        without one `-d deploy_existing=true` allows it. Raises Failure with the fix otherwise.
        """
        if self.request.existing or (step, name) in self._adopted:
            return
        if unused and (self.request.yes or self.record.owns(step, name)):
            return
        refusal = Failure(
            f"{what} exists already and may not belong to this project. To use it, add -d deploy_existing=true; {cure}",
            anchor="exists-already",
        )
        if not self.request.terminal or self.request.yes:
            raise refusal
        if not asked(f"{what} exists already and may not belong to this project. Use it?"):
            raise refusal
        self._adopted.add((step, name))

    def confirm(self, question: str, nothing: str) -> bool:
        """Ask for a yes, unless the request already has it. Raises Failure without a terminal."""
        if self.request.yes:
            return True
        if not self.request.terminal:
            raise Failure(
                f"{nothing}, because there is no terminal to ask in. Set {YES}=1 to answer yes.",
                anchor="nobody-said-yes",
            )
        return asked(question)

    def offer(self, question: str, *, done: bool) -> bool:
        """Ask whether the user wants something; no without a terminal, or if everything is confirmed in advance.

        Ctrl-C means no if the run is `done`, and otherwise ends it.
        """
        if not self.request.terminal or self.request.yes:
            return False
        return (offered if done else asked)(question, default=True)

    def ask_hidden(self, question: str) -> str:
        """Ask for text without showing it; empty without a terminal."""
        if not self.request.terminal:
            return ""
        import questionary

        return str(questionary.password(question).unsafe_ask())

    def ask_text(self, question: str) -> str:
        """Ask for text; empty without a terminal."""
        if not self.request.terminal:
            return ""
        import questionary

        return str(questionary.text(question).unsafe_ask()).strip()


def asked(question: str, *, default: bool = False) -> bool:
    """Ask for yes or no. Raises KeyboardInterrupt at Ctrl-C."""
    import questionary

    return bool(questionary.confirm(question, default=default).unsafe_ask())


def offered(question: str, *, default: bool = False) -> bool:
    """The same after the work is done: Ctrl-C means no."""
    try:
        return asked(question, default=default)
    except KeyboardInterrupt:
        return False
