"""Redis by Upstash and a bucket of Tigris, for an app on Fly.io.

https://fly.io/docs/upstash/redis/ and https://fly.io/docs/tigris/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....adapter.steps import Command, Observation, Step
from ....base.message import Failure
from ....base.scrub import hide
from .. import REDIS_OPTIONS, prices
from .app import App, attached
from .orders import ordered_once
from .secret_lines import import_secrets, staged

REDIS = "REDIS_URL"
BUCKET = "AWS_STORAGE_BUCKET_NAME"  # `fly storage create` sets the others
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
LONGEST = 63  # of a bucket's name: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
NO_BUCKET = "No project found"
UNFINISHED = (
    "bucket without keys"  # note of this clone: it began to create this bucket, and has not seen the app with its keys
)


def redis(app: App) -> list[Step]:
    site, name = app.site, named(app, "redis")
    create = ("redis", "create", "--name", name, "--org", app.org, "--region", app.region)

    def observe() -> Observation:
        mine = next((row for row in databases(app) if row["name"] == name), None)
        if mine is None:
            has = app.has(REDIS)
            return Observation(
                has, f"{REDIS} is already set, so no Redis is created" if has else "", cost=0 if has else None
            )
        if not site.mark and not app.has(REDIS):  # the name then says nothing
            cure = f"or choose another name with {site.request.another_name}."
            site.prompts.adopt("redis", name, f"The Redis {name}", unused=False, cure=cure)
        plan, region = mine["plan"], mine["primary region"]
        same = (plan, region) == (prices.REDIS_PLAN, app.region)
        differs = f"the plan {plan} in {region}; it was made with {prices.REDIS_PLAN} in {app.region}"
        return Observation(
            True, f"{name} in {region}", cost=prices.REDIS_PLANS.get(plan, 0), differs="" if same else differs
        )

    def there() -> bool:
        return any(row["name"] == name for row in databases(app))

    def order() -> Iterator[Command]:
        created = Command((*create, "--plan", _plan(app), *REDIS_OPTIONS), secret=True, timeout=600)
        return ordered_once(app, "redis", "Redis", there, created)

    database = Step(
        name="redis",
        what=f"Redis {name}",
        where=f"{app.region}, organisation {app.org}",
        cost=prices.REDIS,
        observe=observe,
        commands=order,
        plan=lambda: [site.cli.line(*create, "--plan", prices.REDIS_PLAN, *REDIS_OPTIONS)],
        shown=lambda: attached(app, REDIS),
        undo=site.cli.line("redis", "destroy", name, "--yes"),
        creates=name,
        unique=False,
        after=("app",),
        patience=60,
    )
    address = Step(
        name="redis address",
        what=f"{REDIS} of that Redis",
        observe=lambda: Observation(REDIS in app.secrets()),
        commands=lambda: import_secrets(app, {REDIS: _address(app, name)}, *staged(app)),
        plan=lambda: [site.cli.line("secrets", "import", "-a", app.name, *staged(app))],
        after=("app", "redis"),
        patience=30,
    )
    return [database, address]


def bucket(app: App) -> list[Step]:
    """The platform allows one for each app, so the app says whose it is."""
    site, name = app.site, named(app, "uploads")
    public = site.answers.values.get("django_uploads", {}).get("access") == "public"
    options = ("--public", "--yes") if public else ("--yes",)
    create = ("storage", "create", "-a", app.name, "--name", name, *options)

    def observe() -> Observation:
        has_keys = all(key in app.secrets() for key in KEYS)
        there = bucket_of(app)
        if there and has_keys:
            if site.record.chosen(UNFINISHED):
                site.record.choose(UNFINISHED, "")
            return Observation(True, there)
        if there and site.record.chosen(UNFINISHED) == there:
            return Observation(False, "left unfinished by an earlier run, and never used: will be recreated")
        if there:
            return Observation(
                False,
                problem=f"The bucket {there} belongs to {app.name}, which lacks its keys: set {' and '.join(KEYS)} with "
                f"`fly secrets set --stage -a {app.name}`, or, if the bucket is empty, run `fly storage destroy {there}`.",
            )
        if has_keys:
            return Observation(True, f"{KEYS[0]} is already set, so no bucket is created", cost=0)
        return Observation(False)

    def commands() -> Iterator[Command]:
        # The keys are told once, to the program that creates the bucket. If it was killed before it set them, they are lost.
        if there := bucket_of(app):
            yield Command(("storage", "destroy", there, "--yes"))
        site.record.choose(UNFINISHED, name)
        yield Command(create, secret=True, timeout=600)

    def see_name() -> Observation:
        if BUCKET in app.secrets():
            return Observation(True)
        if bucket_of(app):
            return Observation(False)
        return Observation(
            False,
            problem=f"{app.name} has keys of a bucket of your own, but not its name: set it with "
            f"`fly secrets set --stage -a {app.name} {BUCKET}=NAME`, then run this again.",
        )

    created = Step(
        name="bucket",
        what=f"{'public' if public else 'private'} bucket {name}",
        where="Tigris (this accepts its terms)",
        price=f"${prices.BUCKET:.2f} a GB, {prices.BUCKET_FREE} GB free",
        observe=observe,
        commands=commands,
        plan=lambda: [site.cli.line(*create)],
        shown=lambda: attached(app, BUCKET, *KEYS),
        undo=site.cli.line("storage", "destroy", name, "--yes"),
        creates=name,
        after=("app",),
        patience=60,
    )
    told = Step(
        name="bucket name",
        what=f"{BUCKET} of that bucket",
        observe=see_name,
        commands=lambda: import_secrets(app, {BUCKET: bucket_of(app)}, *staged(app)),
        plan=lambda: [site.cli.line("secrets", "import", "-a", app.name, *staged(app))],
        after=("app", "bucket"),
        patience=30,
    )
    return [created, told]


def named(app: App, kind: str) -> str:
    """A name that says whose a thing is on which nothing can be written: it ends with the project's mark."""
    end = f"-{kind}-{app.site.mark}" if app.site.mark else f"-{kind}"
    return f"{app.name[: LONGEST - len(end)].rstrip('-')}{end}"


