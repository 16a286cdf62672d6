"""Encodings, byte-order marks and newlines survive."""

import codecs

import pytest

from deploy_overlay.base.message import Failure
from deploy_overlay.dependencies.manifests.text_file import decode, with_newlines


@pytest.mark.parametrize(
    "content",
    [
        b"django\n",
        codecs.BOM_UTF8 + b"django\r\n",
        codecs.BOM_UTF16_LE + "django\r\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "# Bücher\n".encode("utf-16-be"),
        codecs.BOM_UTF32_LE + "django\n".encode("utf-32-le"),
        b"# caf\xe9\r\ndjango\r\n",
        b"",
    ],
)
def test_the_same_bytes_come_back(content: bytes) -> None:
    file = decode(content, "requirements.txt")
    assert file.encoded(file.text) == content


@pytest.mark.parametrize("content", [b"\x00\x01\x02", "django".encode("utf-16-le"), codecs.BOM_UTF16_LE + b"\x00\xd8"])
def test_what_is_no_text_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(Failure, match=r"requirements\.txt is not .* save it as UTF-8"):
        decode(content, "requirements.txt")


def test_newlines_are_those_of_most_lines() -> None:
    assert decode(b"a\r\nb\r\nc\n", "x").newline == "\r\n"
    assert decode(b"a\nb\nc\r\n", "x").newline == "\n"
    assert with_newlines("a\r\nb\n", "\r\n") == "a\r\nb\r\n"
