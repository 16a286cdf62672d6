"""What a fly.toml of the user's lacks of what the owner chose to run and keep. https://fly.io/docs/launch/processes/"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.platforms import gaps

OWN = """app = "shop"
kill_signal = "SIGTERM"
[build]
  dockerfile = "Dockerfile"
[deploy]
  release_command = "python manage.py migrate"
"""
SERVICE = "[http_service]\n  internal_port = 8000\n"
SERVES = f'{SERVICE}  processes = ["web"]\n'
CHOSEN: dict[str, Any] = {
    "deploy_platforms": ["fly"],
    "deploy_name": "shop",
    "deploy_kept_files": ["fly.toml"],
    "deploy_package": "deploy",
    "deploy_folder": "deploy",
    "deploy_database": "postgres",
    "django_workers": [
        {"service": "celery", "name": "worker", "command": "celery -A shop worker"},
        {"service": "celery", "name": "beat", "command": "celery -A shop beat"},
    ],
    "deploy_runs": ["worker", "scheduler"],
}
UPLOADS = {
    "django_uploads": {"store": "disk", "access": "private", "path": "/media/"},
    "deploy_uploads": "volume",
    "deploy_runs": [],
}


@pytest.mark.parametrize(
    ("text", "answers", "told"),
    [
        (
            SERVICE,
            {},
            [
                'does not start worker, beat: add `[processes]` with `app = "gunicorn -c deploy/gunicorn.conf.py"`, '
                '`worker = "celery -A shop worker --concurrency 2"`, `beat = "celery -A shop beat"`',
                'does not say which process serves requests: write `processes = ["app"]` below its HTTP service',
            ],
        ),
        (
            f'[processes]\n  web = "gunicorn"\n  queue = "celery -A shop worker -l info"\n{SERVES}',
            {},
            ['does not start beat: add `beat = "celery -A shop beat"` below `[processes]`'],
        ),
        (
            f'[processes]\n  web = "gunicorn"\n  worker = "other"\n  beat = "other"\n{SERVICE}',
            {},
            ['does not say which process serves requests: write `processes = ["web"]` below its HTTP service'],
        ),
        (f'[processes]\n  web = "gunicorn"\n  worker = "other"\n  beat = "other"\n{SERVES}', {}, []),
        (SERVICE, {"deploy_runs": []}, []),
        (
            SERVICE,
            UPLOADS,
            ['has no volume for uploaded files: add `[mounts]` with `source = "data"` and `destination = "/data"`'],
        ),
        (f'{SERVICE}[mounts]\n  source = "files"\n  destination = "/data/"\n', UPLOADS, []),
    ],
    ids=["no processes", "one lacks", "nothing serves", "all there", "nothing chosen", "no volume", "volume"],
)
def test_what_was_chosen_and_is_not_in_a_kept_file_is_told(
    tmp_path: Path, text: str, answers: dict[str, Any], told: list[str]
) -> None:
    (tmp_path / "fly.toml").write_text(OWN + text, encoding="utf-8")

    found = gaps(Answers(tmp_path, ".copier-answers.yml", CHOSEN | answers))

    assert found == [("fly.toml", one) for one in told]
