"""Every package of Debian that the Dockerfile may install is to be had on the Debian that it starts from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy_overlay.base.system_packages import DEBIAN, RELEASE, debian_to_build, debian_to_run

from .base import base_images
from .buildah import Buildah


@pytest.mark.skipif(os.environ.get("IMAGES") != "all", reason="asks Debian's servers: `make images` runs it")
def test_packages_of_system_libraries_can_be_installed(bases: Buildah, tmp_path: Path) -> None:
    names = {"gettext", *debian_to_build(list(DEBIAN)), *debian_to_run(list(DEBIAN))}
    base = f"python:3.13-slim-{RELEASE}"
    (tmp_path / "Dockerfile").write_text(f"FROM {base}\n", encoding="utf-8")
    base_images(bases, tmp_path / "Dockerfile")

    with bases.container(base) as container:
        install = "apt-get update -qq && apt-get install --simulate --no-install-recommends"
        container.run("sh", "-euc", f"{install} {' '.join(sorted(names))}", user="root")
