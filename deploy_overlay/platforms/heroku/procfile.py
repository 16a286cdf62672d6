"""What a Procfile starts: https://devcenter.heroku.com/articles/procfile"""

from __future__ import annotations

import re

WEB = re.compile(r"(?m)^[ \t]*web[ \t]*:(.+)$")


def web_command(procfile: str) -> str:
    """The command of the web process; "" where there is none, or Django's development server."""
    said = WEB.search(procfile)
    return said[1] if said and "runserver" not in said[1] else ""
