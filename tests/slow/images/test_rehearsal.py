"""`rehearse --image` asks the containers of a real image, and is the same as what the platform gets.

Minutes: it builds an image.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from tests.support.anchors import note, shows
from tests.support.overlay import failed_checks, rehearse
from tests.tools import not_here

from .base import base_images
from .buildah import CERTIFICATES, Buildah
from .cells import CELLS, prepared


def storage(bases: Buildah, folder: Path, engine: str = "buildah") -> dict[str, str]:
    """Variables with which one engine has a store of its own above the base images, and trusts this machine's certificates.

    The other engines do not work, as where no daemon runs.

    https://github.com/containers/storage/blob/main/docs/containers-storage.conf.5.md
    """
    folder.mkdir()
    store, containers = folder / "storage.conf", folder / "containers.conf"
    store.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{folder / "store"}"\nrunroot = "{folder / "run"}"\n'
        f'[storage.options]\nadditionalimagestores = ["{bases.folder / "store"}"]\n',
        encoding="utf-8",
    )
    # Podman's own choice, crun, takes no machine with both versions of control groups, and its own limits may be above those
    # that the machine allows.
    limits = 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' if engine == "podman" else ""
    runtime = '[engine]\nruntime = "runc"\n' if engine == "podman" and shutil.which("runc") else ""
    containers.write_text(
        f'[containers]\nvolumes = ["{CERTIFICATES}:{CERTIFICATES}:ro"]\n{limits}{runtime}', encoding="utf-8"
    )
    return {"CONTAINERS_STORAGE_CONF": str(store), "CONTAINERS_CONF": str(containers), "PATH": with_one(folder, engine)}


def with_one(folder: Path, engine: str) -> str:
    for name in {"docker", "podman", "buildah"} - {engine}:
        program = folder / name
        program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize("engine", ["buildah", "podman"])
def test_the_containers_of_the_image_are_asked(engine: str, template: Path, bases: Buildah, tmp_path: Path) -> None:
    if not shutil.which(engine):
        not_here(f"{engine} is not installed: run `apt-get install {engine}`")
    project = prepared(CELLS["uv-flat"], template, tmp_path)
    base_images(bases, project.root / "Dockerfile")

    report = rehearse(project, "--image", env=storage(bases, tmp_path / "images", engine))

    assert not failed_checks(report), report
    assert (report["verdict"], report["unproven"]) == ("ready", [])
    checks = {check["name"]: check["detail"] for check in report["checks"]}
    assert checks["image"].endswith("as the user 10001")
    assert checks["server"] == "the image's own command serves the site"


@shows("image")
def test_an_image_that_cannot_be_built_is_not_ready(template: Path, bases: Buildah, tmp_path: Path) -> None:
    project = prepared(CELLS["uv-flat"], template, tmp_path)
    base_images(bases, project.root / "Dockerfile")
    file = project.root / "Dockerfile"
    file.write_text(
        file.read_text(encoding="utf-8").replace("FROM base\n", "FROM base\nRUN no-such-program\n"), "utf-8"
    )

    report = rehearse(project, "--image", env=storage(bases, tmp_path / "images"))

    assert (report["verdict"], report["exit_code"]) == ("not ready", 1)
    check = next(check for check in report["checks"] if check["name"] == "image")
    note(f"{check['detail']}\nMore: {check['more']}")
    assert "no-such-program" in check["detail"]
