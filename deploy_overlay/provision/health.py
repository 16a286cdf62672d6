"""Waits until the deployed site answers its health check."""

from __future__ import annotations

import time
import urllib.error
import urllib.request

from ..adapter.cli import longest
from ..base.message import Failure
from ..base.progress import tell, under_way

PATH = "/healthz"
PATIENCE = 300.0  # seconds: a new address takes a while until it is known, and certificates until they are made
PAUSE = 2.0


def wait_until_healthy(address: str, title: str, logs: str) -> None:
    """Asks `address`/healthz until it answers 200. Raises Failure with the last answer and the command for logs."""
    url = address.rstrip("/") + PATH
    patience = min(PATIENCE, longest())
    started = time.monotonic()
    with under_way(f"waiting for {url}"):
        while (answer := _answer(url)) != "200":
            if time.monotonic() - started > patience:
                raise Failure(
                    f"The release is deployed, but {url} did not answer 200 within {patience:.0f} seconds "
                    f"(last: {answer}). See its log: {logs}",
                    anchor="site-does-not-answer",
                )
            time.sleep(min(PAUSE, patience))
    tell(f"{title}: the site answers ({time.monotonic() - started:.0f} s)")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Another page that answers 200 says nothing about this site."""

    def redirect_request(self, *arguments: object, **named: object) -> None:
        return None


def _answer(url: str) -> str:
    request = urllib.request.Request(url, headers={"User-Agent": "deploy-overlay"})
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=15) as response:
            return str(response.status)
    except urllib.error.HTTPError as error:
        return str(error.code)
    except (urllib.error.URLError, OSError, ValueError) as error:
        return str(getattr(error, "reason", error))
