"""Requests to Heroku's API that no command of its CLI makes; run as a program of their own, with the token on standard
input.

https://devcenter.heroku.com/articles/platform-api-reference
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....adapter.cli import Cli
    from ....adapter.steps import Command

QUESTION = 60.0  # seconds


def post(cli: Cli, path: str, body: Mapping[str, object], progress: str) -> Command:
    """The request as a command; people see a line for curl, which finds the token that `heroku login` keeps."""
    from ....adapter.steps import Command

    url, text = _url(path), json.dumps(body)
    headers = '-H "Accept: application/vnd.heroku+json; version=3" -H "Content-Type: application/json"'
    return Command(
        (str(Path(__file__)), url, text),
        program=sys.executable,
        stdin=_token(cli),
        shown=f"curl -n -X POST {url} {headers} -d '{text}'",
        progress=progress,
    )


def get(cli: Cli, path: str, part: str = "") -> Any:
    """What Heroku answers, parsed; `part` limits and orders a list. Raises Failure where it cannot say."""
    from ....adapter.steps import Command

    url = _url(path)
    arguments = (str(Path(__file__)), url, "", part)
    shown = f'curl -n {url} -H "Accept: application/vnd.heroku+json; version=3"'
    done = cli.answer(Command(arguments, program=sys.executable, stdin=_token(cli), shown=shown, timeout=QUESTION))
    if done.status != 0:
        raise cli.failure(done, shown)
    return json.loads(done.output)


def _token(cli: Cli) -> str:
    from ....base.scrub import hide

    token = cli.text("auth:token", secret=True).split()[-1]
    hide(token)
    return token


def _url(path: str) -> str:
    host = os.environ.get("HEROKU_HOST", "heroku.com")
    return f"{host if host.startswith('http') else f'https://api.{host}'}{path}"


def main(url: str, text: str, part: str = "") -> int:
    """Asks and prints the answer; with `text` it is a POST, whose answer nobody needs."""
    token = sys.stdin.read().strip()
    headers = {
        "Accept": "application/vnd.heroku+json; version=3",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        **({"Range": part} if part else {}),
    }
    try:
        request = urllib.request.Request(url, text.encode() or None, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            told = answer.read().decode(errors="replace")
            print("" if text else told)
    except urllib.error.HTTPError as error:
        print(f"status {error.code}: {error.read().decode(errors='replace')}", file=sys.stderr)
        return 1
    except (OSError, http.client.HTTPException) as error:
        print(f"failed to connect, or the connection was lost: {error!r}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
