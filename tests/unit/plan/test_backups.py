"""The nightly dump: which platforms need one of ours, what it takes, and what is said where there is none."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.ask.platforms import backups_problem
from deploy_overlay.base.answers import Answers
from deploy_overlay.base.message import with_help_link
from deploy_overlay.plan import plan
from deploy_overlay.plan.backups import dump_version
from deploy_overlay.plan.missing import missing
from deploy_overlay.plan.packages import wanted
from deploy_overlay.platforms import platform
from tests.support.anchors import note, shows

CHOSEN: dict[str, Any] = {
    "deploy_database": "postgres",
    "deploy_backups": "bucket",
    "compose_postgres": "17",
    "deploy_domains": "example.com",
}
BUCKET = {"BACKUP_BUCKET", "BACKUP_ACCESS_KEY_ID", "BACKUP_SECRET_ACCESS_KEY"}


def test_what_is_chosen_runs_and_asks_for_its_bucket() -> None:
    site = plan(CHOSEN, platform("compose"))

    assert [(one.name, one.kind, one.command) for one in site.beside] == [
        ("backup", "scheduler", "python deploy/backup.py")
    ]
    assert {*site.variables} == BUCKET
    assert {*site.of_backup} == BUCKET | {"BACKUP_REGION", "BACKUP_ENDPOINT_URL", "BACKUP_HEARTBEAT_URL"}
    assert "every night" in site.backups.words
    assert missing(CHOSEN, platform("compose")) == []


def test_where_the_platform_starts_jobs_it_is_one_of_them() -> None:
    compose = platform("compose")
    site = plan(CHOSEN, dataclasses.replace(compose, runs=compose.runs._replace(crons=True)))

    assert site.beside == ()
    assert [(one.name, one.command, one.schedule) for one in site.jobs] == [
        ("backup", "python deploy/backup.py now", "17 3 * * *")
    ]


def test_two_extensions_that_no_image_has_together_are_told() -> None:
    both = CHOSEN | {"django_services": ["pgvector", "postgis"]}

    assert [one.text for one in missing(both, platform("compose"))] == [
        "PostgreSQL's image has PostGIS but not pgvector: name one that has both"
    ]
    assert missing(both, platform("heroku")) == []
    assert missing(CHOSEN | {"django_services": ["pgvector"]}, platform("compose")) == []


def test_what_is_not_chosen_is_missing_and_runs_nothing() -> None:
    answers = CHOSEN | {"deploy_backups": "none"}
    site = plan(answers, platform("compose"))

    assert site.beside == () and not BUCKET & {*site.variables}
    assert [(one.text, one.option) for one in missing(answers, platform("compose"))] == [
        ("The database is not backed up", "deploy_backups=bucket")
    ]
    assert site.backups.words.startswith("Nothing backs up the database")


@shows("answer-deploy-backups")
@pytest.mark.parametrize("name", ["fly", "heroku", "upsun"])
def test_a_platform_with_backups_of_its_own_gets_none_of_ours(name: str) -> None:
    site = plan(CHOSEN, platform(name))

    assert not [one for one in site.processes if one.name == "backup"] and not site.of_backup
    assert "backed up" not in str(missing(CHOSEN, platform(name)))
    assert not backups_problem("none", [name])
    note(with_help_link(backups_problem("bucket", [name]), "answer-deploy-backups"))
    assert not backups_problem("bucket", [name, "compose"])


@pytest.mark.parametrize("name", ["compose", "kamal"])
def test_a_file_on_a_volume_is_dumped_too_and_needs_no_programs_of_postgresql(name: str) -> None:
    answers = CHOSEN | {"deploy_database": "sqlite"}
    site = plan(answers, platform(name))

    assert [one.command for one in site.beside] == ["python deploy/backup.py"]
    assert {*site.variables} == BUCKET
    assert dump_version(answers, [platform(name)]) == ""
    assert [one.text for one in missing(answers | {"deploy_backups": "none"}, platform(name))] == [
        "The database is not backed up"
    ]


def test_a_database_that_is_not_the_platforms_is_left_to_its_owner() -> None:
    site = plan(CHOSEN | {"deploy_database": "external"}, platform("compose"))

    assert not site.of_backup and not [one for one in site.processes if one.name == "backup"]


def test_a_worker_with_the_name_of_the_process_keeps_out_of_its_way() -> None:
    own = {"service": "celery", "name": "backup", "command": "celery --app shop worker"}
    site = plan(CHOSEN | {"deploy_runs": ["worker"], "django_workers": [own]}, platform("compose"))

    assert [one.name for one in site.beside] == ["celery-backup", "backup"]


def test_the_image_has_the_programs_of_the_newest_server_and_the_client_of_buckets() -> None:
    compose = platform("compose")
    other = dataclasses.replace(compose, postgres_version="other_postgres")

    assert dump_version(CHOSEN | {"other_postgres": "9"}, [compose, other, platform("fly")]) == "17"
    assert dump_version(CHOSEN, [platform("fly")]) == ""
    assert any(one.startswith("boto3") for one in wanted(Answers(Path(), "", CHOSEN)))
    assert not any(one.startswith("boto3") for one in wanted(Answers(Path(), "", CHOSEN | {"deploy_backups": "none"})))
