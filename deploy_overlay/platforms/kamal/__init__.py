"""A server of one's own by Kamal, which replaces each container once the new one answers: https://kamal-deploy.org/docs/"""

from __future__ import annotations

from ...base.plan import Shell
from ...base.platform import ByHand, Declared, File, Platform, Runtime, Values
from .files import own


def _has_staging(answers: Values) -> bool:
    return bool(answers.get("kamal_staging"))


PLATFORM = Platform(
    name="Kamal",
    status="preliminary",
    choice="your server",
    build="registry",
    registry="localhost:5555",  # https://kamal-deploy.org/docs/configuration/docker-registry/
    longest_name=40,  # what Docker calls a container has the role and the commit behind it
    second_project=False,
    addresses="domains",
    files={
        "config/deploy.yml": "how Kamal runs the site, its database and what else it needs",
        ".kamal/secrets": "where Kamal finds the values of variables",
        ".kamal/hooks/pre-build": "rehearses before a version is built",
        ".kamal/hooks/pre-deploy": "stops a deployment whose variables have no value",
        ".kamal/hooks/pre-app-boot": "migrates before the new version gets visitors",
        "config/deploy.staging.yml": File("the same of staging", when=_has_staging),
        ".kamal/secrets.staging": File("the same of staging", when=_has_staging),
    },
    in_folder={".gitignore": "keeps the values of variables out of git"},
    has={
        "web": Declared(),
        "worker": Declared(),
        "cron": Declared(),
        "postgres": Declared(existing="kamal_postgres_site"),
        "redis": Declared(),
        "volume": Declared(),
        "bucket": ByHand(
            "Create a bucket of any S3 service, and give `AWS_STORAGE_BUCKET_NAME`, `AWS_ACCESS_KEY_ID` and "
            "`AWS_SECRET_ACCESS_KEY` a value. Where it is not Amazon's, add `AWS_ENDPOINT_URL_S3` to `.kamal/secrets` and to "
            "`env` in `config/deploy.yml` too."
        ),
        "mail": ByHand(
            "Add `EMAIL_HOST` and the other EMAIL_* variables to `.kamal/secrets` and to `env` in `config/deploy.yml`."
        ),
    },
    runs=Runtime(
        code="read-only",
        user="app",
        grace=30,
        memory=512,
        # kamal-proxy sets it itself, and passes on none of a visitor's where it ends HTTPS. Visitors reach the site through
        # it alone: containers publish no port. https://kamal-deploy.org/docs/configuration/proxy/#forward-headers
        proxy_header=("HTTP_X_FORWARDED_PROTO", "https"),
        buffers=True,
        ignore_file=".dockerignore",
        shell=Shell(joins=False),
        sets={"DEPLOY_PLATFORM": "kamal", "PORT": "8000"},
        one_machine=True,
    ),
    # https://kamal-deploy.org/docs/configuration/overview/#destinations
    verbs={
        "logs": "kamal app logs --follow {destination}",
        "shell": "kamal app exec --interactive --reuse {destination} sh",
        "run": "kamal app exec --interactive --reuse {destination} {command}",
    },
    currency="EUR",
    prices_seen="2026-11-29",
    prices="https://kamal-deploy.org/docs/installation/",
    own=own,
    postgres_version="kamal_postgres",
    quoted=lambda answers: "the server's price",
    checks="checks",
    adapter="provision",
    keeps_values=True,  # Kamal takes them from the environment or a password manager
)
