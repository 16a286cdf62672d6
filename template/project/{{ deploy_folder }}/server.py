"""Gunicorn's threaded worker, with a thread assigned only when the whole request has arrived.

Added by deploy-overlay. Gunicorn itself assigns one at the first byte and never times it out,
so a few slow or malicious clients could occupy every thread. Here, all threads wait for
requests, and the kernel wakes one of them for each.
"""

import contextlib
import inspect
import os
import re
import select
import socket
import sys
import threading
import time
from collections import deque

import gunicorn
from gunicorn.http.unreader import Unreader
from gunicorn.workers.gthread import TConn, ThreadWorker

# Uses private names of these Gunicorn versions. With others, gunicorn.conf.py uses the normal worker.
PARAMETERS = ["cfg", "sock", "client", "server"], ["self", "conn"]
if sys.platform == "linux":
    import resource
else:
    raise ImportError(f"server.py is written for Linux, not for {sys.platform}")
if (
    not (24,) <= gunicorn.version_info < (28,)
    or tuple([*inspect.signature(function).parameters] for function in (TConn, ThreadWorker.handle)) != PARAMETERS
    or not hasattr(Unreader(), "buf")
):
    raise ImportError(f"server.py is written for Gunicorn 24 to 27, not for {gunicorn.__version__}")

HEAD = 16 * 1024  # bytes of headers; a thread reads longer ones
KEPT = 256 * 1024  # bytes of a request that waits in the kernel; a thread reads larger ones
PATIENCE, LARGE_PATIENCE, STOPPING = 30, 600, 2  # seconds for a request to arrive
LARGE = re.compile(rb"\r\n(transfer-encoding|expect)\s*:", re.IGNORECASE)
LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
SHARE = 0.0005  # seconds of delay per open connection
NEWEST = 10  # connections that are not closed to make room for another one
ONCE = select.EPOLLIN | select.EPOLLONESHOT  # wakes one thread, once
CLOSED = -1


