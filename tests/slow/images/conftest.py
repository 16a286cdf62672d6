"""Fixtures of the tests that build images."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from tests.support.cache import cache_folder
from tests.tools import not_here

from .buildah import Buildah


@pytest.fixture(scope="session")
def bases() -> Buildah:
    """The store with the base images, which stays in the cache folder; skips what cannot build images here."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("images are built on Linux by root")
    for program in ("buildah", "debootstrap"):
        if not shutil.which(program):
            not_here(f"{program} is not installed: run `apt-get install {program}`")
    return Buildah(cache_folder() / "images")
