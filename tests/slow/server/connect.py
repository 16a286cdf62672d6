"""A proxy for HTTPS into another network, by which programs of this machine reach the sites there."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

from tests.support.relay import relay

from .tls import ADDRESS, Server


@contextlib.contextmanager
def proxy(server: Server) -> Iterator[str]:
    """Its address for https_proxy. It answers CONNECT, and leads to the port for HTTPS there whatever is asked."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            with server.network(), contextlib.suppress(OSError), socket.create_connection(ADDRESS) as far:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                relay(self.connection, far)

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Listener(("127.0.0.1", 0), Handler) as listener:
        threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://127.0.0.1:{listener.server_address[1]}"
        listener.shutdown()
