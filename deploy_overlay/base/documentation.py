"""Where the documentation is, and how a message ends with the place in it that says more."""

from __future__ import annotations

ADDRESS = "https://org.github.io/deploy-overlay/"


def told(message: str, anchor: str) -> str:
    """The message with its entry in docs/errors.md, whose headings are the anchors, on a line of its own."""
    return f"{message}\nMore: {ADDRESS}errors/#{anchor}"
