"""The simulated platforms refuse what the real ones refuse, and the page does not call a failure a success."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.platforms.upsun_web_server import web_server
from tests.support import Browser
from tests.support.serving import free_port

from .cells import cells
from .page import expected, written
from .results import FAILED, Outcome
from .simulated import fly, heroku
from .simulated.site import BuildFailed, Given, Process, Site


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
        "addons": [{"plan": "heroku-postgresql:x", "as": "DATABASE"}],
    }
    found = heroku.config_vars(app, Given("postgres://x", {}))
    assert found["A"] == "1" and found["DATABASE_URL"] == "postgres://x" and len(found["KEY"]) == 128

    with pytest.raises(BuildFailed, match="STRIPE"):
        heroku.config_vars({"env": {"STRIPE": {"description": "x"}}}, Given("", {}))


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


def site(tmp_path: Path, name: str, script: str) -> Site:
    """A web server, and one process beside it."""
    environ = {"PATH": "/usr/bin:/bin", "PORT": str(free_port())}
    web = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", environ["PORT"]]
    beside = {name: Process(["sh", "-c", script], environ)}
    return Site(
        Path(sys.executable), tmp_path, environ, web, "localhost", {}, tmp_path / "log", seconds=1.0, beside=beside
    )


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo no broker; exit 3", "worker ended by itself with 3(.|\\n)*no broker"),
        ("trap '' TERM; while :; do sleep 0.1; done", "SIGTERM did not end worker"),
        ("trap 'exit 4' TERM; while :; do sleep 0.1; done", "worker ended with 4"),
    ],
)
def test_a_process_beside_the_site_has_to_stay_up_and_end_well(script: str, told: str, tmp_path: Path) -> None:
    played = site(tmp_path, "worker", script)

    with pytest.raises(BuildFailed, match=told), played.serving():
        if "exit 3" in script:
            until = time.monotonic() + 20
            while "no broker" not in played.said() and time.monotonic() < until:
                time.sleep(0.05)


def test_a_machine_of_its_own_has_no_volume(tmp_path: Path) -> None:
    """What a worker on Fly.io writes to /data is not what the site reads there."""
    (tmp_path / "data").mkdir()
    command = fly.with_own_disk(["sh", "-c", f"echo here > {tmp_path}/data/note"], tmp_path / "data", tmp_path / "own")

    subprocess.run(command, check=True)

    assert not (tmp_path / "data" / "note").exists() or os.geteuid() != 0


def test_upsun_sends_files_with_the_headers_of_their_rule_and_passes_the_rest_on(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    for name in ("a.png", "b.html"):
        (tmp_path / "media" / name).write_text("file", encoding="utf-8")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    rules = {r"\.html$": {"headers": {"X-Rule": "yes"}}}
    locations = {"/": {"passthru": True}, "/media": {"root": "media", "headers": {"X-Place": "yes"}, "rules": rules}}
    port, app_port = free_port(), free_port()
    app = subprocess.Popen([sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(app_port)], cwd=tmp_path)
    try:
        with web_server(port, app_port, lambda path: tmp_path / path, locations):
            browser = Browser(f"http://127.0.0.1:{port}")
            picture, page = browser.get("/media/a.png"), browser.get("/media/b.html")
            until = time.monotonic() + 20
            while browser.get("/secret").status == 502 and time.monotonic() < until:
                time.sleep(0.05)
            passed = browser.get("/secret")
            refused = [browser.get(path).status for path in ("/media/none", "/media/../secret", "/media/", "/media")]
    finally:
        app.terminate()
        app.wait()

    assert (picture.status, picture.headers["X-Place"], picture.headers["Content-Type"]) == (200, "yes", "image/png")
    assert (page.headers["X-Rule"], page.headers["X-Place"]) == ("yes", None)
    assert (passed.status, passed.text) == (200, "secret")
    assert refused == [404, 404, 404, 404]
