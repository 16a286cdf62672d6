"""A small browser for sites on this machine: keeps cookies, sends forms with their token, follows nothing."""

import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from http.cookiejar import CookieJar, DefaultCookiePolicy


@dataclass(frozen=True)
class Answer:
    """What a site answered; `body` is as sent, before any decompression."""

    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Browser:
    """Speaks to one origin, "http://127.0.0.1:8000"; `headers` go with every request, as a proxy adds them.

    `handlers` say how a connection is made, where that is not the usual way.
    """

    def __init__(
        self, origin: str, headers: Mapping[str, str] | None = None, *handlers: urllib.request.BaseHandler
    ) -> None:
        self.origin = origin
        self.headers = dict(headers or {})
        # A proxy ends TLS before the site: its secure cookies come and go over plain HTTP here.
        policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
        self.cookies = CookieJar(policy)
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), _Stay(), urllib.request.HTTPCookieProcessor(self.cookies), *handlers
        )

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path; any status is an answer."""
        return self._ask(urllib.request.Request(self.origin + path, headers=self.headers | headers))

    def post(
        self, path: str, fields: Mapping[str, str], files: Mapping[str, tuple[str, bytes, str]] | None = None
    ) -> Answer:
        """Fill the form of the page at `path` and send it; `files` are name -> (file name, content, media type)."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path).text)
        if token is None:
            raise AssertionError(f"{path} has no form with a CSRF token")
        boundary = uuid.uuid4().hex
        parts = b""
        for name, value in {"csrfmiddlewaretoken": token[1], **fields}.items():
            parts += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, (file_name, content, media_type) in (files or {}).items():
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
            parts += f"{head}Content-Type: {media_type}\r\n\r\n".encode() + content + b"\r\n"
        parts += f"--{boundary}--\r\n".encode()
        scheme = self.headers.get("X-Forwarded-Proto") or urllib.parse.urlsplit(self.origin).scheme
        origin = f"{scheme}://{self.headers.get('Host', urllib.parse.urlsplit(self.origin).netloc)}"
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Origin": origin,
            "Referer": origin + path,
        }
        return self._ask(urllib.request.Request(self.origin + path, parts, self.headers | headers))

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())
