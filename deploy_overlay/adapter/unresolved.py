"""A site without an address of its platform's: visitors find it once its owner's DNS leads to it."""

from __future__ import annotations

import socket


def unresolved(host: str, well: str, target: str) -> str:
    """A sentence where a host name has no address yet; empty where it has one.

    `well` is a clause on what runs already, `target` where the DNS record has to lead.
    """
    try:
        socket.getaddrinfo(host, 443)
    except OSError:
        return f"{well}, but {host} has no DNS record yet: point it to {target}, then open https://{host}/healthz."
    return ""
