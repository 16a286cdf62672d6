"""Your own server with Kamal, which replaces each container once the new one answers: https://kamal-deploy.org/docs/"""

from __future__ import annotations

from ...base.plan import Shell
from ...base.platform import Accepted, ByHand, Ci, Declared, File, Platform, Runtime, Values
from .files import own


def _has_staging(answers: Values) -> bool:
    return bool(answers.get("kamal_staging"))


# https://kamal-deploy.org/docs/configuration/ssh/
CI = Ci(
    token="SSH_PRIVATE_KEY",
    reaches="the server, as the user that Kamal logs in as",
    make=(
        'ssh-keygen -q -t ed25519 -N "" -C ci -f ci_key',
        "ssh-copy-id -i ci_key.pub SERVER",
        "cat ci_key && rm ci_key",
        "ssh-keyscan SERVER",
    ),
    note="SERVER is what you log in to with `ssh`. `cat` prints the private key. What the last command prints is "
    "`SSH_KNOWN_HOSTS`: compare it with the server's line in your `~/.ssh/known_hosts`. `DEPLOY_ENV` is the content of "
    "`{folder}/.env`. On GitLab, Kamal's own registry cannot be reached: use another one, such as `deploy_registry=ghcr.io/you`.",
    program=None,
    packages=("docker-buildx", "docker-cli", "openssh-client", "ruby"),
    file=True,
    others=("SSH_KNOWN_HOSTS", "DEPLOY_ENV"),
    before=(
        'install -D -m 600 "$SSH_PRIVATE_KEY" ~/.ssh/id_ed25519',
        'install -D -m 600 "$SSH_KNOWN_HOSTS" ~/.ssh/known_hosts',
        'install -m 600 "$DEPLOY_ENV" {folder}/.env',
        "gem install --user-install --no-document --version 2.11.0 kamal",
        "export PATH=\"$(ruby -e 'print Gem.user_dir')/bin:$PATH\"",
    ),
)
PLATFORM = Platform(
    name="Kamal",
    status="preliminary",
    choice="your server",
    build="registry",
    registry="localhost:5555",  # https://kamal-deploy.org/docs/configuration/docker-registry/
    longest_name=40,  # container names append the role and the commit
    second_project=False,
    addresses="domains",
    files={
        "config/deploy.yml": "how Kamal runs the site and its services",
        ".kamal/secrets": "where Kamal finds the values of variables",
        ".kamal/hooks/pre-build": "rehearses before a build",
        ".kamal/hooks/pre-deploy": "checks that variables have values",
        ".kamal/hooks/pre-app-boot": "migrates before the new version gets traffic",
        "config/deploy.staging.yml": File("what is different in staging", when=_has_staging),
        ".kamal/secrets.staging": File("the same for staging", when=_has_staging),
    },
    in_folder={".gitignore": "keeps secrets out of git"},
    has={
        "web": Declared(),
        "worker": Declared(),
        "cron": Declared(),
        "postgres": Declared(existing="kamal_postgres_site"),
        "redis": Declared(),
        "volume": Declared(),
        "bucket": ByHand(
            "Create a bucket at any S3 service, and set `AWS_STORAGE_BUCKET_NAME`, `AWS_ACCESS_KEY_ID` and "
            "`AWS_SECRET_ACCESS_KEY`. If it is not Amazon's, also run `deploy-overlay set kamal_variables=AWS_ENDPOINT_URL_S3`, "
            "and set that too."
        ),
        "mail": ByHand(
            "Run `deploy-overlay set kamal_variables=EMAIL_HOST,EMAIL_HOST_USER,EMAIL_HOST_PASSWORD,DEFAULT_FROM_EMAIL`, and "
            "set their values where `.kamal/secrets` takes them from."
        ),
    },
    runs=Runtime(
        code="read-only",
        user="app",
        grace=30,
        memory=512,
        # kamal-proxy sets it and drops the visitor's. Visitors reach the site only through it, because containers publish no
        # port. https://kamal-deploy.org/docs/configuration/proxy/#forward-headers
        proxy_header=("HTTP_X_FORWARDED_PROTO", "https"),
        buffers=True,
        ignore_file=".dockerignore",
        shell=Shell(joins=False),
        sets={"DEPLOY_PLATFORM": "kamal", "PORT": "8000"},
        variables=r"KAMAL_\w+",
        one_machine=True,
    ),
    # https://kamal-deploy.org/docs/configuration/overview/#destinations
    verbs={
        "logs": "kamal app logs --follow {destination}",
        "shell": "kamal app exec --interactive --reuse {destination} sh",
        "run": "kamal app exec --interactive --reuse {destination} {command}",
    },
    ci=CI,
    currency="EUR",
    prices_seen="2026-11-29",
    prices="https://kamal-deploy.org/docs/installation/",
    own=own,
    accepted=lambda answers: Accepted(overlaps=True),
    postgres_version="kamal_postgres",
    quoted=lambda answers: "the server's price",
    checks="checks",
    adapter="provision",
    keeps_values=True,  # Kamal reads them from the environment or a password manager
)
