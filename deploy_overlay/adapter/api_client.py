"""Requests to the HTTP API of a platform that has no program for them; started as a program of its own, which can be killed
and waited for like any other.

    python api_client.py ADDRESS VARIABLE METHOD PATH

`ADDRESS` is that of the API, and the key is the value of the environment's `VARIABLE`: no argument holds a secret. A body comes
by standard input. `ALL` is a `GET` that follows the cursors of a list to its end, `TEXT:name` a `GET` that prints one member;
where there is nothing at that path, of the next one that is given.

What may be asked twice is asked again where the platform has a problem or the connection breaks; a `POST` only where the
platform says that it limits requests, because then it has done nothing.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

PATIENCE = 20.0  # seconds for one answer
TRIES = 4
ALL_TRIES = 50.0  # seconds for all tries of a request; whoever started this program waits a minute
SHORTEST = 5.0  # seconds that a try must have left
LONGEST_PAUSE = 30.0  # seconds
PAGE = 100  # entries, the most that platforms give at once
PAGES = 50
LIMITED = 429
PASSING = (LIMITED, 408, 500, 502, 503, 504)
ONCE = ("POST",)


class Refused(Exception):
    """No usable answer; its text is the platform's reason."""


def request(address: str, key: str, method: str, path: str, body: bytes | None = None) -> Any:
    """The parsed answer; None if it is empty. Raises Refused."""
    end = time.monotonic() + ALL_TRIES
    for number in range(1, TRIES + 1):
        try:
            return _send(f"{address.rstrip('/')}{path}", key, method, body, min(PATIENCE, end - time.monotonic()))
        except urllib.error.HTTPError as error:
            again = error.code in PASSING and (method not in ONCE or error.code == LIMITED)
            reason, headers = f"status {error.code}: {_reason(error)}", error.headers
        except (OSError, http.client.HTTPException) as error:
            again = method not in ONCE
            said = getattr(error, "reason", error) or type(error).__name__
            reason, headers = f"failed to connect, or the connection was lost: {said}", None
        wait = pause(number, headers or {})
        if number == TRIES or not again or time.monotonic() + wait > end - SHORTEST:
            raise Refused(reason)
        time.sleep(wait)
    raise AssertionError("every last try returns or raises")


def every(address: str, key: str, path: str) -> list[Any]:
    """The entries of a list, of all its pages: https://api-docs.render.com/reference/pagination"""
    found: list[Any] = []
    cursor = ""
    for _ in range(PAGES):
        query = urlencode({"limit": PAGE, **({"cursor": cursor} if cursor else {})})
        page = request(address, key, "GET", f"{path}{'&' if '?' in path else '?'}{query}")
        if not isinstance(page, list):
            raise Refused("invalid response: not a list")
        last = str(page[-1].get("cursor") or "") if page and isinstance(page[-1], dict) else ""
        if last and last == cursor:  # the same page again
            break
        found += page
        if not last:
            break
        cursor = last
    return found


def member(address: str, key: str, paths: Sequence[str], name: str) -> str:
    """A member of the first of these paths that exists; of a list, the first one in the alphabet."""
    *others, path = paths
    for one in others:
        try:
            return str(request(address, key, "GET", one)[name])
        except Refused as refused:
            if not str(refused).startswith("status 404:"):
                raise
    answer = request(address, key, "GET", path)
    if isinstance(answer, list):
        return min(str(thing[name]) for entry in answer for thing in entry.values() if isinstance(thing, dict))
    return str(answer[name])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Does not follow redirects: the key is for this address alone."""

    def redirect_request(self, *arguments: object, **named: object) -> None:
        return None


def _send(url: str, key: str, method: str, body: bytes | None, patience: float) -> Any:
    headers = {"Accept": "application/json", "Authorization": f"Bearer {key}", "User-Agent": "deploy-overlay"}
    headers |= {"Content-Type": "application/json"} if body else {}
    asked = urllib.request.Request(url, body, headers, method=method)
    with urllib.request.build_opener(_NoRedirect).open(asked, timeout=patience) as answer:
        text = answer.read().decode("utf-8", "replace")
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        raise Refused(f"invalid response: {' '.join(text.split())[:120]!r}") from None


def _reason(error: urllib.error.HTTPError) -> str:
    """The platform's own words."""
    try:
        text = error.read().decode("utf-8", "replace")
        told = json.loads(text)
    except (OSError, http.client.HTTPException):
        return str(error.reason)
    except ValueError:
        return " ".join(text.split())[:300] or str(error.reason)
    message = told.get("message") if isinstance(told, dict) else None
    return " ".join(str(message or error.reason).split())


def pause(number: int, headers: Any) -> float:
    """Seconds to wait: as long as the platform says, else an exponential backoff with jitter."""
    for name in ("Retry-After", "Ratelimit-Reset"):
        try:
            told = float(headers.get(name) or "")
        except ValueError:
            continue
        # A Unix time, or a number of seconds.
        return min(max(told - time.time() if told > 1e9 else told, 0.1), LONGEST_PAUSE)
    return min(float(2 ** (number - 1)), LONGEST_PAUSE) * random.uniform(0.5, 1.0)


def main(address: str, variable: str, method: str, path: str, *others: str) -> int:
    key = os.environ.get(variable, "").strip()
    if not key:
        print(f"status 401: unauthorized, {variable} is empty", file=sys.stderr)
        return 1
    answer: Any
    try:
        if method == "ALL":
            answer = every(address, key, path)
        elif method.startswith("TEXT:"):
            answer = member(address, key, (path, *others), method.partition(":")[2])
        else:
            answer = request(address, key, method, path, None if method == "GET" else sys.stdin.buffer.read() or None)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except (LookupError, TypeError, ValueError) as error:
        print(f"invalid response: {error!r}", file=sys.stderr)
        return 1
    if answer is not None:
        print(answer if isinstance(answer, str) else json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
