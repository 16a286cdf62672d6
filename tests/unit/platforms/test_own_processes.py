"""Which processes a file of the user's starts: by their name, or by what is run."""

from __future__ import annotations

import pytest

from deploy_overlay.base.plan import Process
from deploy_overlay.platforms.own_processes import not_started


def process(name: str, command: str) -> Process:
    return Process(name=name, kind="worker", command=command, state="started")


WORKER = process("worker", "celery --app shop worker --loglevel info")
BEAT = process("beat", "celery --app shop beat")


@pytest.mark.parametrize(
    ("listed", "lacking"),
    [
        ({}, ["worker", "beat"]),
        ({"worker": "anything", "Beat": "anything"}, []),
        ({"jobs": "celery --app shop worker --concurrency 2"}, ["beat"]),
        ({"jobs": "cd src && exec .venv/bin/celery -A shop worker", "clock": "/app/.venv/bin/celery beat -A shop"}, []),
        ({"worker-of-others": "python -m other"}, ["worker", "beat"]),
        ({"web": None}, ["worker", "beat"]),
    ],
)
def test_each_is_known_by_its_name_or_by_what_its_command_runs(listed: dict[str, object], lacking: list[str]) -> None:
    assert [one.name for one in not_started([WORKER, BEAT], listed)] == lacking
