"""Carries connections from a port of this machine to another, as a tunnel does, until it is ended; a program of its own.

    python forward.py PORT HOST:PORT [BYTES]

With BYTES it ends by itself, with an error, after it has carried that many to the other end.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import sys
import threading


def carry(source: socket.socket, target: socket.socket, left: list[float]) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(1 << 16):
            left[0] -= len(block)
            if left[0] < 0:
                print(
                    "Error: tunnel unavailable: websocket: close 1006 (abnormal closure)", file=sys.stderr, flush=True
                )
                os._exit(1)
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def main(port: str, to: str, size: str = "inf") -> None:
    host, _, remote = to.rpartition(":")
    left = [float(size)]
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        while True:
            near, _ = listener.accept()
            far = socket.create_connection((host, int(remote)))
            threading.Thread(target=carry, args=(near, far, left), daemon=True).start()
            threading.Thread(target=carry, args=(far, near, [math.inf]), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
