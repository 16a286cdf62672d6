"""Upsun's web server in front of an app, as `web: locations:` configures it.

https://docs.upsun.com/create-apps/image-properties/web.html#locations: the most specific location answers; it sends files
of its `root`, with the headers of the location, or those of a rule in their place; what is missing goes to the app where
there is `passthru`.
"""

from __future__ import annotations

import contextlib
import http.client
import mimetypes
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from tests.support.relay import relay

_OF_THE_CONNECTION = ("connection", "keep-alive", "transfer-encoding", "date", "server")


@contextlib.contextmanager
def web_server(
    port: int, app_port: int, place_of: Callable[[str], Path], locations: Mapping[str, Any]
) -> Iterator[None]:
    """Listen on `port` while the block runs; the app listens on `app_port`. `place_of` says where a root is here."""

    class Handler(_Handler):
        app, known = app_port, locations
        place_of_root = staticmethod(place_of)

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    app: ClassVar[int]
    place_of_root: Callable[[str], Path]
    known: ClassVar[Mapping[str, Any]]

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        # A location is a prefix, as of nginx: "/media" is also the location of /mediator.
        name = max((name for name in self.known if path.startswith(name)), key=len)
        location = self.known[name]
        file = self._file(location, path.removeprefix(name))
        if file is not None and self.command in ("GET", "HEAD"):
            self._send_file(file, path, location)
        elif location.get("passthru") and self.headers.get("Upgrade"):
            self._hand_over(location)
        elif location.get("passthru"):
            self._pass_on()
        else:
            self._answer(404 if self.command in ("GET", "HEAD") else 405, {}, b"")

    do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_GET

    def _file(self, location: Mapping[str, Any], rest: str) -> Path | None:
        if "root" not in location:
            return None
        root = self.place_of_root(location["root"])
        path = (root / rest.lstrip("/")).resolve()
        return path if path.is_relative_to(root.resolve()) and path.is_file() else None

    def _send_file(self, file: Path, path: str, location: Mapping[str, Any]) -> None:
        rule = next((rule for pattern, rule in location.get("rules", {}).items() if re.search(pattern, path)), {})
        told = {**location, **rule}
        if not told.get("allow", True):
            self._answer(403, {}, b"")
            return
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        self._answer(200, {"Content-Type": kind, **told.get("headers", {})}, file.read_bytes())

    def _hand_over(self, location: Mapping[str, Any]) -> None:
        """A WebSocket: https://docs.upsun.com/create-apps/web/websockets.html"""
        if (location.get("request_buffering") or {}).get("enabled", True):
            self._answer(400, {}, b"")
            return
        head = [self.requestline, *(f"{name}: {value}" for name, value in self.headers.items()), "", ""]
        with socket.create_connection(("127.0.0.1", self.app), timeout=60) as app:
            app.sendall("\r\n".join(head).encode())
            relay(self.connection, app, patience=5)
        self.close_connection = True

    def _pass_on(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else None
        connection = http.client.HTTPConnection("127.0.0.1", self.app, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
        except OSError:
            self._answer(502, {}, b"")
            return
        finally:
            connection.close()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OF_THE_CONNECTION]
        self.send_response(answer.status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
