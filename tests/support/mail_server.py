"""A mail server on loopback that takes every message and keeps it: https://www.rfc-editor.org/rfc/rfc5321"""

from __future__ import annotations

import contextlib
import email
import socketserver
import threading
from collections.abc import Iterator
from email.message import Message


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str) -> None:
        super().__init__((host, 0), _Conversation)
        self.port: int = self.server_address[1]
        self.messages: list[Message] = []


@contextlib.contextmanager
def mail_server(host: str = "127.0.0.1") -> Iterator[Server]:
    """The server, with its `port` and the `messages` that came; without TLS, and without anything to log in to."""
    with Server(host) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Conversation(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        self._say("220 mail.example.com")
        while line := self.rfile.readline():
            word = line.split(b" ")[0].strip().upper()
            if word == b"DATA":
                self._say("354 go on")
                lines = []
                while (part := self.rfile.readline()).rstrip(b"\r\n") != b".":
                    lines.append(part.removeprefix(b"."))
                self.server.messages.append(email.message_from_bytes(b"".join(lines)))
            if word == b"QUIT":
                self._say("221 bye")
                return
            self._say("250 mail.example.com")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
