"""Gunicorn's worker with threads, where a request gets a thread once it has arrived.

Added by deploy-overlay. Gunicorn gives one to each connection that sent a byte, and `timeout`
is not for threads: eight visitors who then send nothing more would stop the site.
"""

import contextlib
import re
import selectors
import socket
import sys
import time
from collections import deque

import gunicorn
from gunicorn.workers.gthread import ThreadWorker

# The methods below are those of these versions; gunicorn.conf.py uses others as they are.
if sys.platform != "linux" or not (24,) <= gunicorn.version_info < (28,):
    raise ImportError(f"not written for Gunicorn {gunicorn.__version__} on {sys.platform}")

KEPT = 256 * 1024  # bytes that the kernel keeps for us; a thread reads what is larger
PATIENCE, LARGE_PATIENCE, STOPPING = 30, 600, 2  # seconds for a request to arrive
LARGE = re.compile(rb"\r\n(transfer-encoding|expect)\s*:", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)


class PatientWorker(ThreadWorker):
    """However many large requests there are, they leave one thread to all others."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.until, self.large, self.waiting = {}, set(), deque()

    def enqueue_req(self, conn):
        wanted = 0 if self.cfg.is_ssl else _wanted(conn)
        if 0 < wanted <= KEPT and wanted != getattr(conn, "wanted", 0):
            conn.wanted = wanted
            self.until.setdefault(conn, time.monotonic() + PATIENCE)
            # Readable with so many bytes, so that single ones wake nobody.
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wanted)
            self.poller.register(conn.sock, selectors.EVENT_READ, lambda _: self.look(conn))
            return
        self.until.pop(conn, None)
        if wanted and len(self.large) >= max(self.cfg.threads - 1, 1):
            self.waiting.append(conn)
            return
        if wanted:
            self.large.add(conn)
            self.until[conn] = time.monotonic() + LARGE_PATIENCE
        conn.wanted, conn.data_ready = 0, True
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        # Nor is a thread held by a visitor who takes nothing of the answer.
        conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, PATIENCE * 1000)
        super().enqueue_req(conn)

    def look(self, conn):
        self.poller.unregister(conn.sock)
        self.enqueue_req(conn)

    def finish_request(self, conn, fs):
        if conn in self.large:
            self.large.remove(conn)
            self.until.pop(conn, None)
            if self.waiting:
                self.enqueue_req(self.waiting.popleft())
        super().finish_request(conn, fs)

    def notify(self):
        """Gunicorn calls this every second."""
        super().notify()
        now = time.monotonic() + (0 if self.alive else PATIENCE - STOPPING)
        for conn in [conn for conn, until in self.until.items() if until < now]:
            del self.until[conn]
            if conn in self.large:
                with contextlib.suppress(OSError):  # gone already
                    conn.sock.shutdown(socket.SHUT_RDWR)
            else:
                self.poller.unregister(conn.sock)
                self.nr_conns -= 1
                conn.close()


def _wanted(conn):
    """The bytes that must be there before a thread begins: 0 if they are, > KEPT if too many."""
    if conn.parser and conn.parser.unreader.buf.getvalue():
        return 0  # read with the request before
    conn.sock.setblocking(False)
    try:
        seen = conn.sock.recv(KEPT, socket.MSG_PEEK)
    except OSError as error:
        return 1 if isinstance(error, BlockingIOError) else 0
    head, end, _ = seen.partition(b"\r\n\r\n")
    if not end:
        return len(seen) + 1 if seen else 0
    length = LENGTH.search(head)
    needed = KEPT + 1 if LARGE.search(head) else len(head) + 4 + int(length[1] if length else 0)
    return needed if needed > len(seen) else 0
