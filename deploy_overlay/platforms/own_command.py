"""The platform's own command for what people do every day, from `verbs` of its declaration."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ..base.platform import Platform, Values
from ..plan import plan


def own_command(template: str, name: str, line: str = "") -> list[str]:
    """The argument list of a verb: `{name}` is the app, `{command}` one word with the line to run, `{words}` its words."""
    found: list[str] = []
    for word in shlex.split(template):
        if word == "{words}":
            found += shlex.split(line)
        else:
            found.append(word.replace("{name}", name).replace("{command}", line))
    return found


def managing(platform: Platform, answers: Values, arguments: Sequence[str]) -> str:
    """The line that is manage.py with these arguments, in the folder and with the settings that the site has there."""
    return plan(answers, platform).line.django([shlex.join(arguments)])
