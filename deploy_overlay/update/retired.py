"""Deprecated choices: an update warns until the end date, and later stops and names the replacement.

See docs/deprecation.md. A platform declares this in its own folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..base.answers import Answers
from ..base.message import Failure
from ..platforms import retired


@dataclass(frozen=True)
class Retirement:
    question: str
    value: str
    until: str  # YYYY-MM-DD, announced six months before
    instead: str  # another value of the same question
    ended: str = ""  # the version that removed it, empty while it is offered

    @property
    def state(self) -> str:
        """The text in the choice, the support matrix and a platform's status."""
        return f"deprecated until {self.until}, use {self.instead}"


RETIREMENTS: tuple[Retirement, ...] = ()


def announced(answers: Answers, retirements: tuple[Retirement, ...] = RETIREMENTS) -> Iterator[str]:
    """Warnings for a project that uses a deprecated choice."""
    for one in retirements:
        if not one.ended and one.value in answers.texts(one.question):
            yield f"{one.question}={one.value} is supported until {one.until}: use {one.instead}."


def check_offered(
    answers: Answers,
    given: Collection[str],
    retirements: tuple[Retirement, ...] = RETIREMENTS,
) -> None:
    """Raises Failure if a stored answer is no longer supported and no other is `given` (names).

    Copier would silently use the default of the question.
    """
    from ..base.questions import choices  # the hook at the end of an update does not need it
    from ..platforms.questions import asked

    retirements = (*retirements, *_platforms())
    for name, question in asked().items():
        offered = choices(question)
        if name in given or not offered or question.get("secret"):
            continue
        for value in answers.texts(name):
            if value not in offered:
                raise _gone(answers, name, value, offered, retirements, bool(question.get("multiselect")))


def _platforms() -> list[Retirement]:
    return [Retirement("deploy_platforms", name, one.until, one.use, one.ended) for name, one in retired().items()]


def _gone(
    answers: Answers, name: str, value: str, offered: list[str], retirements: tuple[Retirement, ...], several: bool
) -> Failure:
    ended = next((one for one in retirements if (one.question, one.value) == (name, value)), None)
    told = f"This version does not support {name}={value}"
    if ended:
        told = f"{name}={value} ended with version {ended.ended} (announced for {ended.until})"
    new = ended.instead if ended and ended.instead in offered else offered[0]
    if several:
        kept = [one for one in answers.texts(name) if one in offered and one != new]
        new = f"[{', '.join([*kept, new] if ended or not kept else kept)}]"
    cure = f"use {ended.instead}" if ended else f"choose from {', '.join(offered)}"
    return Failure(
        f'{told}: {cure}, for example `copier update --trust -d "{name}={new}"`. Nothing was changed.',
        anchor="no-longer-offered",
    )
