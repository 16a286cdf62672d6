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


WORKER = {"name": "worker", "service": "celery", "command": "celery --app shop worker --concurrency 1"}
BEAT = {"name": "beat", "service": "celery", "command": "celery --app shop beat"}
NIGHTLY = {"name": "nightly", "command": "python -m django nightly", "schedule": "0 3 * * *", "source": "project"}
SHOP = {
    "django_workers": [WORKER, BEAT],
    "django_schedule": [NIGHTLY],
    "django_services": ["celery", "redis"],
    "django_stores": [{"kind": "redis", "roles": ["queue"], "variables": [], "fixed": []}],
    "django_uploads": {"store": "disk", "access": "private", "path": "/media/"},
}


def test_what_is_not_chosen_is_not_in_fly_toml_and_named_with_its_price(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "library"
    found = configuration(root, template, **SHOP)

    assert not {"processes", "restart", "mounts"} & {*found} and "processes" not in found["http_service"]
    told = (root / "deploy" / "README.md").read_text(encoding="utf-8")
    assert 'deploy-overlay set "deploy_runs=[worker,scheduler,cron]"` ($11.07 a month more)' in told
    assert 'deploy-overlay set "deploy_redis=platform"` ($10 a month more)' in told
    assert 'deploy-overlay set "deploy_uploads=bucket"`' in told


def test_what_is_chosen_runs_beside_the_server_which_alone_is_reached_and_has_the_volume(
    template: Path, tmp_path: Path
) -> None:
    root = tmp_path / "library"
    chosen = {"deploy_runs": ["worker", "scheduler", "cron"], "deploy_redis": "platform", "deploy_uploads": "volume"}
    found = configuration(root, template, **SHOP, **chosen)

    processes = found["processes"]
    image = re.findall(r"^CMD (.+)$", (root / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert list(processes) == ["app", "worker", "beat", "clock"]
    assert processes["app"] == " ".join(json.loads(image[-1])), "the name that Machines have before there are processes"
    for name, command in (
        ("worker", WORKER["command"]),
        ("beat", BEAT["command"]),
        ("clock", "python -m deploy.schedule"),
    ):
        # The image starts as root, to give the volume to the server's user.
        assert processes[name].startswith("setpriv --reuid=app") and processes[name].endswith(command)
    assert found["http_service"]["processes"] == found["mounts"]["processes"] == ["app"]
    assert found["restart"] == [{"policy": "always", "processes": ["worker", "beat", "clock"]}]
    assert "migrate" in found["deploy"]["release_command"]
    told = (root / "deploy" / "README.md").read_text(encoding="utf-8")
    assert "fly redis create --name library-redis --region iad" in told
    assert "Never scale `beat` or `clock` above one Machine" in told


def test_with_a_bucket_nothing_needs_root_or_a_volume(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "library"
    found = configuration(root, template, **SHOP, deploy_runs=["worker"], deploy_uploads="bucket")

    assert found["processes"]["worker"] == WORKER["command"] and "mounts" not in found
    assert "fly storage create -a library" in (root / "deploy" / "README.md").read_text(encoding="utf-8")
