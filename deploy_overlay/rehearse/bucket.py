"""A bucket for one rehearsal: the part of S3 that Django's storages use, on loopback and in memory.

https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html. Signatures are not checked, but requests without one get only
public objects.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from ..base.scrub import hide
from .listening import listening

MOST_BYTES = 100_000_000  # of one object
XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
PUBLIC = ("public-read", "public-read-write")


@dataclass
class Stored:
    body: bytes
    kind: str  # Content-Type
    public: bool
    when: float


@dataclass
class Bucket:
    """`objects` by name. `public`: whether anyone may read all of them."""

    name: str
    endpoint: str
    public: bool
    key: str
    secret: str
    objects: dict[str, Stored] = field(default_factory=dict)

    def variables(self, names: dict[str, str]) -> dict[str, str]:
        """Values of variables by what each holds of a bucket."""
        parts = {
            "bucket": self.name, "key": self.key, "secret": self.secret, "region": "us-east-1", "endpoint": self.endpoint,
        }  # fmt: skip
        return {name: parts[part] for name, part in names.items()}


@contextlib.contextmanager
def running_bucket(*, public: bool) -> Iterator[Bucket]:
    """Serve an empty bucket until the block ends."""
    key, secret = f"REHEARSAL{secrets.token_hex(5).upper()}", secrets.token_hex(20)
    hide(secret)

    class Handler(_Handler):
        bucket = Bucket("rehearsal", "", public, key, secret)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    Handler.bucket.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    with listening(server):
        yield Handler.bucket


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: ClassVar[Bucket]

    def do_PUT(self) -> None:
        name = self._name()
        body = self._body()
        if name is None or body is None:
            return
        if not self._signed():
            self._refuse(403, "AccessDenied")
        elif not name:
            self._answer(200)
        elif source := self.headers.get("x-amz-copy-source"):
            self._copy(unquote(source).lstrip("/").partition("/")[2].partition("?")[0], name)
        else:
            kind = self.headers.get("Content-Type") or "binary/octet-stream"
            self.bucket.objects[name] = Stored(body, kind, self.headers.get("x-amz-acl") in PUBLIC, time.time())
            self._answer(200, headers={"ETag": _tag(body)})

    def do_GET(self) -> None:
        name = self._name()
        if name is None:
            return
        stored = self.bucket.objects.get(name)
        if not (self._signed() or self.bucket.public or (stored and stored.public)):
            self._refuse(403, "AccessDenied")
        elif not name:
            self._list()
        elif stored is None:
            self._refuse(404, "NoSuchKey")
        else:
            headers = {"Content-Type": stored.kind, "ETag": _tag(stored.body), "Accept-Ranges": "bytes"}
            headers["Last-Modified"] = formatdate(stored.when, usegmt=True)
            self._part(stored.body, headers)

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        name = self._name()
        if name is None:
            return
        if not self._signed():
            self._refuse(403, "AccessDenied")
            return
        self.bucket.objects.pop(name, None)
        self._answer(204)

    def do_POST(self) -> None:
        self._body()
        self._refuse(501, "NotImplemented")

    def _name(self) -> str | None:
        """The name of the object, empty for the bucket itself; None for another bucket, after a response."""
        bucket, _, name = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        if bucket == self.bucket.name:
            return name
        self._body()
        self._refuse(404, "NoSuchBucket")
        return None

    def _signed(self) -> bool:
        asked = parse_qs(urlsplit(self.path).query)
        given = [
            self.headers.get("Authorization", ""),
            *asked.get("X-Amz-Credential", ()),
            *asked.get("AWSAccessKeyId", ()),
        ]
        return any(self.bucket.key in one for one in given)

    def _body(self) -> bytes | None:
        """The request's body without the frames of aws-chunked; None if it is too large, after a response.

        https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
        """
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            sent = b"".join(self._chunks())
        else:
            length = int(self.headers.get("Content-Length") or 0)
            if length > MOST_BYTES:
                self.close_connection = True
                self._refuse(400, "EntityTooLarge")
                return None
            sent = self.rfile.read(length)
        framed = self.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
        return (
            b"".join(_unframed(sent)) if framed or "aws-chunked" in self.headers.get("Content-Encoding", "") else sent
        )

    def _chunks(self) -> Iterator[bytes]:
        """https://www.rfc-editor.org/rfc/rfc9112#section-7.1"""
        while size := int(self.rfile.readline().partition(b";")[0].strip() or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _copy(self, source: str, name: str) -> None:
        stored = self.bucket.objects.get(source)
        if stored is None:
            self._refuse(404, "NoSuchKey")
            return
        self.bucket.objects[name] = stored
        self._answer(200, f"<CopyObjectResult><ETag>{_tag(stored.body)}</ETag></CopyObjectResult>".encode())

    def _list(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        prefix = asked.get("prefix", [""])[0]
        names = sorted(name for name in self.bucket.objects if name.startswith(prefix))
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{len(self.bucket.objects[name].body)}</Size></Contents>"
            for name in names
        )
        head = f"<Name>{self.bucket.name}</Name><KeyCount>{len(names)}</KeyCount><IsTruncated>false</IsTruncated>"
        self._answer(200, f"<ListBucketResult {XMLNS}>{head}{rows}</ListBucketResult>".encode())

    def _part(self, body: bytes, headers: dict[str, str]) -> None:
        """All of an object, or the range that is asked for: https://www.rfc-editor.org/rfc/rfc9110#section-14"""
        first, dash, last = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        if not dash or not first.isdecimal() or int(first) >= len(body):
            self._answer(200, body, headers)
            return
        end = min(int(last), len(body) - 1) if last.isdecimal() else len(body) - 1
        headers["Content-Range"] = f"bytes {first}-{end}/{len(body)}"
        self._answer(206, body[int(first) : end + 1], headers)

    def _refuse(self, status: int, code: str) -> None:
        self._answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode())

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in {"Content-Type": "application/xml", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the project's own errors say what failed."""


def _unframed(sent: bytes) -> Iterator[bytes]:
    """The content of `size;extensions CRLF content CRLF` until a chunk of size 0, which trailers follow."""
    while True:
        head, _, rest = sent.partition(b"\r\n")
        size = int(head.partition(b";")[0].strip() or b"0", 16)
        if not size:
            return
        yield rest[:size]
        sent = rest[size + 2 :]


def _tag(body: bytes) -> str:
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
