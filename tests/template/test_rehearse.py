"""The rehearsal lands in the project as one file, made from this version's modules."""

from __future__ import annotations

from pathlib import Path

from extensions.answers import bundled
from tests.support.template import REPOSITORY


def test_the_rehearsal_is_one_file(overlaid: Path) -> None:
    rendered = (overlaid / "deploy" / "rehearse.py").read_bytes()
    assert rendered == bundled(REPOSITORY / "template" / "parts" / "rehearse").encode()
    assert not (overlaid / "deploy" / "rehearse").exists()
