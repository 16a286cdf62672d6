"""A small proxy for a local browser, in the role of the platform's TLS proxy."""

from __future__ import annotations

import contextlib
import http.client
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from ..base.message import Failure

# Headers that belong to one connection: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
ONE_HOP_HEADERS = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"}
    | {"transfer-encoding", "upgrade"}
)
CHUNK_SIZE = 65_536


@dataclass(frozen=True)
class Outside:
    """What the platform shows to the world: its host name, the headers of its proxy, and the server behind it."""

    host: str
    secure: Mapping[str, str]
    server_port: int


class ProxyHandler(BaseHTTPRequestHandler):
    """Forwards a request as if it was for https and the platform's host."""

    protocol_version = "HTTP/1.1"
    outside: ClassVar[Outside]

    def do_GET(self) -> None:
        here = f"{self.headers.get('Host', '')}"
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        connection = http.client.HTTPConnection("127.0.0.1", self.outside.server_port, timeout=120)
        try:
            connection.request(self.command, self.path, body, self._inward(here))
            response = connection.getresponse()
            self._answer(response, here)
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.send_error(502, "The server does not answer")
        finally:
            connection.close()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET

    def _inward(self, here: str) -> dict[str, str]:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ONE_HOP_HEADERS}
        for name in ("Origin", "Referer"):
            if name in self.headers:
                headers[name] = self.headers[name].replace(f"http://{here}", f"https://{self.outside.host}", 1)
        visitor = str(self.client_address[0])
        return {**headers, **self.outside.secure, "Host": self.outside.host, "X-Forwarded-For": visitor}

    def _answer(self, response: http.client.HTTPResponse, here: str) -> None:
        self.send_response_only(response.status, response.reason)
        sized = False
        for name, value in response.getheaders():
            lower = name.lower()
            if lower in ONE_HOP_HEADERS or lower == "strict-transport-security":
                continue
            sized = sized or lower == "content-length"
            self.send_header(name, self._outward(lower, value, here))
        bodyless = self.command == "HEAD" or response.status in (204, 304)
        if not sized and not bodyless:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        while not bodyless and (chunk := response.read1(CHUNK_SIZE)):
            self.wfile.write(chunk)

    def _outward(self, name: str, value: str, here: str) -> str:
        if name == "location":
            return re.sub(rf"^https?://{re.escape(self.outside.host)}(?=[/?#]|$)", f"http://{here}", value)
        if name == "set-cookie":
            without = re.sub(r";\s*(secure|domain=[^;]*)(?=;|$)", "", value, flags=re.IGNORECASE)
            return re.sub(r";\s*samesite=none(?=;|$)", "", without, flags=re.IGNORECASE)
        return value

    def log_message(self, format: str, *arguments: object) -> None:
        """The server writes its own log of requests."""


@contextlib.contextmanager
def listening(port: int) -> Iterator[ThreadingHTTPServer]:
    """Listen on the loopback port (0 for a free one), before the rehearsal starts.

    Raises Failure for a port that is in use.
    """
    try:
        listener = ProxyListener(("127.0.0.1", port), ProxyHandler)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "a port is a number from 0 to 65535"
        raise Failure(
            f"Port {port} cannot be used: {reason}. Choose another with --port, or leave it out.",
            anchor="rehearsal-port",
        ) from None
    with contextlib.closing(listener.socket):
        yield listener


class ProxyListener(ThreadingHTTPServer):
    """On Windows, reusing an address would share a port that another program listens on."""

    daemon_threads = True
    allow_reuse_address = False


def pass_requests_on(listener: ThreadingHTTPServer, outside: Outside) -> None:
    """Pass requests on until Ctrl-C."""
    ProxyHandler.outside = outside
    listener.serve_forever(poll_interval=0.2)
