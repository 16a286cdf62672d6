"""Sends HTTP requests to the server as the platform's proxy does."""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urljoin, urlsplit

from .server import Server

VISITOR = "203.0.113.7"  # an address for documentation: https://www.rfc-editor.org/rfc/rfc5737
ANSWER_TIMEOUT = 40.0  # seconds: longer than gunicorn's own worker timeout of 30
MOST_REDIRECTS = 5


class NoAnswer(Exception):
    """The server closed the connection or did not answer in time."""


@dataclass(frozen=True)
class Answer:
    """One response; `url` is the requested address, `cookies` are the unparsed Set-Cookie headers."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...]
    loop: bool = False

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def cookie(self, name: str) -> str | None:
        """The value of a cookie that this response sets."""
        for line in self.cookies:
            with contextlib.suppress(CookieError):
                jar = SimpleCookie(line)
                if name in jar:
                    return jar[name].value
        return None


@dataclass(frozen=True)
class Browser:
    """A visitor who uses https to `host`; `secure` are the proxy's headers for https."""

    server: Server
    host: str
    secure: Mapping[str, str]

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", path, {**self.secure, **(headers or {})})

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        form = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        return self.ask("POST", path, {**self.secure, **form, **headers}, body=body)

    def follow(self, path: str) -> Answer:
        """GET, following redirects on the same host; `loop` is set for a redirect loop."""
        seen: list[str] = []
        for _ in range(MOST_REDIRECTS):
            answer = self.get(path)
            seen.append(path)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            target = urlsplit(urljoin(f"https://{self.host}{path}", answer.headers.get("location", "")))
            if target.netloc != self.host:
                return answer
            path = target.path + (f"?{target.query}" if target.query else "")
            if path in seen:
                return Answer(answer.url, answer.status, answer.headers, b"", answer.cookies, loop=True)
        return answer

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], host: str | None = None, body: bytes | None = None
    ) -> Answer:
        """One request, exactly with these headers, a Host and the visitor's address.

        Raises:
            NoAnswer: nothing that is HTTP came back.
            NotServing: the server has ended.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=ANSWER_TIMEOUT)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            sent = {"Host": host or self.host, "User-Agent": "rehearsal", "X-Forwarded-For": VISITOR, **headers}
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.server.check_alive(patience=1.0)
            how = (
                f"within {ANSWER_TIMEOUT:.0f} seconds"
                if isinstance(error, TimeoutError)
                else f"({type(error).__name__})"
            )
            raise NoAnswer(f"{method} {path} got no answer {how}") from error
        finally:
            connection.close()
        lower = {name.lower(): value for name, value in response.getheaders()}
        cookies = tuple(response.headers.get_all("Set-Cookie") or ())
        return Answer(path, response.status, lower, content, cookies)
