"""The fixtures of tests/template, on the Djangos that it leaves out."""

from __future__ import annotations

import pytest

from tests.template.conftest import overlaid, site

__all__ = ["django", "overlaid", "site"]


@pytest.fixture(params=["4.2", "6.1"])
def django(request: pytest.FixtureRequest) -> str:
    release: str = request.param
    return release