class PatientWorker(ThreadWorker):
    """Large requests never occupy the last thread."""

    def run(self):
        if self.cfg.is_ssl:
            return super().run()
        # By file descriptor. The thread that removes a connection owns it. Gunicorn reads the length.
        self.idle = self.keepalived_conns = {}
        self.poll, self.conns = select.epoll(), set()
        self.lock, self.large, self.waiting = threading.Lock(), {}, deque()
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]  # your project needs some too
        self.most = min(self.worker_connections, files * 3 // 4) if files > 0 else self.worker_connections
        for _ in range(self.cfg.threads):
            threading.Thread(target=self.serve, daemon=True).start()
        self.watch()

    def watch(self):
        """The main thread accepts connections and closes those that wait too long."""
        listeners = {listener.fileno(): listener for listener in self.sockets}
        events, accepting = select.poll(), False
        events.register(self.PIPE[0], select.POLLIN)  # signals write to it
        end = self.stopped = float("inf")
        while self.alive or (self.conns and time.monotonic() < end):
            self.notify()
            if not self.is_parent_alive():
                self.alive = False  # a signal may set it at any moment
            if not self.alive and end == float("inf"):
                self.stopped = time.monotonic()
                end = self.stopped + self.cfg.graceful_timeout
            if accepting != (self.alive and (len(self.conns) < self.most or self.make_room())):
                accepting = not accepting
                for number, listener in listeners.items():
                    listener.setblocking(False)
                    events.register(number, select.POLLIN if accepting else 0)
            for number, _ in events.poll(1000 if self.alive else 100):
                if number in listeners:
                    if self.cfg.workers > 1:
                        # All processes wake up. Let the one with the fewest connections accept.
                        time.sleep(min(len(self.conns), 10) * SHARE)
                    room = self.most - len(self.conns)
                    for _ in range(min(1 + len(self.conns) // 8, room)):
                        if not self.admit(listeners[number]):
                            break
                else:
                    os.read(number, 4096)
            self.close_idle()

    def admit(self, listener):
        """Accept a connection; return whether there was one."""
        try:
            sock, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False  # another worker has it, or the client left
        except OSError as error:  # no file descriptor left, for example
            if not self.make_room():
                self.log.error("A connection has to wait: %s", error)
                time.sleep(0.1)
            return False
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            # A client that does not read the response is disconnected.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, PATIENCE * 1000)
        conn = TConn(self.cfg, sock, client, listener.getsockname())
        conn.data_ready, conn.number = True, sock.fileno()
        conn.wanted, conn.arriving, conn.leaving = 0, False, False
        self.conns.add(conn)
        self.park(conn, PATIENCE, self.poll.register)
        return True

    def make_room(self):
        """Close what waits longest without a request, or else for a thread, or for the rest of a request.

        Return whether there was one. The newest have just connected.
        """
        there = self.idle.copy().values()
        silent = [conn for conn in there if not conn.arriving]
        begun = [conn for conn in there if conn.arriving]
        if self.close_first(silent[:-NEWEST]):
            return True
        if conn := self.waited_too_long(float("inf")):
            self.close(conn)
            return True
        return self.close_first(begun + silent)

    def close_first(self, conns):
        """Close the first of these that does not ask just now; return whether there was one."""
        for conn in conns:
            if found := self.idle.pop(conn.number, None):
                if found is conn and not _is_readable(conn):
                    self.close(conn)
                    return True
                self.park(found)
        return False

    def park(self, conn, seconds=None, arm=None):
        """Wait for data without a thread."""
        if seconds is not None:
            conn.since = time.monotonic()
            conn.until = conn.since + seconds
        self.idle[conn.number] = conn
        with contextlib.suppress(OSError):  # another thread has closed it by now
            (arm or self.poll.modify)(conn.number, ONCE)

    def close_idle(self):
        now = time.monotonic()
        for number, conn in self.idle.copy().items():
            if self.patience(conn) < now and self.idle.pop(number, None):
                if self.patience(conn) < now:
                    self.close(conn)
                else:
                    self.park(conn)  # a thread answered it in between
        while (conn := self.waited_too_long(now)) is not None:
            self.close(conn)
        for conn, until in self.large.copy().items():
            if until < now:
                with contextlib.suppress(OSError):  # already closed
                    conn.sock.shutdown(socket.SHUT_RDWR)

    def patience(self, conn):
        """Until when to wait; after a stop, only for requests that are already on their way."""
        return min(conn.until, max(conn.since, self.stopped) + STOPPING)

    def close(self, conn):
        self.conns.discard(conn)
        conn.close()

    def serve(self):
        """Run by each thread."""
        while True:
            for number, _ in self.poll.poll(-1, 1):
                if conn := self.idle.pop(number, None):
                    try:
                        self.attend(conn)
                    except (ConnectionError, TimeoutError):  # the client is gone
                        self.close(conn)
                    except BaseException:  # a view may even exit
                        self.log.exception("Error handling a connection")
                        self.close(conn)

    def attend(self, conn):
        """Answer what has arrived, or wait for the rest."""
        if conn.leaving:
            return self.leave(conn)
        while True:
            wanted = _wanted(conn)
            if wanted == CLOSED:
                return self.close(conn)
            if wanted == 1 or (wanted <= KEPT and wanted not in (0, conn.wanted)):
                # The kernel reports the connection as readable only when this many bytes have arrived.
                conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, wanted)
                begins, conn.wanted = wanted > 1 and not conn.arriving, wanted
                conn.arriving = conn.arriving or begins
                return self.park(conn, PATIENCE if begins else None)
            if wanted and not self.may_read(conn):
                return None
            if not self.answer(conn, wanted):
                # Closing at once could discard what the client has not read yet.
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_WR)
                    conn.leaving = True
                    return self.park(conn, STOPPING)
                return self.close(conn)
            if not _read_ahead(conn):
                return self.park(conn, self.cfg.keepalive)

    def answer(self, conn, large):
        """Whether the connection stays open."""
        if conn.wanted:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
            conn.wanted, conn.arriving = 0, False
        try:
            return self.handle(conn)
        finally:
            if large:
                self.was_read(conn)

    def may_read(self, conn):
        """Whether a thread is free for a large request; otherwise it waits for another one to end."""
        with self.lock:
            conn.until = time.monotonic() + LARGE_PATIENCE
            if free := len(self.large) < max(self.cfg.threads - 1, 1):
                self.large[conn] = conn.until
            else:
                self.waiting.append(conn)
        return free

    def waited_too_long(self, now):
        """The first large request that waited too long for a thread, or None."""
        with self.lock:
            return self.waiting.popleft() if self.waiting and self.waiting[0].until < now else None

    def was_read(self, conn):
        with self.lock:
            del self.large[conn]
            following = self.waiting.popleft() if self.waiting else None
        if following:
            self.park(following, PATIENCE)

    def leave(self, conn):
        """After the last response, discard what still comes until the client closes."""
        try:
            more = conn.sock.recv(KEPT, socket.MSG_DONTWAIT)
        except OSError:
            more = b""
        return self.park(conn) if more else self.close(conn)


def _is_readable(conn):
    """Whether as much has arrived as the connection waits for."""
    readable = select.poll()
    readable.register(conn.number, select.POLLIN)
    return bool(readable.poll(0))


def _wanted(conn):
    """Bytes to wait for before a thread answers: 0 for none, more than KEPT for a large request."""
    seen = ahead = _read_ahead(conn)
    more, ended = b"", False
    try:
        more = conn.sock.recv(HEAD, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        seen, ended = ahead + more, not more
    except BlockingIOError:
        pass
    head, end, _ = seen.partition(b"\r\n\r\n")
    if not end:
        return CLOSED if ended else len(seen) - len(ahead) + 1 if len(seen) < HEAD else KEPT + 1
    if LARGE.search(head):
        return KEPT + 1
    length = LENGTH.search(head)
    digits = length[1].lstrip(b"0")[:18] if length else b""  # more than Python reads are for Gunicorn to refuse
    needed = len(head) + 4 + int(digits or 0) - len(ahead)
    if needed <= len(seen) - len(ahead):
        return 0
    if ended or needed > KEPT:
        return CLOSED if ended else needed
    arrived = conn.sock.recv(needed, socket.MSG_PEEK | socket.MSG_DONTWAIT) if more else b""
    return 0 if len(arrived) == needed else needed


def _read_ahead(conn):
    """The part of the next request that was read together with the previous one."""
    return conn.parser.unreader.buf.getvalue() if conn.parser else b""
