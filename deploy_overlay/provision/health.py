"""Checks whether the site answers: repeatedly after a release, and once for its status."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from types import ModuleType
from typing import Any, NamedTuple

from ..adapter.cli import report_unexpected_output, timeout_limit
from ..adapter.site import Site
from ..base.message import Failure
from ..base.progress import show_progress, tell

PATH = "/healthz"
PATIENCE = 300.0  # seconds: DNS and certificates of a new address take a while
PAUSE = 2.0
UNWELL = ("site-does-not-answer", "background-process-crashed")  # anchors of what `check_site` finds wrong
ONCE = 10.0  # seconds for one page of a status


class Page(NamedTuple):
    """The answer of a page: its status, or why there was none."""

    path: str
    answer: str
    seconds: float

    def data(self) -> dict[str, Any]:
        status = int(self.answer) if self.answer.isdecimal() else None
        return {"path": self.path, "status": status, "answer": self.answer, "seconds": round(self.seconds, 2)}


def check_pages(address: str) -> list[Page]:
    """Request the health check and the start page once each; never fails."""
    return [_request_page(address, path) for path in (PATH, "/")]


def _request_page(address: str, path: str) -> Page:
    started = time.monotonic()
    answer = _request_status(address.rstrip("/") + path, ONCE)
    return Page(path, answer, time.monotonic() - started)


def check_site(module: ModuleType, site: Site) -> tuple[str, str]:
    """The site's address, and why it could not be checked, "" if it answered.

    Raises Failure if it does not answer, or a background process did not stay up.
    """
    title = site.cli.tool.title
    with report_unexpected_output(title):
        address = _check_address(str(module.address(site)))
        closed = str(module.closed(site))
    if not closed:
        wait_until_healthy(address, title, site.cli.line(*module.logs(site)))
    _check_background(module, site, title, address)
    return address, closed


def wait_until_healthy(address: str, title: str, logs: str) -> None:
    """Request `address`/healthz until it answers 200. Raises Failure with the last answer and the command for logs."""
    url = address.rstrip("/") + PATH
    patience = min(PATIENCE, timeout_limit())
    started = time.monotonic()
    with show_progress(f"waiting for {url}"):
        while (answer := _request_status(url)) != "200":
            if time.monotonic() - started > patience:
                raise Failure(
                    f"The release is deployed, but {url} did not answer 200 within {patience:.0f} seconds "
                    f"(last: {answer}). See its log: {logs}",
                    anchor="site-does-not-answer",
                )
            time.sleep(min(PAUSE, patience))
    tell(f"{title}: the site answers ({time.monotonic() - started:.0f} s)")


def _check_background(module: ModuleType, site: Site, title: str, address: str) -> None:
    """Raises Failure if the platform shows that a background process did not stay up."""
    if not hasattr(module, "crashed"):
        return
    with report_unexpected_output(title):
        crashed = str(module.crashed(site))
    if crashed:
        raise Failure(f"The site is online at {address}, but {crashed}", anchor="background-process-crashed")


def _check_address(address: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"']+", address):
        raise ValueError(f"no address: {address[:80]!r}")
    return address


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Do not follow redirects: a 200 of another page says nothing about this site."""

    def redirect_request(self, *arguments: object, **named: object) -> None:
        return None


def _request_status(url: str, timeout: float = 15) -> str:
    request = urllib.request.Request(url, headers={"User-Agent": "deploy-overlay"})
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout) as response:
            return str(response.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        return str(getattr(error, "reason", error))
