"""The report of a move: what moves, what replaces the rest, and what the owner has to do and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from ...adapter.leaving import Domain, OldSite, Part
from ...adapter.site import Site
from ...base.message import COLUMNS, DOCUMENTATION, counted, wrapped
from ...base.plan import Resource
from ...base.release import command
from ...plan.names import domains
from ...plan.prices import money
from ...plan.runs import runs, uses_redis
from .contents import Contents
from .variables import VariableMoves

SAME = (
    "The trial has the same variables: its mail and payments are real, and workers and scheduled jobs that your answers start "
    "run beside those of the old site."
)
WIDEST = 32  # of a first column
Row = tuple[str, str]


@dataclass(frozen=True)
class Inventory:
    """The old and the new site, for comparison."""

    old: OldSite
    site: Site
    moving: VariableMoves
    database: Contents | None  # of the old site, None where no PostgreSQL is copied
    trial: bool = False  # the old site stays open
    files: str = ""  # name of the bucket whose files are copied

    @property
    def title(self) -> str:
        """Of the new platform."""
        return self.site.cli.tool.title

    def line(self, *words: str) -> str:
        answers = self.site.answers
        return command(answers.values, *words, answers_file=answers.answers_file)


def lines(inventory: Inventory) -> list[str]:
    """Everything that the old site has, grouped by what happens to it."""
    old, title = inventory.old, inventory.title
    found = ["", f"{old.platform}: {old.name} ({old.place}) moves to {title}: {inventory.site.name}"]
    found += section("Moves", moves(inventory))
    found += section(f"Replaced on {title}", replaced(inventory))
    found += section("Stays on " + old.platform, stays(inventory))
    found += section(f"{old.term.capitalize()}s that stay", list(inventory.moving.left.items()))
    found += section("Before you continue", before(inventory), numbered=True)
    return found


def moves(inventory: Inventory) -> list[Row]:
    found: list[Row] = []
    moving, old = inventory.moving, inventory.old
    if inventory.database is not None:
        found.append(("database", f"{inventory.database.shown()}; every table is counted in both"))
    if moving.values:
        found.append((counted(len(moving.values), old.term), ", ".join(moving.values)))
    if moving.there:
        found.append((f"kept on {inventory.title}", ", ".join(moving.there)))
    if bucket := _bucket(inventory):
        found.append(bucket)
    if old.domains:
        names = ", ".join(one.name for one in old.domains)
        found.append(("domains", f"{names}: you change their DNS records at the end"))
    return found


def _bucket(inventory: Inventory) -> Row | None:
    """Uploads that stay where they are."""
    if inventory.files:
        return "uploads", f"are copied from the bucket {inventory.files} into the new site's volume"
    name = inventory.moving.values.get("AWS_STORAGE_BUCKET_NAME") or ""
    if not name and "AWS_STORAGE_BUCKET_NAME" not in inventory.moving.there:
        return None
    part = next((one for one in inventory.old.parts if one.kind == "bucket"), None)
    ends = f" until you delete the add-on {part.what.partition(':')[0]}" if part else ""
    return "uploads", f"stay in their bucket{ends}; its variables move"


def replaced(inventory: Inventory) -> list[Row]:
    """Add-ons and processes that the new site's plan replaces."""
    site, old = inventory.site, inventory.old
    found = [(part.what, _replacement(site, part)) for part in old.parts if _replacement(site, part)]
    started = {process.name for process in site.plan.started}
    found += [(f"{name}={dynos}", f"a process {name}") for name, dynos in old.processes.items() if name in started]
    return found


def _replacement(site: Site, part: Part) -> str:
    """What replaces a part, as a phrase; empty if nothing does."""
    resource = site.plan.resource(part.kind)
    names = {"postgres": "PostgreSQL", "redis": "Redis", "bucket": "a bucket; files are not copied"}
    if part.kind in names and _is_provided(resource):
        return f"{names[part.kind]}{f'; {part.text}' if part.text else ''}"
    if part.kind == "cron" and (site.plan.jobs or any(one.chosen == "cron" for one in site.plan.started)):
        return f"scheduled jobs; {part.text}"
    return ""


def stays(inventory: Inventory) -> list[Row]:
    """Parts that nothing replaces automatically."""
    site, old = inventory.site, inventory.old
    left = [part for part in old.parts if not _replacement(site, part)]
    return [(part.what, _reason_it_stays(inventory, part)) for part in left]


