"""A platform's API on loopback: answers from the state of a subclass, records requests, fails where it is told to."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .typed import Typed

# What can go wrong with one request; "lost" never reaches the platform, "dropped" loses its answer after it has acted.
# A number is a status that the platform refuses the request with; any other may be asked for too. So may "late": the
# platform acts, and its answer never comes; "page": something before the platform answers with a page for people;
# "empty": the platform acts, and its answer has nothing in it.
FAULTS = ("500", "402", "422", "timeout", "dropped", "killed before", "killed after")


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str  # decoded, without the query
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Any  # parsed JSON, or the text; bytes of a tar

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


PAGE = Answer(502, "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>nginx</body>\n</html>\n")


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.answer = Answer(status, body)


class Simulated:
    """Subclasses answer in `act`; one request at a time, so that their state needs no locks.

    `fault` is (the number of the request in this run, counted from 0, what goes wrong); `kill` is called where the
    program under test is to be killed. `asked` are the requests of this run, `begin` starts the next one.
    """

    SLOW = 600.0  # seconds that a request without an answer is kept

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.fault: tuple[int, str] | None = None
        self.kill: Callable[[], None] = lambda: None
        self.before: Callable[[Asked], None] = lambda asked: None  # what takes time before the platform acts
        self.slow: Callable[[], None] = lambda: None  # called where an answer never comes
        self.typed = Typed()
        # How often a read still tells what it told before something was changed. What was never read is told as it is.
        self.lag = 0
        self._read: dict[str, tuple[int, Answer]] = {}  # what was told last, and how often since it changed
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def begin(self, fault: tuple[int, str] | None = None, kill: Callable[[], None] = lambda: None) -> None:
        with self._lock:
            self.asked, self.fault, self.kill = [], fault, kill

    def close(self) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def act(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def error(self, status: int) -> Any:
        """The body with which the platform reports a status that a fault asks for."""
        return {"message": f"made to fail with {status}"}

    def answer(self, asked: Asked) -> Answer | None:
        """None where no answer is to be sent."""
        self.before(asked)
        with self._lock:
            number = len(self.asked)
            self.asked.append(asked)
            kind = self.fault[1] if self.fault is not None and self.fault[0] == number else ""
            if kind.isdecimal():
                return Answer(int(kind), self.error(int(kind)))
            if kind == "page":
                return PAGE
            if kind == "killed before":
                self.kill()
                return None
            if kind != "timeout":
                try:
                    answer = self.act(asked)
                except Refused as refused:
                    answer = refused.answer
                answer = self._late(asked, answer) if self.lag and asked.method == "GET" else answer
                answer = Answer(200, "") if kind == "empty" else answer
        if kind in ("timeout", "late"):
            self.slow()
            self._closing.wait(self.SLOW)
            return None
        if kind == "killed after":
            self.kill()
        return None if kind in ("dropped", "killed after") else answer

    def _late(self, asked: Asked, answer: Answer) -> Answer:
        """What a copy of the platform answers that hears of changes later."""
        key = f"{asked} {dict(asked.query)}"
        fresh = Answer(answer.status, copy.deepcopy(answer.body), answer.headers)
        told, before = self._read.get(key, (0, fresh))
        same = (before.status, before.body) == (fresh.status, fresh.body)
        if not same and told < self.lag:
            self._read[key] = (told + 1, before)
            return before
        self._read[key] = (0, fresh)
        return fresh


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: programs that were killed leave broken connections behind."""


def _handler(platform: Simulated) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def _serve(self) -> None:
            address = urlsplit(self.path)
            content = self._content()
            asked = Asked(
                self.command,
                unquote(address.path),
                parse_qs(address.query),
                {name.lower(): value for name, value in self.headers.items()},
                content,
            )
            try:
                answer = platform.answer(asked)
            except Exception as error:  # a mistake of the simulation must not look like a fault that was asked for
                answer = Answer(599, {"message": f"the simulation failed: {error!r} at {asked}"})
            if answer is None:
                self.close_connection = True
                self.connection.close()
                return
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            data = text.encode()
            self.send_response(answer.status)
            kind = "text/plain" if isinstance(answer.body, str) else "application/json"
            for name, value in {"Content-Type": kind, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def _content(self) -> Any:
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                data = b""
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    data += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            else:
                data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Content-Type") == "application/x-tar":
                return data
            try:
                return json.loads(data) if data else None
            except ValueError:
                return data.decode(errors="replace")

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: the requests are kept in `asked`."""

    return Handler


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