def databases(app: App) -> list[dict[str, str]]:
    return _table(app, "redis", "list", "--org", app.org)


def _plan(app: App) -> str:
    """The plan by the name that the platform has for it now."""
    wanted = re.sub(r"\W", "", prices.REDIS_PLAN).lower()
    names = [row["name"] for row in _table(app, "redis", "plans")]
    found = next((name for name in names if re.sub(r"[\W_]", "", name).lower().removeprefix("flyio") == wanted), None)
    if found is None:
        raise Failure(
            f"Fly.io has no Redis plan {prices.REDIS_PLAN} any more (`fly redis plans` lists them): create one by hand with "
            f"`fly redis create`, set its address with `fly secrets set {REDIS}=ADDRESS --stage -a {app.name}`, then run "
            "this again.",
            anchor="platform-refused",
        )
    return found


def _address(app: App, name: str) -> str:
    """With its password; the program has no other way to tell it."""
    told = app.site.cli.text("redis", "status", name, secret=True)
    found = re.search(r"\brediss?://\S+", told)
    if found is None:
        raise ValueError("`fly redis status` shows no address")
    hide(found[0])
    return found[0]


def bucket_of(app: App) -> str:
    """The name of the app's bucket; empty where it has none."""
    done = app.site.cli.ask("storage", "status", "-a", app.name)
    if done.status != 0:
        if re.search(NO_BUCKET, done.errors or done.output):
            return ""
        raise app.site.cli.failure(done, app.site.cli.line("storage", "status", "-a", app.name))
    rows = [re.split(r"\s*[│|=]\s*", line.strip(), maxsplit=1) for line in done.output.splitlines()]
    return next(row[1] for row in rows if len(row) == 2 and row[0].lower() == "name")


def buckets(app: App) -> list[str]:
    """The names of every bucket of the organisation."""
    return [row["name"] for row in _table(app, "storage", "list", "--org", app.org)]


def _table(app: App, *argv: str) -> list[dict[str, str]]:
    """The rows of a list for people, by the heads of its columns in small letters; these commands have no JSON."""
    lines = [_cells(line) for line in app.site.cli.text(*argv).splitlines()]
    start = next((number for number, cells in enumerate(lines) if cells and cells[0].lower() == "name"), None)
    if start is None:
        if not any(lines):
            return []
        raise ValueError(f"`{app.site.cli.line(*argv)}` shows no table")
    heads = [cell.lower() for cell in lines[start]]
    return [dict(zip(heads, cells, strict=False)) for cells in lines[start + 1 :] if cells]


def _cells(line: str) -> list[str]:
    """Of one line of a table: bars or tabs are between them, and they are padded."""
    cells = [cell.strip() for cell in re.split(r"[│|\t]", line)]
    return cells if any(cells) else []
