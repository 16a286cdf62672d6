"""HTTPS to a server of this machine under any name, trusted by the authority of its proxy alone."""

from __future__ import annotations

import collections
import contextlib
import functools
import http.client
import socket
import ssl
import threading
import time
import urllib.request
from typing import Protocol

from tests.support import Browser

from .engine import Engine

ADDRESS = ("127.0.0.1", 443)


class Server(Protocol):
    """What has a network of its own, where HTTPS is at ADDRESS."""

    def network(self) -> contextlib.AbstractContextManager[None]: ...


class _Here(http.client.HTTPSConnection):
    def connect(self) -> None:
        self.sock = socket.create_connection(ADDRESS, self.timeout)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)  # type: ignore[attr-defined]


class _Handler(urllib.request.HTTPSHandler):
    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__()
        self.context = context

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_Here, context=self.context), request)  # type: ignore[arg-type]


def trusting(engine: Engine) -> ssl.SSLContext:
    """What trusts the authority that Caddy has for names of this machine, and nothing else."""
    proxy = ["docker", "compose", "-p", "proxy", "exec", "-T", "caddy"]
    root = engine.run([*proxy, "cat", "/data/caddy/pki/authorities/local/root.crt"], engine.folder)
    return ssl.create_default_context(cadata=root)


def browser(host: str, context: ssl.SSLContext) -> Browser:
    """A visitor of https://HOST/."""
    return Browser(f"https://{host}", None, _Handler(context))


def plain(host: str, **headers: str) -> tuple[int, str]:
    """Status and Location of http://HOST/."""
    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=30)
    try:
        connection.request("GET", "/", headers={"Host": host, **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers["Location"] or ""
    finally:
        connection.close()


def check_proxy_header(host: str, visitor: Browser) -> None:
    """What a visitor says of HTTPS is not believed: the proxy says it, and nothing is served without."""
    assert visitor.get("/", **{"X-Forwarded-Proto": "http"}).status == 200
    for headers in ({}, {"X-Forwarded-Proto": "https"}):
        status, location = plain(host, **headers)
        assert status in (301, 308) and location.rstrip("/") == f"https://{host}"


class Load:
    """Visitors who ask for a page again and again while the block runs; each request is counted."""

    def __init__(self, server: Server, host: str, context: ssl.SSLContext, visitors: int = 4) -> None:
        self.server, self.host, self.context = server, host, context
        self.requests = 0
        self.lost: collections.Counter[str] = collections.Counter()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._visit) for _ in range(visitors)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def until(self, requests: int, seconds: float = 600) -> None:
        """Go on until there were so many requests."""
        end = time.monotonic() + seconds
        while self.requests < requests and time.monotonic() < end:
            time.sleep(0.05)

    def _visit(self) -> None:
        with self.server.network():  # each thread has a network of its own
            while not self._ended.is_set():
                connection = _Here(self.host, context=self.context, timeout=120)
                try:
                    connection.request("GET", "/")
                    status = connection.getresponse().status
                    if status != 200:
                        self.lost[str(status)] += 1
                except (OSError, http.client.HTTPException) as error:
                    self.lost[type(error).__name__] += 1
                finally:
                    connection.close()
                self.requests += 1
