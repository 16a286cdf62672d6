"""The first login: a new site has no users, so its first deployment ends by offering to create a superuser.

The platform's own program runs createsuperuser in the user's terminal, so no password passes through here.
"""

from __future__ import annotations

import sys

from ..adapter.record import Record
from ..adapter.site import Site
from ..base.environment import outside_copier
from ..base.log import Log
from ..base.message import Failure, command_line
from ..base.programs import status_of
from ..base.scrub import scrubbed
from ..detect import FACTS, look
from ..platforms import platforms
from ..platforms.own_command import managing, own_command

STEP, WHAT = "first login", "superuser"
AUTH = "django.contrib.auth"


def note_due(record: Record) -> None:
    """Note before the first release that the offer is due, so that the next run makes it if this one is interrupted."""
    record.intend(STEP, WHAT)


def is_due(record: Record) -> bool:
    return record.intended(STEP, WHAT)


def createsuperuser(site: Site, name: str) -> list[str]:
    """The command for a terminal; empty if the site has no users, or the platform `name` cannot run commands."""
    declared = platforms()[name]
    if "run" not in declared.verbs or not _has_users(site):
        return []
    line = managing(declared, site.answers.values, ["createsuperuser"])
    return own_command(
        declared, "run", site.answers.text("deploy_name"), site.request.environment, line, site.record.chosen
    )


def _has_users(site: Site) -> bool:
    """Whether the production settings install Django's users. If they cannot be read, assume so."""
    stored = site.answers.values
    try:
        apps = look(site.root, {fact: stored[fact] for fact in FACTS if fact in stored}).installed_apps()
    except Failure:
        return True
    return not apps or any(app == AUTH or app.startswith(f"{AUTH}.") for app in apps)


def offer(site: Site, command: list[str], log: Log) -> None:
    """Ask once, and run the command if it is wanted. The deployment has succeeded either way."""
    site.record.disown(STEP)
    if not command or not site.prompts.offer("Create a superuser now, so that you can log in?", done=True):
        return
    line = command_line(command)
    print(scrubbed(f"$ {line}"), flush=True)
    log.write(f"offered, and run in the terminal: {line}")
    try:
        status = status_of([_program(site, command), *command[1:]], site.root, outside_copier())
        trouble = f"exit status {status}" if status else ""
    except OSError as error:
        trouble = str(error.strerror)
    if trouble:
        log.write(f"createsuperuser: {trouble}")
        text = f"createsuperuser failed ({trouble}). The site is deployed all the same. To try again:\n    {line}"
        print(scrubbed(text), file=sys.stderr, flush=True)


def _program(site: Site, command: list[str]) -> str:
    """The platform's own program, also if the platform is asked through our API client."""
    return command[0] if site.cli.tool.client else site.cli.program
