"""What passed is remembered by its tree, platforms and version."""

import json
from pathlib import Path

from deploy_overlay.rehearse.remembered import FILE, MOST, remember, verdict_on

TREE, OTHER = "a" * 40, "b" * 40


def test_a_verdict_is_that_of_its_tree_platform_and_version(tmp_path: Path) -> None:
    remember(tmp_path, TREE, ["fly", "heroku"], "3.13", "1.2.3", "ready")
    assert verdict_on(tmp_path, TREE, "fly", "1.2.3") == verdict_on(tmp_path, TREE, "heroku", "1.2.3") == "ready"
    assert verdict_on(tmp_path, OTHER, "fly", "1.2.3") == ""
    assert verdict_on(tmp_path, TREE, "upsun", "1.2.3") == ""
    assert verdict_on(tmp_path, TREE, "fly", "1.2.4") == ""


def test_the_last_verdict_counts(tmp_path: Path) -> None:
    remember(tmp_path, TREE, ["fly"], "3.13", "1.2.3", "ready")
    remember(tmp_path, OTHER, ["fly"], "3.13", "1.2.3", "ready")
    remember(tmp_path, TREE, ["fly"], "3.13", "1.2.3", "unproven")
    assert verdict_on(tmp_path, TREE, "fly", "1.2.3") == "unproven"
    remember(tmp_path, TREE, ["fly"], "3.13", "1.2.3", "not ready")
    assert verdict_on(tmp_path, TREE, "fly", "1.2.3") == ""
    assert verdict_on(tmp_path, OTHER, "fly", "1.2.3") == "ready"


def test_what_is_not_ready_for_one_platform_is_not_remembered_with_others(tmp_path: Path) -> None:
    remember(tmp_path, TREE, ["fly", "heroku"], "3.13", "1.2.3", "ready")
    remember(tmp_path, TREE, ["fly"], "3.13", "1.2.3", "not ready")
    assert verdict_on(tmp_path, TREE, "fly", "1.2.3") == ""
    assert verdict_on(tmp_path, TREE, "heroku", "1.2.3") == "ready"


def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    for number in range(MOST + 1):
        remember(tmp_path, f"{number:040}", ["fly"], "3.13", "1.2.3", "ready")
    assert verdict_on(tmp_path, f"{0:040}", "fly", "1.2.3") == ""
    assert verdict_on(tmp_path, f"{MOST:040}", "fly", "1.2.3") == "ready"


def test_a_file_that_is_damaged_says_nothing(tmp_path: Path) -> None:
    for text in ("", "[", "[]", json.dumps({"rehearsals": [1, {"platforms": 2}, {}]})):
        (tmp_path / FILE).write_text(text, encoding="utf-8")
        assert verdict_on(tmp_path, TREE, "fly", "1.2.3") == ""
    remember(tmp_path, TREE, ["fly"], "3.13", "1.2.3", "ready")
    assert verdict_on(tmp_path, TREE, "fly", "1.2.3") == "ready"
