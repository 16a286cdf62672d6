"""A site without a platform address: visitors reach it once its owner's DNS record points to it."""

from __future__ import annotations

import socket


def unresolved(host: str, well: str, target: str) -> str:
    """A sentence if a host name has no address yet; empty if it has one.

    `well` is a clause on what already runs, `target` is where the DNS record has to point.
    """
    try:
        socket.getaddrinfo(host, 443)
    except OSError:
        return f"{well}, but {host} has no DNS record yet: point it to {target}, then open https://{host}/healthz."
    return ""
