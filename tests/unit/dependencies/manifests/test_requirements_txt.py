"""requirements.txt, as it is added to."""

from pathlib import Path

import pytest

from deploy_overlay.dependencies.manifests.requirements_txt import production_file, with_requirements


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
