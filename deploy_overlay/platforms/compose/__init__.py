"""Your own server, or a panel that reads compose files: https://docs.docker.com/compose/"""

from __future__ import annotations

from ...base.plan import Shell
from ...base.platform import Accepted, ByHand, Declared, Platform, Runtime, Values
from ...plan.names import database_name


def _own(answers: Values) -> dict[str, str]:
    """The name of the database and its user."""
    return {"database": database_name(str(answers.get("deploy_name") or "site"))}


PLATFORM = Platform(
    name="Docker Compose",
    status="preliminary",
    choice="your server or a panel",
    build="image",
    builds_folder=True,
    longest_name=63,  # a Compose project, whose name is in its containers' names
    second_project=True,
    addresses="domains",
    files={},
    in_folder={
        "compose.yaml": "the site and its services, for Docker Compose",
        "compose.server.yaml": "connects the site to the proxy, on a server without a panel",
        "proxy.yaml": "the proxy, with HTTPS, for all sites on the server",
        "rollout.sh": "deploys on that server",
        ".gitignore": "keeps secrets out of git",
    },
    has={
        "web": Declared(),
        "worker": Declared(),
        "cron": Declared(),
        "postgres": Declared(),
        "redis": Declared(),
        "volume": Declared(),
        "bucket": ByHand(
            "Create a bucket at any S3 service, and write `AWS_STORAGE_BUCKET_NAME`, `AWS_ACCESS_KEY_ID` and "
            "`AWS_SECRET_ACCESS_KEY` into the .env file, and `AWS_ENDPOINT_URL_S3` if it is not Amazon's."
        ),
        "mail": ByHand("Write `EMAIL_HOST` and the other EMAIL_* variables into the .env file."),
    },
    runs=Runtime(
        code="read-only",
        user="app",
        grace=30,
        memory=512,
        # Caddy and panels' proxies set it, and visitors reach the site only through them, because it publishes no port.
        # https://caddyserver.com/docs/caddyfile/directives/reverse_proxy#defaults
        proxy_header=("HTTP_X_FORWARDED_PROTO", "https"),
        ignore_file=".dockerignore",
        shell=Shell(joins=False),
        sets={"DEPLOY_PLATFORM": "compose", "PORT": "8000"},
        one_machine=True,
    ),
    verbs={
        "logs": "docker compose -p {name} logs --follow",
        "shell": "docker compose -p {name} exec web sh",
        "run": "docker compose -p {name} exec web {words}",
    },
    currency="EUR",
    prices_seen="2026-11-29",
    prices="https://docs.docker.com/compose/",
    own=_own,
    accepted=lambda answers: Accepted(),
    postgres_version="compose_postgres",
    quoted=lambda answers: "the server's price",
    by_hand="run `git pull` and `sh {folder}/rollout.sh` on your server, or `git push` if a panel deploys it",
)
