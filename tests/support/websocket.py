"""A WebSocket as a browser opens it, through a proxy on this machine: https://www.rfc-editor.org/rfc/rfc6455"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

ACCEPTED = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Refused(Exception):
    """The site answered with this status instead of opening a WebSocket."""

    def __init__(self, status: int) -> None:
        super().__init__(f"answered {status}")
        self.status = status


@dataclass
class WebSocket:
    connection: socket.socket
    left: bytes = b""

    def send(self, text: str) -> None:
        self._write(TEXT, text.encode())

    def receive(self) -> str:
        """The next text. Raises AssertionError where the site closes, and TimeoutError."""
        while True:
            kind, data = self._frame()
            assert kind != CLOSE, f"closed with {data!r}"
            if kind == PING:
                self._write(PONG, data)
            elif kind == TEXT:
                return data.decode()

    def _write(self, kind: int, data: bytes) -> None:
        mask = secrets.token_bytes(4)
        length = bytes([0x80 | len(data)]) if len(data) < 126 else bytes([0x80 | 126]) + struct.pack("!H", len(data))
        masked = bytes(byte ^ mask[number % 4] for number, byte in enumerate(data))
        self.connection.sendall(bytes([0x80 | kind]) + length + mask + masked)

    def _frame(self) -> tuple[int, bytes]:
        first, second = self._read(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self._read(2))
        return first & 0x0F, self._read(length)

    def _read(self, count: int) -> bytes:
        while len(self.left) < count:
            block = self.connection.recv(1 << 16)
            assert block, "the connection ended"
            self.left += block
        found, self.left = self.left[:count], self.left[count:]
        return found


@contextlib.contextmanager
def websocket(origin: str, path: str, headers: Mapping[str, str], timeout: float = 20) -> Iterator[WebSocket]:
    """Opened at a path of "http://127.0.0.1:8000"; raises Refused."""
    parts = urlsplit(origin)
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    given = {**headers, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key}
    given["Sec-WebSocket-Version"] = "13"
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=timeout) as connection:
        connection.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            block = connection.recv(1 << 16)
            assert block, f"the connection ended after {head!r}"
            head += block
        head, _, rest = head.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        if status != 101:
            raise Refused(status)
        accepted = base64.b64encode(hashlib.sha1((key + ACCEPTED).encode()).digest())
        assert accepted in head, "another key was accepted"
        opened = WebSocket(connection, rest)
        yield opened
        with contextlib.suppress(OSError):
            opened._write(CLOSE, struct.pack("!H", 1000))