def _reason_it_stays(inventory: Inventory, part: Part) -> str:
    if part.kind == "postgres":
        return "not copied: the new site does not use its platform's PostgreSQL"
    if part.kind == "bucket":
        return "the new site reads its files there: keep it, or copy them and change the variables"
    if part.kind == "redis":
        used = (
            "the new site has none yet"
            if uses_redis(inventory.site.answers.values)
            else "the overlay found no use of it"
        )
        return f"{part.text}; {used}"
    return part.text


def before(inventory: Inventory) -> list[str]:
    """Sentences on what to decide first; none of it stops the move."""
    return [
        *_missing_parts(inventory),
        *_values(inventory),
        *_domains(inventory),
        *_code(inventory),
        *([SAME] if inventory.trial else _downtime(inventory)),
    ]


def _missing_parts(inventory: Inventory) -> list[str]:
    site, old, title = inventory.site, inventory.old, inventory.title
    found = []
    redis = site.plan.resource("redis")
    if any(part.kind == "redis" for part in old.parts) and uses_redis(site.answers.values) and not _is_provided(redis):
        found.append(
            f"The old site has Redis. To use {title}'s: `{inventory.line('set', 'deploy_redis=platform')}`, then commit."
        )
    started = {process.name for process in site.plan.started}
    idle = [name for name in old.processes if name not in started]
    if idle:
        chosen = ",".join(dict.fromkeys([*runs(site.answers.values), "worker"]))
        cure = f"To start workers: `{inventory.line('set', f'deploy_runs=[{chosen}]')}`, then commit."
        none = f"The overlay found no worker in the project: {DOCUMENTATION}deploy/workers/"
        text = f"{_listed(idle)} {_verb(idle, 'runs', 'run')} on {old.platform} and not on {title}."
        found.append(f"{text} {cure if site.plan.background else none}")
    found += [part.before for part in old.parts if part.before and not inventory.trial]
    if any(part.kind == "bucket" for part in old.parts) and _keeps_files(site) and not inventory.files:
        found.append(f"Copy the uploads while the old site is closed: {DOCUMENTATION}moves/#uploads")
    return found


def _keeps_files(site: Site) -> bool:
    """Whether the new site has its own, empty storage for uploads."""
    kept = [site.plan.resource(kind) for kind in ("bucket", "volume")]
    return any(map(_is_provided, kept))


def _is_provided(resource: Resource | None) -> bool:
    """Whether the new platform creates it."""
    return resource is not None and resource.how != "by hand"


def _values(inventory: Inventory) -> list[str]:
    moving, old, site = inventory.moving, inventory.old, inventory.site
    found = []
    key = site.values.secret_key
    if key in moving.replaced:
        found.append(
            f"{key} on {inventory.title} is replaced by the old site's, so that sessions and links stay valid."
        )
    elif key not in moving.values and key not in moving.there:
        found.append(f"The old site has no {old.term} {key}: a new one is generated, so sessions end and links expire.")
    found += [moving.advice] if moving.advice else []
    for name, note in moving.notes.items():
        found.append(
            f"{name} {note}: it moves unchanged, so change it afterwards with `{inventory.line('env', 'set', name)}`."
        )
    needed = [one for one in site.plan.environment if one.source == "owner" and one.required]
    lacking = [one.name for one in needed if one.name in moving.left and one.name in old.own]
    for name in lacking:
        found.append(
            f"The settings read {name}, which is {moving.left[name]}. To keep using that for now, add --also {name}."
        )
    return found


def _domains(inventory: Inventory) -> list[str]:
    known = domains(inventory.site.answers.text("deploy_domains"))
    missing = [one.name for one in inventory.old.domains if one.name not in known]
    if not missing:
        return []
    line = inventory.line("set", f"deploy_domains={','.join([*known, *missing])}")
    return [f"The new site answers only for the domains in deploy_domains: `{line}`, then commit."]


def _downtime(inventory: Inventory) -> list[str]:
    old, title = inventory.old, inventory.title
    if not old.domains or inventory.database is None:
        return []
    several = len(old.domains) > 1
    return [
        f"Visitors get {old.platform}'s maintenance page from when {old.name} is closed until the DNS "
        f"record{'s' if several else ''} of your domain{'s' if several else ''} lead{'' if several else 's'} to {title}. "
        f"Lower {'their' if several else 'its'} TTL to 300 seconds a day before."
    ]


def _code(inventory: Inventory) -> list[str]:
    """A warning if this commit may be older than the one that wrote the data."""
    old, site = inventory.old, inventory.site
    if not old.commit or site.commit.startswith(old.commit):
        return []
    known = site.git("rev-parse", "--verify", "--quiet", f"{old.commit}^{{commit}}")
    if known and site.git("merge-base", known, "HEAD") == known:
        return []
    return [
        f"{old.platform} runs commit {old.commit[:8]}, which is not part of this branch: its database may have migrations "
        "that this branch lacks. Merge it first."
    ]


