"""The checks with a running server."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .assets import check_page_assets
from .browser import NoAnswer
from .forms import check_form_post
from .http_checks import (
    Visit,
    check_health_page,
    check_https_redirect,
    check_secure_cookies,
    check_static_file,
    check_wrong_host,
)
from .memory import Memory
from .pages import check_pages
from .results import Outcome, Results, failed
from .server import NotServing, Server, server_answered

WEB = "web"  # the process that serves, as a plan calls it
SERVER_CHECK = "server"
HEALTH_CHECK = "health page"
OVER_HTTP = (
    HEALTH_CHECK, "pages", "static file", "page assets", "https redirect", "secure cookies", "form post", "wrong host",
    "uploads",
)  # fmt: skip
STOP_CHECK = "stop on SIGTERM"
WITH_SERVER = (SERVER_CHECK, *OVER_HTTP, STOP_CHECK)


def check_server(
    results: Results,
    serving: contextlib.AbstractContextManager[Server],
    visited: Callable[[Server], Visit],
    static: Mapping[str, Any],
    uploads: Callable[[Server], Outcome],
    memory: Memory,
    *,
    health: bool = True,
) -> bool:
    """Run the checks of WITH_SERVER; `static` is the result of collectstatic. Return whether the server kept running.

    Without `health` no page of its own is expected for the platform's health check.
    """
    with contextlib.ExitStack() as lasting:
        running: list[Server] = []

        def start_serving() -> Outcome:
            running.append(lasting.enter_context(serving))
            lasting.enter_context(memory.of(WEB, running[0].stage.seen_from_here(running[0].process)))
            return server_answered(running[0])

        if not results.run(SERVER_CHECK, _guarded(start_serving)):
            results.skip((*OVER_HTTP, STOP_CHECK), "the server does not run")
            return False
        visit = visited(running[0])
        checks: tuple[Callable[[], Outcome], ...] = (
            partial(check_health_page, visit),
            partial(check_pages, visit),
            partial(check_static_file, visit, static),
            partial(check_page_assets, visit),
            partial(check_https_redirect, visit),
            partial(check_secure_cookies, visit),
            partial(check_form_post, visit),
            partial(check_wrong_host, visit),
            partial(uploads, running[0]),
            running[0].stop,
        )
        names = (*OVER_HTTP, STOP_CHECK)
        for number, (name, check) in enumerate(zip(names, checks, strict=True)):
            if name == HEALTH_CHECK and not health:
                continue
            if running[0].process.poll() is not None:
                results.skip(names[number:], "the server has ended")
                return False
            results.run(name, _guarded(check))
    return True


def _guarded(check: Callable[[], Outcome]) -> Callable[[], Outcome]:
    """The check, failed if the server stops or does not answer."""

    def guarded() -> Outcome:
        try:
            return check()
        except NotServing as error:
            return error.outcome
        except NoAnswer as error:
            return failed(str(error), "Look at the server's output for what it was doing.")

    return guarded
