"""A mail server for one rehearsal, on loopback only: it accepts every message, keeps it in memory and forwards nothing.

https://www.rfc-editor.org/rfc/rfc5321, and AUTH of https://www.rfc-editor.org/rfc/rfc4954, which lets everybody in.
"""

from __future__ import annotations

import base64
import contextlib
import socketserver
from collections.abc import Iterator
from dataclasses import dataclass, field

from .listening import listening

MOST_KEPT = 1000  # messages
MOST_BYTES = 10_000_000  # of one message
LONGEST = 12_000  # bytes of a line


@dataclass
class MailServer:
    """`messages` are what arrived, as bytes."""

    host: str
    port: int
    messages: list[bytes] = field(default_factory=list)

    def variables(self, names: dict[str, str]) -> dict[str, str]:
        """Values of variables by the part of a mail server's address that each holds."""
        parts = {
            "host": self.host,
            "port": str(self.port),
            "tls": "False",  # as Django writes it: strict readers know no other spelling
            "user": "rehearsal",
            "password": "rehearsal",
        }
        parts["url"] = f"smtp://{self.host}:{self.port}"
        return {name: parts[part] for name, part in names.items()}


@contextlib.contextmanager
def running_mail_server() -> Iterator[MailServer]:
    """Listen on a free port until the block ends."""
    listener = _Listener(("127.0.0.1", 0), _Conversation)
    host, port = listener.server_address[:2]
    listener.mail = MailServer(str(host), int(port))
    with listening(listener):
        yield listener.mail


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    mail: MailServer


class _Conversation(socketserver.StreamRequestHandler):
    server: _Listener
    timeout = 60

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self._say("220 rehearsal")
            while line := self.rfile.readline(LONGEST):
                word, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
                if not self._answer(word.upper(), rest):
                    return

    def _answer(self, word: str, rest: str) -> bool:
        """Answer a command; False for the last one."""
        if word == "EHLO":
            self._say("250-rehearsal", "250-8BITMIME", "250-SMTPUTF8", "250-AUTH PLAIN LOGIN", f"250 SIZE {MOST_BYTES}")
        elif word == "AUTH":
            self._let_in(rest)
        elif word == "DATA":
            self._say("354 go on")
            self._take()
        elif word in ("HELO", "MAIL", "RCPT", "RSET", "NOOP"):
            self._say("250 ok")
        elif word == "QUIT":
            self._say("221 bye")
            return False
        else:
            self._say("502 not here")
        return True

    def _let_in(self, rest: str) -> None:
        method, _, first = rest.partition(" ")
        asked = ("Username:", "Password:") if method.upper() == "LOGIN" else ("",)
        for question in asked[1:] if first and len(asked) > 1 else () if first else asked:
            self._say(f"334 {base64.b64encode(question.encode()).decode()}")
            self.rfile.readline(LONGEST)
        self._say("235 welcome")

    def _take(self) -> None:
        lines, size = [], 0
        while (line := self.rfile.readline(LONGEST)) not in (b".\r\n", b".\n", b""):
            size += len(line)
            if size <= MOST_BYTES:
                lines.append(line[1:] if line.startswith(b".") else line)
        if len(self.server.mail.messages) < MOST_KEPT:
            self.server.mail.messages.append(b"".join(lines))
        self._say("250 taken")

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
