"""Fly.io: what fly.toml says of ports, signals, checks and migrations. https://fly.io/docs/reference/configuration/"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from tests.support import apply_overlay
from tests.template.conftest import small_project


def configuration(root: Path, template: Path, **answers: object) -> dict[str, Any]:
    project = small_project(root)
    done = apply_overlay(project, template, "--skip-tasks", **{"deploy_platforms": ["fly"]} | answers)
    assert done.returncode == 0, done.stderr
    return tomllib.loads((root / "fly.toml").read_text(encoding="utf-8"))


def test_the_port_is_the_one_that_the_server_listens_on(template: Path, tmp_path: Path) -> None:
    found = configuration(tmp_path / "library", template, fly_region="fra")

    assert found["env"]["PORT"] == str(found["http_service"]["internal_port"])
    assert found["primary_region"] == "fra"
    assert found["http_service"]["checks"][0]["path"] == "/healthz"


def test_it_stops_by_sigterm_and_gunicorn_is_done_before_the_machine_is(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "library"
    found = configuration(root, template)

    assert found["kill_signal"] == "SIGTERM"
    server = (root / "deploy" / "gunicorn.conf.py").read_text(encoding="utf-8")
    graceful = int(re.findall(r"^graceful_timeout = (\d+)", server, re.MULTILINE)[0])
    assert graceful < int(found["kill_timeout"].removesuffix("s"))


def test_migrations_run_once_for_each_release_or_where_the_volume_is(template: Path, tmp_path: Path) -> None:
    postgres = configuration(tmp_path / "postgres", template)
    sqlite = configuration(tmp_path / "sqlite", template, deploy_database="sqlite")

    assert "migrate" in postgres["deploy"]["release_command"] and "mounts" not in postgres
    assert "deploy" not in sqlite and sqlite["mounts"]["destination"] == "/data"


def test_workers_and_redis_are_there_for_who_wants_them(template: Path, tmp_path: Path) -> None:
    """In fly.toml the block is valid, and what has no `processes` belongs to `app`: https://fly.io/docs/launch/processes/"""
    worker = {"name": "worker", "service": "celery", "command": "celery --app shop worker --loglevel INFO"}
    beat = {"name": "beat", "service": "celery", "command": "celery --app shop beat"}
    services = {"django_services": ["celery", "redis"], "django_workers": [worker, beat]}
    root = tmp_path / "library"

    assert "processes" not in configuration(root, template, **services)

    told = (root / "deploy" / "README.md").read_text(encoding="utf-8")
    assert "fly redis create --name library-redis --region iad" in told
    block = re.findall(r"^    \[processes\]\n(?:      .+\n)+", told, re.MULTILINE)[0]
    fly = (root / "fly.toml").read_text(encoding="utf-8")
    found = tomllib.loads(fly.replace("[http_service]\n", f"{block}\n[http_service]\n", 1))
    image = re.findall(r"^CMD (.+)$", (root / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found["processes"] == {
        "app": " ".join(json.loads(image[-1])),
        "worker": worker["command"],
        "beat": beat["command"],
    }
    assert found["http_service"]["internal_port"] == 8000
