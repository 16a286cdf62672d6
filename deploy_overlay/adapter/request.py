"""What this run was asked for: the answers that are not stored, as Copier's task hands them over."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OPTION = "--request="
YES = "DEPLOY_OVERLAY_YES"
PRODUCTION = "production"
RENAMING = "-d deploy_name=NAME"  # the option that gives production's app another name
ENVIRONMENT = "DEPLOY_OVERLAY_ENVIRONMENT"  # variable of a site beside production, with the name of its environment


@dataclass(frozen=True)
class Request:
    action: str = "configure"  # or provision, deploy
    commit: bool = False  # commit the overlay's files without asking
    existing: bool = False  # use what exists, also where nothing shows that it belongs to this project
    env_file: str = ""
    environment: str = PRODUCTION
    answers: Mapping[str, object] = field(default_factory=dict)  # given for this run, also where no file is written
    yes: bool = False  # create what the plan says without asking
    rehearsed: bool = False  # whether a rehearsal was made or left out by whoever asks, so that nothing else makes one
    only_release: bool = False  # release onto what is there: neither create nor start what is not
    terminal: bool = False  # somebody can be asked

    @property
    def option(self) -> tuple[str, ...]:
        """What names the environment in a command of ours; nothing for production."""
        return () if self.environment == PRODUCTION else ("--environment", self.environment)

    @property
    def another_name(self) -> str:
        """The option that gives the app another name, for the end of a sentence. The answer is production's too."""
        return RENAMING if self.environment == PRODUCTION else "--environment NAME"


def request(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> Request:
    """The request among the arguments of the task; `configure` where there is none."""
    given = next((argument[len(OPTION) :] for argument in arguments if argument.startswith(OPTION)), "{}")
    values: dict[str, Any] = json.loads(given)
    environ = os.environ if environ is None else environ
    return Request(
        action=str(values.get("action", "configure")),
        commit=values.get("commit") is True,
        existing=values.get("existing") is True,
        env_file=str(values.get("env_file", "")),
        environment=str(values.get("environment", PRODUCTION)),
        answers={name: value for name, value in values.get("answers", {}).items() if value != ""},
        yes=environ.get(YES) == "1",
        terminal=sys.stdin.isatty() and sys.stdout.isatty(),
    )


def in_environment(name: str, environment: str, between: str = " ") -> str:
    """A name as it is in one environment of the site. Production has it as it is: so it was before there were others."""
    return name if environment == PRODUCTION else f"{name}{between}{environment}"
