"""Continuous deployment, as far as it depends on the project: who deploys, and the variables of a rehearsal there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..base.platform import Platform, Values
from . import plan

# By the end of a variable's name: text that settings take for a value of its kind, and that reaches nobody.
_VALUES = (
    (r"DSN", "https://key@example.com/1"),
    (r"URLS?|URI|ENDPOINT|ORIGINS?", "https://example.com"),
    (r"EMAIL|FROM|RECIPIENT|ADMINS?", "nobody@example.com"),
    (r"(?:HOST|DOMAIN)(?:NAME)?S?", "example.com"),
    (r"PORT|TIMEOUT|LIMIT|AGE|SIZE|SECONDS|ID", "1"),
)


def trial_values(answers: Values, platforms: Iterable[Platform]) -> dict[str, str]:
    """A made-up value, to be edited, for each variable that the settings require and the user sets."""
    found = {name for one in platforms for name in plan(answers, one).variables}
    return {name: _value(name) for name in sorted(found - {"DATABASE_URL"})}


def _value(name: str) -> str:
    return next((value for end, value in _VALUES if re.search(rf"(?:^|_)(?:{end})$", name)), "rehearsal")
