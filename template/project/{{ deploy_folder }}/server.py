"""Gunicorn's threaded worker, with a thread assigned only when the whole request has arrived.

Added by deploy-overlay. Gunicorn itself assigns one at the first byte and never times it out,
so a few slow or malicious clients could occupy every thread.
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

# Uses methods that are not public. Written for these versions; gunicorn.conf.py uses the normal worker of others.
METHODS = ("accept", "enqueue_req", "finish_request", "notify")
if sys.platform != "linux":
    raise ImportError(f"server.py is written for Linux, not for {sys.platform}")
if not (24,) <= gunicorn.version_info < (28,) or not all(hasattr(ThreadWorker, name) for name in METHODS):
    raise ImportError(f"server.py is written for Gunicorn 24 to 27, not for {gunicorn.__version__}")

KEPT = 256 * 1024  # bytes that wait in the kernel; a thread reads larger requests
PATIENCE, LARGE_PATIENCE, STOPPING = 30, 600, 2  # seconds for a request to arrive
LARGE = re.compile(rb"\r\n(transfer-encoding|expect)\s*:", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)


class PatientWorker(ThreadWorker):
    """Large requests never occupy the last thread."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.until, self.large, self.waiting = {}, set(), deque()
        self.patient = not self.cfg.is_ssl

    def enqueue_req(self, conn):
        try:
            if self.patient and self.keep(conn):
                return
        except AttributeError as error:  # a Gunicorn that works in another way
            self.patient = False
            self.until.pop(conn, None)
            self.log.warning("Slow clients can occupy all threads: %s", error)
        super().enqueue_req(conn)

    def keep(self, conn):
        """Whether the connection waits; if not, a thread takes it."""
        wanted = _wanted(conn)
        if 0 < wanted <= KEPT and wanted != getattr(conn, "wanted", 0):
            conn.wanted = wanted
            self.until.setdefault(conn, time.monotonic() + PATIENCE)
            # The socket counts as readable only when this many bytes are there.
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wanted)
            self.poller.register(conn.sock, selectors.EVENT_READ, lambda _: self.look(conn))
            return True
        self.until.pop(conn, None)
        if wanted and len(self.large) >= max(self.cfg.threads - 1, 1):
            self.waiting.append(conn)
            return True
        if wanted:
            self.large.add(conn)
            self.until[conn] = time.monotonic() + LARGE_PATIENCE
        conn.wanted, conn.data_ready = 0, True
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
        # A client that does not read the response is disconnected.
        conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, PATIENCE * 1000)
        return False

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
                with contextlib.suppress(OSError):  # already closed
                    conn.sock.shutdown(socket.SHUT_RDWR)
            else:
                self.poller.unregister(conn.sock)
                self.nr_conns -= 1
                conn.close()


def _wanted(conn):
    """Bytes to wait for before a thread starts: 0 for none, more than KEPT for a large request."""
    if conn.parser and conn.parser.unreader.buf.getvalue():
        return 0  # already read, with the previous request
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
