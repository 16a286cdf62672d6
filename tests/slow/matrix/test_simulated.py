"""The simulated platforms refuse what the real ones refuse, and the page does not call a failure a success."""

from __future__ import annotations

from pathlib import Path

import pytest

from .cells import cells
from .page import expected, written
from .results import FAILED, Outcome
from .simulated import fly, heroku
from .simulated.site import BuildFailed


def with_files(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).write_text("3.13\n", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    "names", [(), ("requirements.txt", "uv.lock"), ("Pipfile",), ("Pipfile", "requirements.txt"), ("pyproject.toml",)]
)
def test_heroku_builds_with_exactly_one_package_manager(names: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(BuildFailed):
        heroku.package_manager(with_files(tmp_path, *names))


def test_heroku_wants_a_version_for_uv_and_reads_it(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed):
        heroku.python_version(tmp_path, "uv")
    assert heroku.python_version(with_files(tmp_path, ".python-version"), "uv") == "3.13"
    (tmp_path / ".python-version").write_text("3.9\n", encoding="utf-8")
    with pytest.raises(BuildFailed):
        heroku.python_version(tmp_path, "pip")


def test_heroku_gives_what_app_json_asks_for_and_fails_without_what_is_required() -> None:
    app = {
        "env": {"KEY": {"generator": "secret"}, "A": {"value": "1"}},
        "addons": [{"plan": "heroku-postgresql:x", "as": "DATABASE"}, {"plan": "heroku-redis:x", "as": "REDIS"}],
    }
    found = heroku.config_vars(app, "postgres://x", {"REDIS_URL": "redis://x", "OTHER": "2"})
    assert found["A"] == "1" and found["DATABASE_URL"] == "postgres://x" and len(found["KEY"]) == 128
    assert found["REDIS_URL"] == "redis://x" and "OTHER" not in found

    with pytest.raises(BuildFailed, match="heroku-redis:x"):
        heroku.config_vars(app, "postgres://x", {})
    with pytest.raises(BuildFailed, match="STRIPE"):
        heroku.config_vars({"env": {"STRIPE": {"description": "x"}}}, "", {})


def test_a_dockerfile_is_read_with_what_its_stages_stand_on() -> None:
    text = """# syntax=docker/dockerfile:1
FROM python:3.12-slim AS base
ENV A=1 \\
    PATH=/venv/bin:$PATH
FROM base AS dependencies
WORKDIR /app
COPY requirements.txt /app/requirements.txt
RUN /venv/bin/pip install -r /app/requirements.txt
FROM base
CMD ["gunicorn"]
"""
    named = dict(fly.stages(text))

    assert named["dependencies"].python == "3.12" and named["dependencies"].env["A"] == "1"
    assert [kind for kind, _ in named["dependencies"].steps] == ["COPY", "RUN"]
    assert named[""].command == ["gunicorn"]
    with pytest.raises(BuildFailed, match="VOLUME"):
        fly.stages("FROM python:3.12\nVOLUME /data\n")


def test_a_cell_that_failed_is_seen_on_the_page() -> None:
    cell = next(cell for cell in cells() if not cell.refused)
    seen = expected() | {cell.name: Outcome(FAILED, "broken", 1.0)}

    page = written(seen, "Seen on a day.\n")

    assert page != written(expected(), "Seen on a day.\n")
    assert "✘" in page and "1 failed" in page and "✘" not in written(expected(), "Seen on a day.\n")
