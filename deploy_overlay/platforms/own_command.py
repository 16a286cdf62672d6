"""The platform's commands for everyday tasks, from `verbs` of its declaration."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence

from ..adapter.request import PRODUCTION, in_environment
from ..base.platform import Platform, Values
from ..plan import plan

OPTION = re.compile(r"\{(?P<option>--[a-z-]+)=(?P<question>\w+)\}")


def own_command(
    platform: Platform,
    verb: str,
    site: str,
    environment: str,
    line: str = "",
    chosen: Callable[[str], str] | None = None,
) -> list[str]:
    """The argument list of a verb for one environment of a site; raises KeyError where the platform has no such verb.

    `{name}` is the app, `{environment}` its environment where one project has several, `{destination}` the option for an
    environment beside production where that has none, `{command}` one word with the line to run, `{words}` its words.
    `{--option=question}` is that option with the value that `chosen` returns for a question, nothing where it is empty.
    """
    name = site if platform.production else in_environment(site, environment, "-")
    place = platform.production if environment == PRODUCTION else environment
    found: list[str] = []
    for word in shlex.split(platform.verbs[verb]):
        if word == "{words}":
            found += shlex.split(line)
        elif word == "{destination}":
            found += [] if environment == PRODUCTION else ["--destination", environment]
        elif option := OPTION.fullmatch(word):
            value = chosen(option["question"]) if chosen else ""
            found += [option["option"], value] if value else []
        else:
            found.append(word.replace("{name}", name).replace("{environment}", place).replace("{command}", line))
    return found


def managing(platform: Platform, answers: Values, arguments: Sequence[str]) -> str:
    """The command line of manage.py with these arguments, in the site's folder and with its settings."""
    return plan(answers, platform).line.django([shlex.join(arguments)])
