"""Every package of Debian that the Dockerfile may install is to be had on the Debian that it starts from."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path

import jinja2
import pytest

from .base import base_images
from .buildah import Buildah

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.skipif(os.environ.get("IMAGES") != "all", reason="asks Debian's servers: `make images` runs it")
def test_packages_of_system_libraries_can_be_installed(bases: Buildah, tmp_path: Path) -> None:
    loader = jinja2.FileSystemLoader(REPOSITORY)
    debian = jinja2.Environment(loader=loader).get_template("template/parts/debian_packages.jinja").module
    names = {"build-essential", "pkg-config", "git", "gettext"}
    names |= set(chain.from_iterable([*debian.to_build.values(), *debian.to_run.values()]))
    base = f"python:3.13-slim-{debian.release}"
    (tmp_path / "Dockerfile").write_text(f"FROM {base}\n", encoding="utf-8")
    base_images(bases, tmp_path / "Dockerfile")

    with bases.container(base) as container:
        install = "apt-get update -qq && apt-get install --simulate --no-install-recommends"
        container.run("sh", "-euc", f"{install} {' '.join(sorted(names))}", user="root")
