"""A proxy for HTTPS into the engine's network, by which programs of this machine reach the sites there."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

from tests.support.relay import relay

from .engine import Engine
from .tls import ADDRESS


@contextlib.contextmanager
def proxy(engine: Engine) -> Iterator[str]:
    """Its address for https_proxy. It answers CONNECT, and leads to the engine's port for HTTPS whatever is asked."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            with engine.network(), contextlib.suppress(OSError), socket.create_connection(ADDRESS) as far:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                relay(self.connection, far)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
