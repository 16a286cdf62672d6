"""`rehearse --image` with a real Docker: its containers are asked, and none of them is left.

The engine reaches no registry, so that the image is built beside it and loaded; the test of Buildah builds one too.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.slow.images.buildah import Buildah
from tests.slow.images.cells import CELLS, fresh_store, prepared
from tests.support import Project
from tests.support.overlay import failed_checks, rehearse

from .engine import Engine
from .images import load_site

IMAGE = "library-of-docker"


def rehearsed(project: Project, engine: Engine, image: str) -> dict[str, object]:
    """In the network of the engine, whose containers are asked at 127.0.0.1."""
    with engine.network():
        report: dict[str, object] = rehearse(
            project, "--image", image, env=engine.environ | {"PATH": os.environ["PATH"]}
        )
    return report


def test_the_containers_of_docker_are_asked(template: Path, bases: Buildah, engine: Engine, tmp_path: Path) -> None:
    project = prepared(CELLS["uv-flat"], template, tmp_path)
    with fresh_store(project, bases, tmp_path) as store:
        load_site(engine, store, project.root, IMAGE, tmp_path)
    before = engine.docker("ps", "--all", "--quiet")

    report = rehearsed(project, engine, IMAGE)

    assert not failed_checks(report), report
    assert (report["verdict"], report["unproven"]) == ("ready", [])
    checks = {check["name"]: check["detail"] for check in report["checks"]}  # type: ignore[attr-defined]
    assert checks["image"].endswith("as the user 10001")
    assert checks["server"] == "the image's own command serves the site"
    assert engine.docker("ps", "--all", "--quiet") == before


def test_an_image_that_docker_has_not_is_unproven(template: Path, engine: Engine, tmp_path: Path) -> None:
    project = prepared(CELLS["uv-flat"], template, tmp_path)

    report = rehearsed(project, engine, "nobody-built-this")

    assert report["verdict"] == "unproven"
    assert any("nobody-built-this" in str(one) for one in report["unproven"])  # type: ignore[attr-defined]
