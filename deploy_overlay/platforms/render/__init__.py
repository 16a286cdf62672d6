"""Render, services that a Blueprint declares: https://render.com/docs/blueprint-spec"""

from __future__ import annotations

from typing import Any

from ...base.plan import Shell
from ...base.platform import Accepted, Backups, ByHand, Declared, File, Platform, Runtime, Values
from . import prices
from .commands import FREE, commands, is_free, scripted
from .stores import DATABASE, REDIS, STORES

HOST = "rehearsal.onrender.com"


def _own(answers: Values) -> dict[str, Any]:
    """For render.yaml and render.sh: each process's command by name, those that need the script, and the stores' names."""
    stores = {one.resource: one.named(str(answers.get("deploy_name"))) for one in STORES}
    return {"free": is_free(answers), "commands": commands(answers), "scripted": scripted(answers), "stores": stores}


def _backups(answers: Values) -> Backups:
    if answers.get("deploy_database") == "sqlite":
        words = "Render takes a snapshot of the disk every day and keeps it for 7 days. You can only restore the whole disk."
        return Backups(words, "https://render.com/docs/disks", "2026-08-18")
    if is_free(answers):
        words = "Render does not back up free databases and deletes them 44 days after creation: run `deploy-overlay backup`."
        return Backups(words, "https://render.com/docs/free", "2026-08-18")
    words = "Render can restore any moment of the last 3 days."
    return Backups(words, "https://render.com/docs/postgresql-backups", "2026-08-18")


PLATFORM = Platform(
    name="Render",
    status="preliminary",
    choice="services from git, also free",
    build="image",
    longest_name=63,  # a DNS label
    second_project=True,
    addresses="own",
    # With several projects, each has its own Blueprint in its own folder.
    files={
        "render.yaml": File(purpose="the Blueprint for Render", when=lambda answers: not answers.get("deploy_beside"))
    },
    in_folder={
        "render.yaml": File(
            purpose="the Blueprint for Render", when=lambda answers: bool(answers.get("deploy_beside"))
        ),
        "render.sh": File(
            purpose="commands that need a shell, on Render", when=lambda answers: bool(scripted(answers))
        ),
    },
    has={
        "web": Declared({"starter": prices.STARTER, FREE: 0}, label="Starter instance", plan="render_plan"),
        "worker": Declared(prices.STARTER, label="further instance", several="{count} further instances"),
        "cron": Declared(prices.CRON, label="cron job from"),
        "postgres": Declared(
            {"starter": DATABASE.price, FREE: 0}, label=f"PostgreSQL with {prices.DISK_SIZE} GB", plan="render_plan"
        ),
        "redis": Declared({"starter": REDIS.price, FREE: 0}, label=REDIS.title, plan="render_plan"),
        "volume": Declared(prices.DISK, label="disk", holders=1),
        "bucket": ByHand(
            "Create a bucket at any S3 service, then run `deploy-overlay env set AWS_STORAGE_BUCKET_NAME=BUCKET`, and set "
            "`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` too, and `AWS_ENDPOINT_URL_S3` if it is not Amazon's."
        ),
        "mail": ByHand("Run `deploy-overlay env set EMAIL_HOST=HOST`, and set the other EMAIL_* variables too."),
    },
    runs=Runtime(
        code="ephemeral",
        user="app",
        grace=30,  # maxShutdownDelaySeconds
        memory=512,
        proxy_header=("HTTP_X_FORWARDED_PROTO", "https"),
        ignore_file=".dockerignore",
        shell=Shell(joins=False),
        sets={"RENDER": "true", "RENDER_EXTERNAL_HOSTNAME": HOST, "PORT": "10000"},
        variables=r"RENDER(_\w+)?|IS_PULL_REQUEST",
        address=HOST,
        crons=True,
    ),
    # https://render.com/docs/cli
    verbs={
        "logs": "render logs",
        "shell": "render ssh {name}",
        "run": "render ssh {name} -- -t {words}",
    },
    currency="USD",
    prices_seen=prices.SEEN,
    prices="https://render.com/pricing",
    there="there",
    checks="checks",
    adapter="provision",
    backups=_backups,
    # Of 100, some are PostgreSQL's own: https://render.com/tutorials/postgres-on-render/connection-limits-and-pooling
    accepted=lambda answers: Accepted(90, overlaps=True),
    own=_own,
)
