"""Upsun, from `git push`; Flex, and Fixed (formerly Platform.sh): https://docs.upsun.com/get-started/stacks/django.html"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from ...base.answers import texts
from ...base.plan import Shell
from ...base.platform import Backups, ByHand, Ci, Declared, File, Platform, Program, Runtime, Values
from ...plan.runs import redis_is_made

# The files of each flavour. If the user has one of them, all are the user's.
FLEX = (".upsun/config.yaml",)
FIXED = (".platform.app.yaml", ".platform/routes.yaml", ".platform/services.yaml")


def _flavour(answers: Values) -> str:
    return str(answers.get("upsun_flavour") or "flex")


def kept(answers: Values) -> list[str]:
    """The user's files of the chosen flavour."""
    files = FLEX if _flavour(answers) == "flex" else FIXED
    return [path for path in texts(answers, "deploy_kept_files") if path in files]


def _of(flavour: str) -> Callable[[Values], bool]:
    def when(answers: Values) -> bool:
        return _flavour(answers) == flavour and not (flavour == "fixed" and kept(answers))

    return when


def _has_services(answers: Values) -> bool:
    return answers.get("deploy_database") == "postgres" or redis_is_made(answers)


def _own(answers: Values) -> dict[str, list[str]]:
    return {"kept": kept(answers)}


def _quoted(answers: Values) -> str:
    """Plans of Fixed have their prices on a page."""
    fixed = _flavour(answers) == "fixed"
    return f"the plan {answers.get('upsun_plan')}: https://upsun.com/pricing-fixed/" if fixed else ""


def _backups(answers: Values) -> Backups:
    what = "Upsun backs up the database and files of production every day"
    if _flavour(answers) == "fixed":
        words = f"{what}; your plan's backup schedule decides how long it keeps them (Basic: 2 days)."
        return Backups(words, "https://fixed.docs.upsun.com/environments/backup.html", "2026-08-17")
    words = f"{what} and keeps them for 2 days: `upsun backup:list`."
    return Backups(words, "https://docs.upsun.com/environments/backup.html", "2026-08-17")


def _replaced(answers: Values) -> dict[str, str]:
    """Flex reads only its folder: https://docs.upsun.com/create-apps/app-reference/single-runtime-image.html"""
    fixed = _flavour(answers) == "fixed"
    return {} if fixed else {".platform.app.yaml": "only for Fixed: git rm it after the move"}


def _asks_for(before: Values, answers: Values) -> list[str]:
    old, new = before.get("upsun_flavour"), answers.get("upsun_flavour")
    if not old or old == new:
        return []
    return [f"Upsun cannot change a project from {old} to {new}. Create one, move the data, then move the domain."]


HOST = "rehearsal.upsunapp.com"
ROUTES = {f"https://{HOST}/": {"primary": True, "type": "upstream", "upstream": "app"}}

# https://docs.upsun.com/administration/cli/api-tokens.html
CI = Ci(
    token="UPSUN_CLI_TOKEN",
    reaches="everything that its account can do",
    make=("upsun user:add EMAIL --role viewer --role production:contributor",),
    note="EMAIL is a separate account for CI. Log in with it and create an API token in the console: My "
    "profile, API tokens.",
    program=Program(
        "5.10.8",
        "https://github.com/upsun/cli/releases/download/v5.10.8/upsun_5.10.8_linux_amd64.tar.gz",
        "ca629954b6af1a219aac3bddcd8bf10954c7a8f9b660f4796c9a904d075d88fc",
    ),
)
PLATFORM = Platform(
    name="Upsun",
    status="stable",
    choice="a copy of the site for each branch",
    build="source",
    clones_over_ssh="add the public key of the Upsun project to that repository as a deploy key "
    "(https://docs.upsun.com/development/private-repository.html)",
    longest_name=63,
    second_project=False,
    production=".",  # the project's default environment
    addresses="own",
    files={
        ".upsun/config.yaml": File(purpose="configuration of Upsun", when=_of("flex")),
        ".platform.app.yaml": File(purpose="configuration of Upsun Fixed", when=_of("fixed")),
        ".platform/routes.yaml": File(purpose="its addresses", when=_of("fixed")),
        ".platform/services.yaml": File(
            purpose="its services",
            when=lambda answers: _of("fixed")(answers) and _has_services(answers),
        ),
    },
    # With Flex's smallest sizes; the mount for files is part of the app.
    has={
        "web": Declared(6, label="app"),
        "worker": Declared(6, label="worker", several="{count} workers"),
        "cron": Declared(),  # runs in the app's container
        "postgres": Declared(10, label="database"),
        "redis": Declared(10, label="Redis"),
        "volume": Declared(),  # one disk for all instances, or for one with SQLite
        "bucket": ByHand(
            "Run `upsun variable:create --level project --prefix env --name AWS_SECRET_ACCESS_KEY --sensitive true`, and "
            "set the other AWS_* variables too, for django-storages."
        ),
        "mail": ByHand(
            "Run `upsun variable:create --level project --prefix env --name EMAIL_HOST`, and set the other EMAIL_* variables too."
        ),
    },
    runs=Runtime(
        # https://docs.upsun.com/languages/python.html#supported-versions; older images than 3.13 get no updates.
        pythons=("3.13", "3.14", "3.12", "3.11", "3.10"),
        code="read-only",
        user="web",
        grace=15,
        memory=256,
        proxy_header=("HTTP_X_FORWARDED_PROTO", "https"),
        buffers=True,
        ignore_file="",
        postgres="18",
        shell=Shell(folder="django_source_root", programs=".venv/bin", replaced=True),
        # https://docs.upsun.com/development/variables/use-variables.html
        sets={
            "PLATFORM_APP_DIR": "{app}",
            "PLATFORM_APPLICATION_NAME": "app",
            "PLATFORM_ENVIRONMENT": "rehearsal",
            "PLATFORM_ROUTES": base64.b64encode(json.dumps(ROUTES).encode()).decode(),
            "PORT": "8000",
        },
        variables=r"PLATFORM_\w+",
        address=HOST,
        writable=("deploy-data",),  # a mount of the rendered configuration
        crons=True,
        serves_media=True,
    ),
    verbs={
        # Without --environment, the CLI uses the current branch's.
        "logs": "upsun log app --tail --environment {environment}",
        "shell": "upsun ssh --environment {environment}",
        "run": 'upsun ssh --environment {environment} "{command}"',
        "open": "upsun url --primary --environment {environment}",
    },
    currency="EUR",
    prices_seen="2026-11-22",
    prices="https://upsun.com/pricing/",
    estimate="about",
    fixed={"project": 9, "user": 10},
    backups=_backups,
    own=_own,
    quoted=_quoted,
    there="there",
    checks="checks",
    adapter="provision",
    ci=CI,
    replaced=_replaced,
    asks_for=_asks_for,
)
