"""A server of one's own, and panels that take a compose file: https://docs.docker.com/compose/"""

from __future__ import annotations

from ...base.plan import Shell
from ...base.platform import ByHand, Declared, Platform, Runtime, Values
from ...plan.names import database_name


def _own(answers: Values) -> dict[str, str]:
    """The user and the name of the database, which nobody sees."""
    return {"database": database_name(str(answers.get("deploy_name") or "site"))}


PLATFORM = Platform(
    name="Docker Compose",
    status="preliminary",
    choice="your server or a panel",
    build="image",
    builds_folder=True,
    longest_name=63,  # of a Compose project, whose name is in those of its containers
    second_project=True,
    addresses="domains",
    files={},
    in_folder={
        "compose.yaml": "the site, its database and what else it needs, for Docker Compose",
        "compose.server.yaml": "connects the site with the proxy, on a server without a panel",
        "proxy.yaml": "that proxy, with HTTPS, which all sites of the server share",
        "rollout.sh": "deploys a change there",
        ".gitignore": "keeps the values of variables out of git",
    },
    has={
        "web": Declared(),
        "worker": Declared(),
        "cron": Declared(),
        "postgres": Declared(),
        "redis": Declared(),
        "volume": Declared(),
        "bucket": ByHand(
            "Create a bucket of any S3 service, and write `AWS_STORAGE_BUCKET_NAME`, `AWS_ACCESS_KEY_ID` and "
            "`AWS_SECRET_ACCESS_KEY` into the file of variables, with `AWS_ENDPOINT_URL_S3` where it is not Amazon's."
        ),
        "mail": ByHand("Write `EMAIL_HOST` and the other EMAIL_* variables into the file of variables."),
    },
    runs=Runtime(
        code="read-only",
        user="app",
        grace=30,
        memory=512,
        # Caddy and the proxies of panels set it themselves, and visitors reach the site through them alone: it publishes no port.
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
    postgres_version="compose_postgres",
    quoted=lambda answers: "the server's price",
    by_hand="run `git pull` and `sh {folder}/rollout.sh` in the clone on your server, or `git push` where a panel deploys it",
)
