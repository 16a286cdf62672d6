"""Where a backup may lie, and how its size is told."""

import subprocess
from pathlib import Path

import pytest

from deploy_overlay.base.message import Failure
from deploy_overlay.provision.backups import check_place, new_file
from deploy_overlay.provision.databases import Contents


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / ".gitignore").write_text("ignored/\n", encoding="utf-8")
    return root


@pytest.mark.parametrize("path", ["a.dump", "not/there/yet/a.dump", "ignored/a.dump", "../link/a.dump"])
def test_the_repository_is_no_place(repository: Path, path: str) -> None:
    """Not where git ignores it either, nor by a link into it."""
    (repository.parent / "link").symlink_to(repository)

    with pytest.raises(Failure):
        check_place(repository / path, repository)


def test_another_repository_is_one_where_it_ignores_the_file(repository: Path, tmp_path: Path) -> None:
    check_place(repository / "ignored" / "a.dump", tmp_path / "elsewhere")
    with pytest.raises(Failure):
        check_place(repository / "a.dump", tmp_path / "elsewhere")


def test_a_folder_of_nobody_s_is_a_place(repository: Path, tmp_path: Path) -> None:
    check_place(tmp_path / "backups" / "a.dump", repository)


def test_a_new_file_is_outside_of_every_repository(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)

    assert new_file("shelf", ".dump").name.startswith("shelf-20")
    check_place(new_file("shelf", ".dump"), repository)


@pytest.mark.parametrize(
    ("tables", "told"),
    [({}, "no tables"), ({"a": 1}, "1 table, 1 row"), ({"a": 1200, "b": 0}, "2 tables, 1,200 rows")],
)
def test_contents_for_people(tables: dict[str, int], told: str) -> None:
    assert str(Contents("18.6", tables)) == told
