"""A pattern that waits is compiled at its first use, once, and is then as any other."""

import re

import pytest
from detection.patterns import lazy


def test_it_finds_what_a_compiled_one_finds() -> None:
    text = "Alpha = 1\nbeta = 2"
    for expression, flags in ((r"^(\w+) = (\d)$", re.MULTILINE), (r"ALPHA", re.IGNORECASE), (r"gamma", 0)):
        waiting, compiled = lazy(expression, flags), re.compile(expression, flags)
        assert waiting.findall(text) == compiled.findall(text)
        assert bool(waiting.search(text)) == bool(compiled.search(text))
        assert (waiting.pattern, waiting.flags) == (compiled.pattern, compiled.flags)


def test_it_is_compiled_once_and_no_earlier_than_needed() -> None:
    wrong = lazy("(")  # no error yet
    right = lazy("a")

    assert right.search("a") is not None
    assert right.search.__self__ is right.match.__self__  # type: ignore[attr-defined]
    with pytest.raises(re.error):
        wrong.search("a")
