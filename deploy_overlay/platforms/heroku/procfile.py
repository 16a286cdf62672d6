"""The processes of a Procfile: https://devcenter.heroku.com/articles/procfile"""

from __future__ import annotations

import re

from ...base.programs import MONITORS

WEB = re.compile(r"(?m)^[ \t]*web[ \t]*:(.+)$")


def web_command(procfile: str) -> str:
    """The command of the web process; "" for none, or for Django's development server."""
    said = WEB.search(procfile)
    return said[1] if said and "runserver" not in said[1] else ""


def monitor(command: str) -> str:
    """The program of a monitoring service that starts the site, with a space after it; "" without one."""
    found = re.match(rf"\s*({MONITORS})\s", command)
    return f"{found[1]} " if found else ""


def starts(procfile: str, name: str) -> bool:
    """Whether there is a process type with this case-sensitive name."""
    return re.search(rf"(?m)^[ \t]*{re.escape(name)}[ \t]*:", procfile) is not None
