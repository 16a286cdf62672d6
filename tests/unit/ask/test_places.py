"""What stands where the overlay's files belong is seen before anything is written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy_overlay.ask.places import place_problem
from deploy_overlay.base.message import with_help_link
from deploy_overlay.base.template_files import written_by_overlay
from tests.support.anchors import note, shows

posix = pytest.mark.skipif(os.name == "nt", reason="links and pipes need rights there, or are of another kind")
RENDERED = ["Dockerfile", ".github/workflows/deploy-overlay.yml", "site/deploy/settings.py"]


@posix
@shows("in-the-way")
@pytest.mark.parametrize("place", [".github", ".github/workflows", "site/deploy", "site/deploy/settings.py"])
@pytest.mark.parametrize("target", ["nowhere", "outside", "loop"])
def test_a_link_that_leads_nowhere_or_out_is_in_the_way(tmp_path: Path, place: str, target: str) -> None:
    (tmp_path / "outside").mkdir()
    link = tmp_path / "project" / place
    link.parent.mkdir(parents=True)
    link.symlink_to({"nowhere": tmp_path / "gone", "outside": tmp_path / "outside", "loop": link}[target])

    problem = place_problem(tmp_path / "project", RENDERED, "site/deploy")

    assert problem is not None
    note(with_help_link(str(problem), problem.anchor))
    assert str(problem).startswith(f"{place} is a link")


@posix
def test_a_link_inside_the_repository_is_fine(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / ".github").symlink_to("tools")
    (tmp_path / "Dockerfile").symlink_to("gone")  # the project's own: kept as it is

    assert place_problem(tmp_path, RENDERED, "site/deploy") is None


def test_a_folder_in_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "site" / "deploy" / "settings.py").mkdir(parents=True)

    problem = place_problem(tmp_path, RENDERED, "site/deploy")

    assert problem is not None
    assert "no file" in str(problem)


@posix
def test_a_pipe_is_nobodys_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fly.toml")

    assert not written_by_overlay(tmp_path / "fly.toml")
