"""What the user's own Upsun configuration lacks of what the owner chose to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.platforms.upsun.checks import gaps

ANSWERS: dict[str, Any] = {
    "deploy_kept_files": [".upsun/config.yaml"],
    "deploy_database": "postgres",
    "django_workers": [{"service": "celery", "name": "worker", "command": "celery --app shop worker"}],
    "django_schedule": [
        {"name": "import", "command": "python -m django import", "schedule": "0 4 * * *", "source": "project"}
    ],
    "django_stores": [{"kind": "redis", "roles": ["queue"], "variables": [], "fixed": []}],
    "django_uploads": {"store": "disk", "access": "public", "path": "/media/"},
}
CHOSEN = {"deploy_runs": ["worker", "cron"], "deploy_redis": "platform", "deploy_uploads": "volume"}
PLAIN = """\
applications:
  app:
    variables: {env: {DJANGO_SETTINGS_MODULE: deploy.settings}}
    hooks: {build: collectstatic, deploy: migrate}
    mounts: {deploy-data: {source: storage}}
    relationships: {database: {service: database, endpoint: postgresql}%s}
    web: {commands: {start: gunicorn -c deploy/gunicorn.conf.py}, locations: {"/": {passthru: true}%s}}
"""
WHOLE = """\
    workers: {queue: {commands: {start: cd . && exec .venv/bin/celery --app shop worker}}}
    crons: {import: {spec: "0 4 * * *", commands: {start: .venv/bin/python -m django import}}}
"""
MEDIA = ', "/media": {root: deploy-data/media}'


def gaps_of(root: Path, content: str, **answers: Any) -> str:
    (root / ".upsun").mkdir(exist_ok=True)
    (root / ".upsun" / "config.yaml").write_text(content, encoding="utf-8")
    return "\n".join(text for _, text in gaps(root, ANSWERS | answers))


@pytest.mark.parametrize("lacking", ["does not start worker", "does not run import", "has no Redis", "uploaded files"])
def test_what_was_chosen_and_is_not_in_the_file_is_named(tmp_path: Path, lacking: str) -> None:
    assert lacking in gaps_of(tmp_path, PLAIN % ("", ""), **CHOSEN)


def test_a_file_that_has_everything_lacks_nothing(tmp_path: Path) -> None:
    redis = ", cache: {service: cache, endpoint: redis}"

    assert gaps_of(tmp_path, PLAIN % (redis, MEDIA) + WHOLE, **CHOSEN) == ""


def test_what_was_not_chosen_is_not_asked_for(tmp_path: Path) -> None:
    assert gaps_of(tmp_path, PLAIN % ("", "")) == ""
