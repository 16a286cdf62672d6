"""What this run was asked to do: the answers that are not stored, as Copier's task passes them."""

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
ENVIRONMENT = "DEPLOY_OVERLAY_ENVIRONMENT"  # variable with the environment of a site other than production


@dataclass(frozen=True)
class Request:
    action: str = "configure"  # or provision, deploy
    commit: bool = False  # commit the overlay's files without asking
    existing: bool = False  # use existing resources without this project's mark
    env_file: str = ""
    environment: str = PRODUCTION
    answers: Mapping[str, object] = field(default_factory=dict)  # given for this run only
    yes: bool = False  # create what the plan says without asking
    rehearsed: bool = False  # whether the caller has rehearsed or skipped it
    promoted: str = ""  # the environment whose build is released instead of another build of the same commit
    only_release: bool = False  # create and start nothing that does not exist yet
    terminal: bool = False  # somebody can be asked

    @property
    def option(self) -> tuple[str, ...]:
        """The option for the environment in our commands; nothing for production."""
        return () if self.environment == PRODUCTION else ("--environment", self.environment)

    @property
    def another_name(self) -> str:
        """The option that gives the app another name, for the end of a sentence."""
        return RENAMING if self.environment == PRODUCTION else "--environment NAME"


def request(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> Request:
    """The request in the task's arguments; `configure` if there is none."""
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
    """A name in one environment of the site. Production's is unchanged, as before there were other environments."""
    return name if environment == PRODUCTION else f"{name}{between}{environment}"
