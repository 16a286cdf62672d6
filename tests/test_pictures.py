"""The pictures of the documentation show what people see of the published template, and no folder of this machine."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from docs.picture import as_published

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = Path(tempfile.gettempdir(), "deploy-overlay-first-run-x", "template")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"uv tool install git+{TEMPLATE.as_uri()}@v0.2.0", "uv tool install git+https://github.com/org/deploy-overlay@v0.2.0"),
        (f"_src_path: {TEMPLATE}", "_src_path: gh:org/deploy-overlay"),
        (
            f" > Running task 1 of 1: ['/opt/python', '{TEMPLATE}.clone/hooks/after_copy.py', 'x']",
            " > Running task 1 of 1: ['python', '.../hooks/after_copy.py', 'x']",
        ),
    ],
)  # fmt: skip
def test_a_template_of_this_machine_is_shown_as_the_published_one(written: str, shown: str) -> None:
    assert as_published(written, TEMPLATE) == shown


def test_a_folder_of_this_machine_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="would show a folder of this machine"):
        as_published(f"Log: {tempfile.gettempdir()}/library/x.log", TEMPLATE)


def test_no_picture_shows_a_temporary_folder() -> None:
    pictures = list((ROOT / "docs").glob("*.svg"))
    assert pictures
    assert not [path.name for path in pictures if "/tmp" in path.read_text(encoding="utf-8")]
