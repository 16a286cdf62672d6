"""Which project a command is about, by the folder that it is started in."""

from pathlib import Path

import pytest
import yaml

from deploy_overlay.base.answers import find
from deploy_overlay.base.message import Failure, with_help_link
from tests.support.anchors import note, shows


def repository(folder: Path, **roots: str) -> Path:
    """A git root with answers of several projects, by the end of their answers file's name."""
    (folder / ".git").mkdir()
    for name, root in roots.items():
        (folder / root).mkdir(exist_ok=True)
        answers = {"django_root": root, "deploy_package": "deploy"}
        (folder / f".copier-answers{name}.yml").write_text(yaml.safe_dump(answers), encoding="utf-8")
    return folder


def test_the_only_project_is_found_from_every_folder(tmp_path: Path) -> None:
    root = repository(tmp_path, **{"": "backend"})
    (root / "docs").mkdir()
    assert find(root).django_root == find(root / "docs").django_root == find(root / "backend").django_root == "backend"


def test_of_several_the_one_around_the_folder(tmp_path: Path) -> None:
    root = repository(tmp_path, **{"": "shop", ".forum": "forum"})
    assert find(root / "forum").answers_file == ".copier-answers.forum.yml"
    assert find(root / "shop").answers_file == ".copier-answers.yml"


def test_answers_of_another_template_do_not_count(tmp_path: Path) -> None:
    root = repository(tmp_path, **{".overlay": "backend"})
    (root / ".copier-answers.yml").write_text("project_name: x\n", encoding="utf-8")
    (root / ".copier-answers.broken.yml").write_text("a: [", encoding="utf-8")
    assert find(root).answers_file == ".copier-answers.overlay.yml"


@shows("several-projects")
def test_of_several_none_is_chosen_by_chance(tmp_path: Path) -> None:
    root = repository(tmp_path, **{"": "shop", ".forum": "forum"})
    with pytest.raises(Failure, match="forum, shop") as failure:
        find(root)
    note(with_help_link(str(failure.value), failure.value.anchor))


def test_outside_of_git(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        find(tmp_path)
    assert failure.value.anchor == "not-a-git-repository"
