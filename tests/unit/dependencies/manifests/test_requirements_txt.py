"""requirements.txt, read and added to."""

from pathlib import Path

import pytest

from deploy_overlay.dependencies.manifests.requirements_txt import (
    collect,
    contents,
    logical_lines,
    production_file,
    with_requirements,
)


def test_lines_are_joined_and_comments_go() -> None:
    text = "django>=5  # why\n# gunicorn\n\ngunicorn==23 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    assert [line.split()[0] for line in logical_lines(text)] == ["django>=5", "gunicorn==23"]


def test_options_are_no_requirements() -> None:
    options = "-i https://example.com\n--extra-index-url=x\n-r base.txt\n-rmore.txt\n-c pins.txt\n-e .\n"
    found = contents(f"{options}django\n")
    assert [item.name for item in found.requirements] == ["django"]
    assert found.includes == ("base.txt", "more.txt")
    assert found.constraints == ("pins.txt",)


@pytest.mark.parametrize(
    "text", ["--require-hashes\ndjango\n", "django==5 --hash=sha256:aa\n", "django==5 \\\n  --hash=sha256:aa\n"]
)
def test_hashes_are_seen(text: str) -> None:
    assert contents(text).hashed


def test_an_egg_is_not_a_comment() -> None:
    assert [item.name for item in contents("git+https://x/y#egg=gunicorn\n").requirements] == ["gunicorn"]


def test_includes_are_followed_once_and_may_dangle(tmp_path: Path) -> None:
    (tmp_path / "production.txt").write_text("-r base.txt\n-r missing.txt\nsentry-sdk\n")
    (tmp_path / "base.txt").write_text("-r production.txt\n-c pins.txt\nDjango\n")
    (tmp_path / "pins.txt").write_text("gunicorn==20.1\n")
    found = collect(tmp_path / "production.txt")
    assert [item.name for item in found.requirements] == ["sentry-sdk", "django"]
    assert [item.name for item in found.constraints] == ["gunicorn"]
    assert [path.name for path in found.files] == ["production.txt", "base.txt", "pins.txt"]


def test_the_outermost_file_is_what_production_installs(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text("django\n")
    (tmp_path / "production.txt").write_text("-r base.txt\n")
    assert production_file(tmp_path, ["base.txt", "production.txt"]) == "production.txt"
    assert production_file(tmp_path, ["pyproject.toml"]) is None


@pytest.mark.parametrize(
    ("text", "newline", "expected"),
    [
        ("", "\n", "gunicorn\n"),
        ("django\n", "\n", "django\ngunicorn\n"),
        ("django", "\n", "django\ngunicorn\n"),
        ("django\r\n# end", "\r\n", "django\r\n# end\r\ngunicorn\r\n"),
        ("django \\\n", "\n", "django \\\n\ngunicorn\n"),
    ],
)
def test_a_line_is_added_and_nothing_else(text: str, newline: str, expected: str) -> None:
    assert with_requirements(text, newline, ["gunicorn"]) == expected