def closed(app: str, platform: str, opening: Sequence[str], line: str) -> list[str]:
    """Lines that are shown however a run ends while the old site is closed."""
    return [
        f"{app} on {platform} is closed to visitors. Nothing of it was deleted. To reopen it:",
        f"    {line}",
        "or by hand:",
        *(f"    {one}" for one in opening),
    ]


def domain_lines(inventory: Inventory, module: ModuleType) -> list[str]:
    """The steps that move the domains, in order."""
    old, site, title = inventory.old, inventory.site, inventory.title
    if not old.domains:
        return []
    names = [one.name for one in old.domains]
    adding = module.domain_commands(site, names)
    records = [(name, str(module.dns_record(site, name))) for name in names]
    width = max(map(len, names))
    parts = [(f"Add {'them' if len(names) > 1 else 'it'} on {title}:", adding)] if adding else []
    lines = [f"{name:<{width}}  {text}" for name, text in records]
    parts += [
        ("Where you manage the domain, change the DNS records:", lines),
        (f"{title} creates a certificate within minutes of the change. Then open each address.", []),
        (f"Remove them from {old.platform} last, when it gets no more visitors.", []),
    ]
    found = ["", f"Domains: {', '.join(names)}"]
    for number, (text, more) in enumerate(parts, 1):
        found += [*step(number, text), *(f"       {line}" for line in more)]
    return found


def remaining_costs(old: OldSite, ending: Iterable[Row], *, closed: bool) -> list[str]:
    """What still costs money on the old platform, and the commands that end it."""
    state = "It is closed to visitors" if closed else "It is open to visitors"
    price = f" and keeps costing {money(old.cost, old.currency)} a month" if old.cost else ""
    found = ["", *wrapped(f"Nothing of {old.label} was deleted. {state}{price}. When you no longer need it:")]
    return [*found, *(f"    {line}" for _, line in ending)]


def section(head: str, rows: Sequence[Row] | Sequence[str], *, numbered: bool = False) -> list[str]:
    """Rows under a heading, at most eighty columns wide; nothing without rows."""
    if not rows:
        return []
    if numbered:
        return ["", head, *(line for number, text in enumerate(rows, 1) for line in step(number, str(text)))]
    pairs = [(str(row[0]), str(row[1])) for row in rows]
    width = min(max(len(first) for first, _ in pairs), WIDEST)
    return ["", head, *(line for pair in pairs for line in _row(pair, width))]


def step(number: int, text: str) -> list[str]:
    return wrapped(text, COLUMNS, f"  {number}. ", "     ")


def _row(pair: Row, width: int) -> list[str]:
    first, second = pair
    if len(first) > width:
        return [f"  {first}", *wrapped(second, COLUMNS, " " * (width + 4), " " * (width + 4))]
    return wrapped(second, COLUMNS, f"  {first:<{width}}  ", " " * (width + 4)) or [f"  {first}"]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _verb(names: Sequence[str], one: str, several: str) -> str:
    return one if len(names) == 1 else several


def data(inventory: Inventory) -> dict[str, object]:
    """For machines; without the values of variables."""
    old, moving, database = inventory.old, inventory.moving, inventory.database
    return {
        "from": {"platform": old.platform, "app": old.name, "address": old.address, "commit": old.commit},
        "to": {"platform": inventory.title, "app": inventory.site.name},
        "database": _database(database) if database else None,
        "variables": {
            "moves": list(moving.values),
            "there": list(moving.there),
            "replaced": list(moving.replaced),
            "stays": dict(moving.left),
        },
        "replaced": _named(replaced(inventory)),
        "stays": _named(stays(inventory)),
        "domains": [_domain(one) for one in old.domains],
        "processes": dict(old.processes),
        "before": before(inventory),
        "old_monthly_cost": old.cost,
        "old_closed": old.closed,
    }


def _named(rows: Iterable[Row]) -> list[Mapping[str, str]]:
    return [{"what": what, "text": text} for what, text in rows]


def _domain(one: Domain) -> Mapping[str, str]:
    return {"name": one.name, "target": one.target, "certificate": one.certificate}


def _database(found: Contents) -> Mapping[str, object]:
    return {
        "version": found.version,
        "bytes": found.size,
        "tables": len(found.tables),
        "rows": found.rows,
        "extensions": sorted(found.extensions),
    }
