"""WebSockets of a deployed site: visitors of several server processes hear each other through Redis."""

from __future__ import annotations

import contextlib
import json
import secrets

from tests.support.live import PATH
from tests.support.websocket import Refused, WebSocket, websocket

from .simulated.site import Site

VISITORS = 12  # of which two server processes hardly leave one without any


def lively(site: Site) -> None:
    """Raises AssertionError for the first thing that does not work."""
    text = f"hello {secrets.token_hex(4)}"
    with contextlib.ExitStack() as stack:
        visitors = [stack.enter_context(opened(site, f"https://{site.host}")) for _ in range(VISITORS)]
        visitors[0].send(json.dumps({"text": text}))
        try:
            heard = [json.loads(visitor.receive()) for visitor in visitors]
        except (AssertionError, TimeoutError) as error:
            raise AssertionError(f"not every visitor heard it: {error}\n{site.said()}") from error
    assert [one["text"] for one in heard] == [text] * VISITORS
    assert all(one["anonymous"] for one in heard), "the session is not read"
    assert len({one["process"] for one in heard}) > 1, "one process served every visitor"
    try:
        with opened(site, "https://elsewhere.example.net"):
            raise AssertionError("another site's page may open a WebSocket")
    except Refused as refused:
        assert refused.status == 403, f"another site's page got {refused.status}"


def opened(site: Site, origin: str) -> contextlib.AbstractContextManager[WebSocket]:
    """As the platform's proxy passes it on for a page of this origin."""
    return websocket(site.origin, PATH, {"Host": site.host, "Origin": origin, **site.headers})
