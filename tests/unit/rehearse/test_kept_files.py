"""What files of the user's own mean for the verdict: what is known to be missing fails, another way may be right too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.rehearse.kept_files import check_kept_files
from deploy_overlay.rehearse.results import Results

ANSWERS: dict[str, Any] = {
    "deploy_package": "deploy", "deploy_database": "postgres", "deploy_name": "shop", "django_root": ".",
    "django_wsgi": "shop.wsgi:application",
}  # fmt: skip
UPSUN = """\
applications:
  app:
    variables: {env: {DJANGO_SETTINGS_MODULE: deploy.settings}}
    hooks: {build: collectstatic, deploy: migrate}
    mounts: {deploy-data: {source: storage}}
    relationships: {database: {service: database, endpoint: postgresql}}
    web: {commands: {start: %s}}
"""
RELEASE = "release: python manage.py migrate\n"


@pytest.mark.parametrize(
    ("platform", "path", "text", "judged"),
    [
        ("heroku", "Procfile", f"web: gunicorn -c deploy/gunicorn.conf.py\n{RELEASE}", "right"),
        ("heroku", "Procfile", f"web: gunicorn shop.wsgi\n{RELEASE}", "unknown"),
        ("heroku", "Procfile", "web: gunicorn -c deploy/gunicorn.conf.py\n", "wrong"),
        ("upsun", ".upsun/config.yaml", UPSUN % "gunicorn -c deploy/gunicorn.conf.py", "right"),
        ("upsun", ".upsun/config.yaml", UPSUN % "gunicorn --bind unix:$SOCKET shop.wsgi", "unknown"),
        ("upsun", ".upsun/config.yaml", UPSUN % "python manage.py runserver $PORT", "wrong"),
        ("upsun", ".upsun/config.yaml", UPSUN % '""', "wrong"),
    ],
)
def test_another_way_is_not_tested_and_not_called_wrong(
    platform: str, path: str, text: str, judged: str, tmp_path: Path
) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text, encoding="utf-8")
    answers = ANSWERS | {"deploy_platforms": [platform], "deploy_kept_files": [path]}
    results = Results(lambda line: None)

    outcome = check_kept_files(Answers(tmp_path, ".copier-answers.yml", answers), results)

    assert (outcome is not None, len(results.unproven)) == (judged == "wrong", int(judged == "unknown")), outcome
    assert all(sentence.startswith(f"{path}, which ") for sentence in results.unproven)
