"""Heroku, dynos from a git push: https://devcenter.heroku.com/articles/deploying-python"""

from __future__ import annotations

from typing import Any

from ...base.answers import text
from ...base.plan import Shell
from ...base.platform import Accepted, Backups, ByHand, Ci, Declared, File, Made, Platform, Program, Runtime, Values
from ...plan.runs import uploads
from .addons import BUCKETS, CONNECTIONS, DATABASES, KEY_VALUE_STORES, NIGHTLY, OF_BUCKETEER, addons, schedules_backups
from .build import collects_static, needs_package_json, needs_requirements


def _own(answers: Values) -> dict[str, Any]:
    return {
        "collects_static": collects_static(answers),
        "requirements": needs_requirements(answers),
        "package_json": needs_package_json(answers),
        "addons": [{"plan": one.ordered, "attachment": one.attachment} for one in addons(answers)],
        "bucket": OF_BUCKETEER if uploads(answers) == "bucket" else {},
    }


def _accepted(answers: Values) -> Accepted:
    database, dyno = text(answers, "heroku_postgres", "essential-0"), text(answers, "heroku_dyno", "basic")
    return Accepted(CONNECTIONS.get(database, 20), PROCESSES.get(dyno, 2))


def _backups(answers: Values) -> Backups:
    """Plans from Standard up archive every change; provisioning schedules dumps for the others."""
    if schedules_backups(answers):
        words = f"Heroku dumps the database every night at {NIGHTLY}: `heroku pg:backups`."
        return Backups(words, "https://devcenter.heroku.com/articles/heroku-postgres-backups", "2025-02-26")
    words = "Heroku can restore any moment of the last 4 days."
    return Backups(words, "https://devcenter.heroku.com/articles/heroku-postgres-plans", "2024-07-23")


def _replaced(answers: Values) -> dict[str, str]:
    """Since February 2025: https://devcenter.heroku.com/changelog-items/3141"""
    return {
        "runtime.txt": f"replaced by .python-version ({answers.get('django_python_version')}): `git rm runtime.txt`"
    }


def _asks_for(before: Values, answers: Values) -> list[str]:
    old, new = before.get("deploy_name"), answers.get("deploy_name")
    return [f"Rename the app before you deploy: heroku apps:rename {new} --app {old}"] if old and old != new else []


# A month: https://www.heroku.com/pricing/. The default first.
DYNOS = {"basic": 7, "eco": 5, "standard-1x": 25, "standard-2x": 50}
# WEB_CONCURRENCY of a dyno, by its memory: https://devcenter.heroku.com/articles/python-concurrency
PROCESSES = {"eco": 2, "basic": 2, "standard-1x": 2, "standard-2x": 4}
# Sizes that you can scale to; the question does not offer them.
LARGER = {
    "performance-m": 250,
    "performance-l": 500,
    "performance-l-ram": 500,
    "performance-xl": 750,
    "performance-2xl": 1500,
}
HOST = "rehearsal-0123456789ab.herokuapp.com"

# https://devcenter.heroku.com/articles/oauth#scopes
CI = Ci(
    token="HEROKU_API_KEY",
    reaches="every app of the account that creates it",
    make=(
        'heroku authorizations:create --description "deploy {name}" --scope identity,read-protected,write-protected '
        "--expires-in 31536000 --short",
    ),
    note="Heroku has no tokens for a single app: create it with an account that is a collaborator on this app only "
    "(`heroku access:add EMAIL -a {name}`). It is valid for a year.",
    program=Program(
        "11.8.0",
        "https://cli-assets.heroku.com/versions/11.8.0/f6c5342/heroku-v11.8.0-f6c5342-linux-x64.tar.xz",
        "924f2e031305bfc6f39e1d8e929c43bbc0ac0c2f0e56efd1087de0683e6844b2",
        "heroku/bin",
    ),
)
PLATFORM = Platform(
    name="Heroku",
    status="stable",
    choice="a git push; no new features since 2026",
    build="source",
    longest_name=30,
    second_project=False,
    addresses="own",
    files={
        "Procfile": "processes on Heroku",
        ".python-version": File(purpose="Python version on Heroku", marked=False),
        "app.json": "configuration of review apps",
        "requirements.txt": File(purpose="your dependencies, for Heroku", when=needs_requirements),
        "package.json": File(purpose="builds your front end on Heroku", when=needs_package_json),
        "bin/post_compile": File(
            purpose="collects static files on Heroku",
            when=lambda answers: not collects_static(answers),
        ),
    },
    # Each process type of the Procfile is a dyno without persistent disk.
    has={
        "web": Declared(
            DYNOS,
            label="{Plan} dyno",
            labels={"eco": "Eco dynos"},
            several="{count} {plan} dynos",
            plan="heroku_dyno",
            shared=("eco",),
        ),
        "worker": Declared(DYNOS, plan="heroku_dyno"),
        # One more process starts the jobs, because Heroku Scheduler can only be configured in a browser.
        "cron": Declared(),
        "postgres": Made(DATABASES, label="PostgreSQL {plan}", plan="heroku_postgres"),
        "redis": Made(KEY_VALUE_STORES, label="Key-Value Store {plan}", plan="heroku_redis"),
        # An Amazon bucket with its own keys, without an Amazon account.
        "bucket": Made(BUCKETS["hobbyist"], label="Bucketeer bucket"),
        "mail": ByHand("Run `heroku config:set EMAIL_HOST=HOST -a {name}`, and set the other EMAIL_* variables too."),
    },
    runs=Runtime(
        # lib/python_version.sh in heroku/heroku-buildpack-python
        pythons=("3.14", "3.13", "3.12", "3.11", "3.10"),
        code="ephemeral",
        user="dyno",
        grace=30,
        signals_all=True,  # https://devcenter.heroku.com/articles/dyno-shutdown-behavior
        memory=512,
        memories={"standard-2x": 1024},  # https://devcenter.heroku.com/articles/dyno-sizes
        proxy_header=("HTTP_X_FORWARDED_PROTO", "https"),
        ignore_file=".slugignore",
        shell=Shell(folder="", settings=False),
        sets={"DYNO": "web.1", "HEROKU_APP_DEFAULT_DOMAIN_NAME": HOST, "PORT": "8000"},
        variables=r"HEROKU_\w+|DYNO|STACK|SLUG_\w+|SOURCE_VERSION",
        address=HOST,
        adapts_redis=True,  # its certificate is self-signed
    ),
    verbs={
        "logs": "heroku logs --tail -a {name}",
        "shell": "heroku run -a {name} -- bash",
        "run": "heroku run -a {name} -- {words}",
        "open": "heroku open -a {name}",
    },
    currency="USD",
    prices_seen="2026-11-22",
    prices="https://www.heroku.com/pricing",
    backups=_backups,
    accepted=_accepted,
    own=_own,
    there="there",
    checks="checks",
    adapter="provision",
    ci=CI,
    replaced=_replaced,
    asks_for=_asks_for,
)
