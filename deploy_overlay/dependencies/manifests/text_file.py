"""A text file with its encoding, byte-order mark and newlines, so that an edit changes nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from ...base.encoding import NotText
from ...base.encoding import decode as decode_bytes
from ...base.files import read_plain
from ...base.message import Failure

# https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
_MARKED = re.compile(r"(?m)^<{7}( |\r?$)")


class TextFile(NamedTuple):
    text: str  # newlines as in the file
    encoding: str
    mark: bytes

    @property
    def newline(self) -> str:
        """The newline that most lines end with."""
        return "\r\n" if self.text.count("\r\n") * 2 > self.text.count("\n") else "\n"

    def encoded(self, text: str) -> bytes:
        """Another text for the same file."""
        return self.mark + text.encode(self.encoding)


def decode(content: bytes, name: str) -> TextFile:
    """Raises Failure, naming the file, if it is not text that the dependency manager could read."""
    try:
        return TextFile(*decode_bytes(content))
    except NotText as error:
        raise Failure(
            f"{name} is {error}: save it as UTF-8 and run this again.", anchor="dependency-file-not-text"
        ) from None


def read(path: Path, name: str) -> TextFile:
    """`name` is the file's name in messages. Raises Failure if it is missing, not text, or half merged."""
    try:
        file = decode(read_plain(path), name)
    except OSError as error:
        raise Failure(f"{name} cannot be read ({error.strerror}).", anchor="dependency-file-missing") from None
    marked = _MARKED.search(file.text)
    if marked and re.search(r"(?m)^>{7}( |\r?$)", file.text[marked.end() :]):
        line = file.text.count("\n", 0, marked.start()) + 1
        raise Failure(
            f"{name}:{line} has an unresolved conflict: resolve it, commit, and run this again.",
            anchor="conflict-marks",
        )
    return file


def with_newlines(text: str, newline: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", newline)
