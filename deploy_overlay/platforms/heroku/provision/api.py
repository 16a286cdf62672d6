"""A request to Heroku's API that no command of its CLI makes; run as a program of its own, with the token on standard input.

https://devcenter.heroku.com/articles/platform-api-reference
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....adapter.cli import Cli
    from ....adapter.steps import Command


def post(cli: Cli, path: str, body: Mapping[str, str], progress: str) -> Command:
    """The request as a command; people see a line for curl, which finds the token that `heroku login` keeps."""
    from ....adapter.steps import Command
    from ....base.scrub import hide

    token = cli.text("auth:token", secret=True).split()[-1]
    hide(token)
    host = os.environ.get("HEROKU_HOST", "heroku.com")
    url = f"{host if host.startswith('http') else f'https://api.{host}'}{path}"
    text = json.dumps(body)
    headers = '-H "Accept: application/vnd.heroku+json; version=3" -H "Content-Type: application/json"'
    return Command(
        (str(Path(__file__)), url, text),
        program=sys.executable,
        stdin=token,
        shown=f"curl -n -X POST {url} {headers} -d '{text}'",
        progress=progress,
    )


def main(url: str, text: str) -> int:
    token = sys.stdin.read().strip()
    headers = {
        "Accept": "application/vnd.heroku+json; version=3",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
    }
    try:
        with urllib.request.urlopen(urllib.request.Request(url, text.encode(), headers), timeout=60) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        print(f"status {error.code}: {error.read().decode(errors='replace')}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"connection refused: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
