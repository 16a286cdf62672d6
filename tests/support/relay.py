"""Carries what comes on one connection to another, both ways."""

from __future__ import annotations

import contextlib
import socket
import threading


def relay(near: socket.socket, far: socket.socket, patience: float | None = None) -> None:
    """Until both have said all; after `near` has, `far` has `patience` seconds left, None for as long as it takes."""
    back = threading.Thread(target=_carry, args=(far, near), daemon=True)
    back.start()
    _carry(near, far)
    back.join(timeout=patience)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(1 << 16):
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
