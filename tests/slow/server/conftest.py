"""One engine for all tests of this folder, and its images."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slow.images.buildah import Buildah
from tests.slow.images.conftest import bases as bases

from .engine import Engine, check_programs, running
from .images import load_services

# Images are built beside the engine, which reaches no registry.
DOCKER = """#!/bin/sh
for word; do
  [ "$word" != build ] || exit 0
done
exec {docker} "$@"
"""


@pytest.fixture(scope="session")
def engine(bases: Buildah, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    check_programs()
    folder = tmp_path_factory.mktemp("engine")
    with running(folder) as found:
        load_services(found, bases, tmp_path_factory.mktemp("services"))
        yield found


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PATH whose `docker` builds nothing."""
    import shutil

    folder = tmp_path_factory.mktemp("programs")
    docker = folder / "docker"
    docker.write_text(DOCKER.format(docker=shutil.which("docker")), encoding="utf-8")
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    return folder
