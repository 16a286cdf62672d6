"""The catalogue of errors in the documentation, and which of its entries a test has really met."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import pytest

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


met: dict[str, str] = {}  # by anchor, the output of the running test that ended with it


def note(*outputs: str) -> None:
    """Remember which entries a program's output names; what runs programs for tests calls this."""
    for output in outputs:
        met.update(dict.fromkeys(re.findall(r"/errors/#([a-z-]+)", output), output))


def shows(*anchors: str) -> pytest.MarkDecorator:
    """A test in which a user meets these entries; it fails when they are not met, or not as they are quoted."""
    return pytest.mark.shows(*anchors)


def shows_one_of(*anchors: str) -> pytest.MarkDecorator:
    """A test with many cases in each of which a user meets one of these entries."""
    return pytest.mark.shows_one_of(*anchors)


def unmet(anchors: tuple[str, ...]) -> list[str]:
    """What speaks against the claim that the running test met these entries."""
    return [
        f"{anchor}: {'not as quoted in docs/errors.md' if anchor in met else 'not met'}"
        for anchor in anchors
        if not catalogue()[anchor].has(met.get(anchor, ""))
    ]
