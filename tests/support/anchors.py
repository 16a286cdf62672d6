"""The catalogue of errors in the documentation, and which of its entries a test has really met."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from .template import REPOSITORY

ANYTHING = "…"  # as the catalogue writes names, paths and versions of the user's


@dataclass(frozen=True)
class Entry:
    """One entry of docs/errors.md: the messages as quoted, and all of its text."""

    messages: tuple[str, ...]
    text: str

    def has(self, output: str) -> bool:
        """Whether one of the messages stands in what was printed."""
        printed = " ".join(output.split())
        return any(re.search(_pattern(message), printed) for message in self.messages)


def _pattern(message: str) -> str:
    return ".*".join(re.escape(part) for part in message.split(ANYTHING))


@functools.cache
def catalogue() -> dict[str, Entry]:
    """Entries by anchor, in their order."""
    text = (REPOSITORY / "docs" / "errors.md").read_text(encoding="utf-8")
    found = {}
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        anchor, _, body = re.split(r"^## ", part, flags=re.MULTILINE)[0].partition("\n")
        quotes = re.findall(r"(?:^> .*\n)+", body, flags=re.MULTILINE)
        messages = tuple(" ".join(line.removeprefix("> ") for line in quote.splitlines()) for quote in quotes)
        assert anchor not in found, anchor
        found[anchor] = Entry(messages, body)
    return found
