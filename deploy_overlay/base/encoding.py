"""The encoding of a text file, as editors and PowerShell write it, and pip and Python read it."""

from __future__ import annotations

import codecs
from typing import NamedTuple

# Longest first: the mark of UTF-32 begins with the one of UTF-16. PowerShell's `>` writes UTF-16 with a mark,
# which pip reads: https://pip.pypa.io/en/stable/reference/requirements-file-format/#encoding
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Decoded(NamedTuple):
    """A text, newlines as in the file, and how to write it again: `mark` + text in `encoding`."""

    text: str
    encoding: str
    mark: bytes


class NotText(ValueError):
    """str() says why: "not a text file", or "not valid UTF-16-LE"."""


def decode(content: bytes) -> Decoded:
    """Decode by the byte-order mark, else as UTF-8, else as Latin-1, which keeps ASCII and every byte. Raises NotText."""
    mark, encoding = next(((mark, encoding) for mark, encoding in _MARKS if content.startswith(mark)), (b"", ""))
    body = content[len(mark) :]
    if encoding:
        try:
            return Decoded(body.decode(encoding), encoding, mark)
        except UnicodeDecodeError:
            raise NotText(f"not valid {encoding.upper()}") from None
    if b"\0" in body:
        raise NotText("not a text file")
    try:
        return Decoded(body.decode("utf-8"), "utf-8", mark)
    except UnicodeDecodeError:
        return Decoded(body.decode("latin-1"), "latin-1", mark)
