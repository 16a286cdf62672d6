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


def leads_elsewhere(host: str, server: str, well: str, target: str) -> str:
    """A sentence if no address of a host name is one of the server; empty if one is, or the server has none that is known."""
    here, there = _addresses(host), _addresses(server)
    if not there or here & there:
        return ""
    return f"{well}, but {host} still leads elsewhere: change its DNS record to {target}, then open https://{host}/healthz."


def _addresses(host: str) -> set[str]:
    try:
        return {str(one[4][0]) for one in socket.getaddrinfo(host, 443)}
    except OSError:
        return set()
