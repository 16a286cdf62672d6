"""Fly.io, a container near your users: https://fly.io/docs/django/"""

from __future__ import annotations

from ...base.plan import Shell
from ...base.platform import Backups, ByHand, Ci, Declared, File, Made, Platform, Program, Runtime, Values
from ...plan.prices import money
from . import prices


def _asks_for(before: Values, answers: Values) -> list[str]:
    """Fly.io cannot rename an app or change the kind of its PostgreSQL, so both are created again."""
    sentences = []
    old, new = before.get("deploy_name"), answers.get("deploy_name")
    if old and old != new:
        sentences.append(
            f"Fly.io cannot rename apps: {new} will be a new app. {old} and its data remain until you delete it."
        )
    old, new = before.get("fly_postgres"), answers.get("fly_postgres")
    if old and old != new and before.get("deploy_database") == answers.get("deploy_database") == "postgres":
        sentences.append(f"Your data is still in the {old} PostgreSQL. Move it before you attach the {new} one.")
    return sentences


SNAPSHOTS = "https://fly.io/docs/volumes/snapshots/"


def _backups(answers: Values) -> Backups:
    if answers.get("deploy_database") == "sqlite":
        words = "Fly.io takes a snapshot of the volume every day and keeps it for 5 days: `fly volumes snapshots list VOLUME_ID`."
        return Backups(words, SNAPSHOTS, "2026-08-07")
    if answers.get("fly_postgres") == "unmanaged":
        words = (
            "Fly.io takes a snapshot of the database's volume every day and keeps it for 5 days. "
            "You are responsible for other backups."
        )
        return Backups(words, SNAPSHOTS, "2026-08-07")
    words = "Fly.io backs up managed PostgreSQL automatically: `fly mpg backup list CLUSTER_ID --all`."
    return Backups(words, "https://fly.io/docs/mpg/", "2026-08-07")


# Without these, `fly redis create` asks. Eviction would drop queued jobs.
REDIS_OPTIONS = ("--no-replicas", "--disable-eviction", "--enable-auto-upgrade=false", "--enable-prodpack=false")


def _own(answers: Values) -> dict[str, str]:
    """For deploy/README.md: how to create Redis, and the price of a bucket per GB."""
    return {
        "redis_plan": prices.REDIS_PLAN,
        "redis_options": " ".join(REDIS_OPTIONS),
        "bucket_price": money(prices.BUCKET, "USD"),
        "bucket_free": str(prices.BUCKET_FREE),
    }


# https://fly.io/docs/security/tokens/
CI = Ci(
    token="FLY_API_TOKEN",
    reaches="this app only",
    make=("fly tokens create deploy -a {name} --name ci --expiry 8760h",),
    note="Copy all of the output, from `FlyV1` on. It is valid for a year.",
    program=Program(
        "0.4.111",
        "https://github.com/superfly/flyctl/releases/download/v0.4.111/flyctl_0.4.111_Linux_x86_64.tar.gz",
        "1878d7fb1f8a418039042cf0749e4b7216c6c7018b66ae10611a64c2b6d9aa9e",
    ),
)
PLATFORM = Platform(
    name="Fly.io",
    status="stable",
    choice="a container near your users",
    build="image",
    builds_folder=True,
    longest_name=63,  # a DNS label
    second_project=True,
    addresses="own",
    # With several projects, each has its own file in its own folder.
    files={"fly.toml": File(purpose="configuration of Fly.io", when=lambda answers: not answers.get("deploy_beside"))},
    in_folder={
        "fly.toml": File(purpose="configuration of Fly.io", when=lambda answers: bool(answers.get("deploy_beside")))
    },
    has={
        # A shared-cpu-1x with 512 MB that never sleeps.
        "web": Declared(
            prices.machine(prices.FIRST),
            regions={region: prices.machine(region) for region in prices.OTHERS},
            label="Machine",
            several="{count} Machines",
            count="fly_machines",
        ),
        # Each process has its own Machine of the same size; one more starts scheduled jobs.
        "worker": Declared(
            prices.machine(prices.FIRST),
            regions={region: prices.machine(region) for region in prices.OTHERS},
            label="further Machine",
            several="{count} further Machines",
        ),
        "cron": Declared(),
        "postgres": Made(
            {"managed": prices.managed(), "unmanaged": prices.unmanaged(prices.FIRST)},
            regions={region: {"unmanaged": prices.unmanaged(region)} for region in prices.OTHERS},
            labels={"managed": f"managed PostgreSQL with {prices.MANAGED_SIZE} GB", "unmanaged": "PostgreSQL"},
            plan="fly_postgres",
            existing="fly_cluster",
        ),
        "redis": Made(prices.REDIS, label="Redis with 250 MB"),
        "volume": Declared(prices.VOLUME, label="volume", holders=1),
        "bucket": Made(),  # billed by size; see prices.BUCKET
        "mail": ByHand("Run `fly secrets set EMAIL_HOST=HOST -a {name}`, and set the other EMAIL_* variables too."),
    },
    runs=Runtime(
        code="ephemeral",
        user="app",
        grace=30,
        memory=512,
        processors=1,
        proxy_header=("HTTP_X_FORWARDED_PROTO", "https"),
        ignore_file=".dockerignore",
        shell=Shell(joins=False),
        sets={"FLY_APP_NAME": "rehearsal", "PRIMARY_REGION": "iad", "PORT": "8000"},
        variables=r"FLY_\w+|PRIMARY_REGION",
        address="rehearsal.fly.dev",
        adapts_redis=True,  # it has only database 0
    ),
    verbs={
        "logs": "fly logs -a {name}",
        "shell": "fly ssh console -a {name}",
        "run": 'fly ssh console -a {name} --pty -C "{command}"',
        "open": "fly apps open -a {name}",
    },
    currency="USD",
    prices_seen=prices.SEEN,
    prices="https://fly.io/docs/about/pricing/",
    estimate="up to",
    region="fly_region",
    regions=tuple(prices.REGIONS),
    there="there",
    checks="checks",
    adapter="provision",
    backups=_backups,
    ci=CI,
    own=_own,
    asks_for=_asks_for,
)
