"""Fixtures of the rehearsal's tests."""

import subprocess
from pathlib import Path

import pytest
import uv

from tests.support.cache import cached_folder
from tests.support.programs import BIN, WINDOWS, interpreter

from .site import Site, make_site

PACKAGES = ("django>=5.2,<6", "gunicorn>=23", "whitenoise>=6.7", "dj-database-url>=2.2", "psycopg[binary]>=3.2")


@pytest.fixture(scope="session")
def python() -> Path:
    """A Python with what production installs, made once for all runs of the tests."""
    base = interpreter("3.13", "3.12", "3.11")

    def make(folder: Path) -> None:
        program = uv.find_uv_bin()
        subprocess.run([program, "venv", "--quiet", "--allow-existing", "--python", base, folder], check=True)
        python = folder / BIN / "python"
        subprocess.run([program, "pip", "install", "--quiet", "--python", python, *PACKAGES], check=True)

    folder = cached_folder("rehearsal-python", [str(base), *PACKAGES], make)
    return folder / BIN / ("python.exe" if WINDOWS else "python")


@pytest.fixture
def site(tmp_path: Path, python: Path) -> Site:
    """A project whose rehearsal passes."""
    return make_site(tmp_path / "site", python)
