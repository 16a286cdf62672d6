"""How a number of bytes is told to people."""

import pytest

from deploy_overlay.base.size import in_units


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1200, "1.2 kB"), (45_600_000, "45.6 MB"), (123_456_789_012, "123 GB")],
)
def test_a_size_for_people(count: int, text: str) -> None:
    assert in_units(count) == text
