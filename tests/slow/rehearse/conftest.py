"""Fixtures of the rehearsal's tests."""

from pathlib import Path

import pytest

from tests.support import usual_python
from tests.support.installing import python_with

from .site import Site, make_site

PACKAGES = ("django>=5.2,<6", "gunicorn>=23", "whitenoise>=6.7", "dj-database-url>=2.2", "psycopg[binary]>=3.2")


@pytest.fixture(scope="session")
def python() -> Path:
    """A Python with what production installs, made once for all runs of the tests."""
    return python_with(usual_python(), *PACKAGES)


@pytest.fixture
def site(tmp_path: Path, python: Path) -> Site:
    """A project whose rehearsal passes."""
    return make_site(tmp_path / "site", python, PACKAGES)
