"""Checks which pages without parameters fail only in production."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from .browser import Answer, NoAnswer
from .http_checks import Visit, told_error, trouble_since
from .results import Outcome, failed, noted, passed
from .trouble import Trouble

MOST_PAGES, MOST_SECONDS = 40, 60.0


@dataclass(frozen=True)
class Broken:
    """A page that answered 5xx: `url` is where its redirects led, `trouble` is the error in the server's output."""

    path: str
    url: str
    status: int
    trouble: Trouble | None


def check_pages(visit: Visit) -> Outcome:
    """The first page works, no page fails only in production, and at least one can be seen."""
    deadline = time.monotonic() + MOST_SECONDS
    shown: dict[str, int] = {}
    broken: list[Broken] = []
    for path in visit.pages[:MOST_PAGES]:
        if time.monotonic() > deadline:
            break
        position = visit.browser.server.position()
        try:
            answer = visit.browser.follow(path)
        except NoAnswer as error:
            cure = "Make this page answer within the timeout of gunicorn.conf.py."
            return failed(f"{error}{told_error(trouble_since(visit, position))}", cure)
        if answer.loop:
            return _redirects_without_end(visit, path, answer)
        if answer.status == 400 and not _host_allowed(visit):
            return _host_not_allowed(visit, path)
        if answer.status == 400 and path == visit.pages[0]:
            return failed(
                f"{path} answered 400{told_error(trouble_since(visit, position))}, although ALLOWED_HOSTS has the host",
                "Your project rejects the request itself: set the variable or setting that holds its address.",
            )
        shown[path] = answer.status
        if answer.status >= 500:
            broken.append(Broken(path, answer.url, answer.status, trouble_since(visit, position)))
        else:
            visit.seen.append(answer)
    if broken:
        return _judged(visit, shown, broken)
    if shown.get("/") in (404, 410):
        visit.remarks.append(f"/ answers {shown['/']}")
    answered = [path for path, status in shown.items() if status not in (404, 410)]
    if not answered:
        return noted(f"no page without parameters was found; / answered {shown.get('/', 'nothing')}")
    return passed(f"{len(shown)} addresses, none failed; {answered[0]} answered {shown[answered[0]]}")


def _judged(visit: Visit, shown: dict[str, int], broken: Sequence[Broken]) -> Outcome:
    """Fail for an error that only production has, and for the home page; other errors are a note."""
    own = visit.own.answers("GET", [page.url for page in broken])
    excuses = {page.path: own.excuse(page.url, page.trouble) for page in broken if page.path != visit.pages[0]}
    grave = [page for page in broken if not excuses.get(page.path)]
    if not grave:
        told = [
            f"{page.path} answered {page.status}, with your own settings too: {excuses[page.path]}" for page in broken
        ]
        return noted(
            "\n".join([f"{len(shown)} addresses, {len(broken)} failed, none of them only in production", *told])
        )
    first, *others = grave
    also = f"; so did {', '.join(page.path for page in others)}" if others else ""
    asked = f"\n{visit.own.module} could not be compared: {own.lacking}" if own.lacking else ""
    return failed(
        f"{first.path} answered {first.status}{told_error(first.trouble)}{also}{asked}",
        "Correct this error: visitors would see it.",
    )


def _redirects_without_end(visit: Visit, path: str, answer: Answer) -> Outcome:
    target = answer.headers.get("location", "")
    header = next(iter(visit.browser.secure), "X-Forwarded-Proto")
    return failed(
        f"{path} redirects endlessly to {target}, despite {header}: https",
        f"Set SECURE_PROXY_SSL_HEADER = {visit.header}, or Django treats every request as HTTP.",
    )


def _host_allowed(visit: Visit) -> bool:
    """Whether ALLOWED_HOSTS has the host: https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts"""
    host = visit.browser.host.partition(":")[0].lower()
    patterns = [str(pattern).lower() for pattern in visit.facts["ALLOWED_HOSTS"] or []]
    return any(
        pattern in ("*", host) or (pattern.startswith(".") and f".{host}".endswith(pattern)) for pattern in patterns
    )


def _host_not_allowed(visit: Visit, path: str) -> Outcome:
    allowed = ", ".join(visit.facts["ALLOWED_HOSTS"] or []) or "nothing"
    cure = f"Add {visit.browser.host} to ALLOWED_HOSTS."
    if not visit.health:  # without the overlay the host is made up
        cure = "Add the host name of your site to ALLOWED_HOSTS, and run this again with --host NAME."
    return failed(f"{path} answered 400 for the host {visit.browser.host}; ALLOWED_HOSTS has {allowed}", cure)
