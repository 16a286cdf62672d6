"""What is said of a file of the user's that nobody can read, the platform neither."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.platforms.own_files import Unreadable, table, text_of, toml_of, yaml_of


def test_a_file_that_git_knows_under_another_spelling(tmp_path: Path) -> None:
    (tmp_path / "fly.toml").mkdir()  # what the platform would open there is no file

    for path in ("fly.toml", "Fly.toml"):
        with pytest.raises(Unreadable, match="does not find it: rename it with `git mv`"):
            text_of(tmp_path, path, "Fly.io")


def test_what_is_not_in_utf_8_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "render.yaml").write_bytes(b"name: caf\xe9\nkind: web\n")

    assert yaml_of(text_of(tmp_path, "render.yaml", "Render"))["kind"] == "web"


@pytest.mark.parametrize("text", ["a: [", "a: 2026-13-41", "? [a]\n: {b: c}\n- d", "[" * 20000])
def test_what_is_no_yaml_is_told_in_one_line(text: str) -> None:
    with pytest.raises(Unreadable) as why:
        yaml_of(text)

    assert str(why.value).startswith("is not valid YAML: ")
    assert "\n" not in str(why.value)


def test_what_is_no_toml_is_told_in_one_line() -> None:
    with pytest.raises(Unreadable, match=r"^is not valid TOML: .+$"):
        toml_of("app = \n")


def test_a_tag_of_the_platforms_own_stands_for_nothing() -> None:
    assert yaml_of("a: !include {path: other.yaml}\nb: 1\n") == {"a": None, "b": 1}


@pytest.mark.parametrize(
    ("content", "found"), [({"a": {"b": 1}}, {"b": 1}), ({"a": [1]}, {}), ({}, {}), ([1], {}), (None, {})]
)
def test_a_table_is_nothing_where_there_is_none(content: object, found: dict[str, int]) -> None:
    assert table(content, "a") == found
