"""An app that its owner moves away from Heroku: what there is of it, and how it is closed, opened again and ended.

The overlay may never have been in it: everything is asked of Heroku. https://devcenter.heroku.com/articles/maintenance-mode
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ....adapter.cli import Cli
from ....adapter.leaving import Domain, OldSite, Part
from ....adapter.steps import Command, Observation, Step
from ....base.message import Failure
from ....base.scrub import hide
from .. import DYNOS, LARGER
from ..addons import OF_BUCKETEER
from ..leaving import OTHER, SERVICES, is_usual, reason, short
from .addons import plan_of, service_of
from .app import NOT_THERE, formation_of
from .history import code, newest_first

PUBLIC = (
    "DJANGO_SETTINGS_MODULE",
    "WEB_CONCURRENCY",
    "PORT",
)  # values that are no secret, and ordinary words elsewhere
SHORTEST = 12  # characters of an add-on's address by which it is known in another variable
REPLACED = ("postgres", "redis")  # kinds of add-ons whose place a server of the new platform takes


def old_site(cli: Cli, name: str) -> OldSite:
    """The app of this name. Raises Failure where this account has none."""
    info = cli.json("apps:info", "-a", name, "--json", absent=NOT_THERE)
    if info is None:
        raise Failure(
            f"{cli.account} has no Heroku app {name}: `heroku apps` and `heroku apps --team TEAM` list the apps.",
            anchor="old-site-not-there",
        )
    app = info["app"]
    variables: dict[str, str] = cli.json("config", "-a", name, "--json", secret=True)
    for variable, value in variables.items():
        if variable not in PUBLIC:
            hide(value)
    addons = cli.json("addons", "-a", name, "--json")
    dynos = formation_of(cli, name)
    stack = str((app.get("stack") or {}).get("name") or "")
    own = _own(name, variables, addons)
    parts = [*(_addon(name, one) for one in addons), *_buildpacks(cli, name), *_drains(cli, name, addons)]
    return OldSite(
        platform="Heroku",
        name=str(app["name"]),
        place=", ".join(filter(None, (str(app["region"]["name"]), stack))),
        address=str(app["web_url"]).rstrip("/"),
        commit=_online(cli, name),
        variables=_translated(variables),
        own=own,
        files=frozenset(OF_BUCKETEER.values()) & variables.keys(),
        translated=frozenset(name for name, theirs in OF_BUCKETEER.items() if theirs in variables) - variables.keys(),
        database=_reachable(variables.get("DATABASE_URL", "")),
        parts=tuple(parts),
        domains=tuple(_domains(cli, name)),
        processes={kind: f"{number}:{size}" for kind, (number, size) in _beside(dynos).items()},
        closed=bool(app.get("maintenance")),
        cost=sum(part.cost for part in parts) + _dynos(dynos),
        term="config var",
    )


def _own(name: str, variables: Mapping[str, str], addons: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Variables that are not the owner's: those of add-ons, what holds the address of one, and Heroku's."""
    found: dict[str, str] = {}
    addresses: dict[str, str] = {}
    for addon in addons:
        attached = [one for one in addon.get("attachments") or [] if one["app"]["name"] == name]
        names = {
            *(addon.get("config_vars") or []),
            *(each for one in attached for each in one.get("config_vars") or []),
        }
        theirs = sorted(names & variables.keys())
        found |= dict.fromkeys(theirs, f"of the add-on {service_of(addon) or addon['name']}")
        if SERVICES.get(service_of(addon), OTHER).kind in REPLACED:
            addresses |= {variables[one]: one for one in theirs if len(variables[one]) >= SHORTEST}
    for variable in variables.keys() - found.keys():
        same = next((one for address, one in addresses.items() if address in variables[variable]), "")
        if text := reason(variable) or (f"has the address of {same}" if same else ""):
            found[variable] = text
    return found


def _translated(variables: Mapping[str, str]) -> dict[str, str]:
    """With the bucket of the add-on under the names that a site reads, as it has them elsewhere."""
    bucket = {name: variables[theirs] for name, theirs in OF_BUCKETEER.items() if theirs in variables}
    return {**bucket, **variables}


def _reachable(url: str) -> str:
    """Heroku's servers take no connection without TLS: https://devcenter.heroku.com/articles/connecting-heroku-postgres"""
    if not url.startswith(("postgres://", "postgresql://")) or "sslmode=" in url:
        return url if url.startswith(("postgres://", "postgresql://")) else ""
    local = urlsplit(url).hostname in ("localhost", "127.0.0.1")
    return f"{url}{'&' if '?' in url else '?'}sslmode={'prefer' if local else 'require'}"


def _addon(name: str, addon: Mapping[str, Any]) -> Part:
    plan = plan_of(addon) or str(addon["name"])
    known = SERVICES.get(service_of(addon), OTHER)
    price = addon.get("billed_price") or {}
    cost = float(price.get("cents") or 0) / 100 if price.get("unit") == "month" else 0.0
    before = ""
    if known.kind == "cron":
        before = (
            f"Jobs of the add-on {plan.partition(':')[0]} go on while the old site is closed, and write to its database: remove "
            f"them first, `heroku addons:open {addon['name']} -a {name}`."
        )
    return Part(known.kind, plan, known.text, cost, before)


def _buildpacks(cli: Cli, name: str) -> list[Part]:
    listed = cli.json("buildpacks", "-a", name, "--json")
    found = [str(one["buildpack"]["name"] or one["buildpack"]["url"]) for one in listed]
    text = "what it installs has to be in the new site's image"
    return [Part("", f"buildpack {short(one)}", text) for one in found if not is_usual(one)]


def _drains(cli: Cli, name: str, addons: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The address of one may hold a key: only its host is shown. One of an add-on ends with that."""
    listed = cli.json("drains", "-a", name, "--json", secret=True)
    for one in listed:
        hide(str(one.get("url") or ""))
    hosts = [urlsplit(str(one["url"])).hostname or "" for one in listed if not one.get("addon")]
    return [Part("", f"log drain to {host}", "have the new platform send its logs there") for host in hosts]


def _domains(cli: Cli, name: str) -> list[Domain]:
    listed = cli.json("domains", "-a", name, "--json")
    return [
        Domain(
            str(one["hostname"]),
            str(one.get("cname") or ""),
            "yours" if one.get("sni_endpoint") and not one.get("acm_status") else "the platform's",
        )
        for one in listed
        if one.get("kind") != "heroku"
    ]


def _online(cli: Cli, name: str) -> str:
    found = cli.json("releases", "-n", "200", "-a", name, "--json")
    releases = newest_first(found)
    codes = (code(one, releases) for one in releases if one["status"] == "succeeded")
    return next(filter(None, codes), "").replace("unknown", "")


def _beside(dynos: Mapping[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """What works while nobody visits: a release process has no dynos of its own."""
    return {kind: one for kind, one in dynos.items() if kind not in ("web", "release") and one[0]}


def _dynos(dynos: Mapping[str, tuple[int, str]]) -> float:
    sizes = [(number, size.lower()) for number, size in dynos.values() if number]
    shared = DYNOS["eco"] if any(size == "eco" for _, size in sizes) else 0
    return shared + sum(number * (DYNOS | LARGER).get(size, 0) for number, size in sizes if size != "eco")


def close_steps(cli: Cli, name: str, processes: Mapping[str, str]) -> list[Step]:
    """Nobody can write to the site's data any more: visitors get Heroku's own page, and what works beside it stops.

    `processes` are those to stop, as `OldSite.processes` has them.
    """
    stopped = [f"{process}=0" for process in processes]
    steps = [
        Step(
            name="maintenance",
            what=f"{name} closed to visitors",
            observe=lambda: _see_closed(cli, name),
            commands=lambda: [Command(("maintenance:on", "-a", name))],
            undo=f"heroku maintenance:off -a {name}",
            patience=30,
        )
    ]
    if stopped:
        steps.append(
            Step(
                name="processes",
                what=f"{', '.join(processes)} of {name} stopped",
                observe=lambda: Observation(not _beside(formation_of(cli, name))),
                commands=lambda: [Command(("ps:scale", *stopped, "-a", name))],
                patience=30,
            )
        )
    return steps


def open_steps(cli: Cli, name: str, processes: Mapping[str, str]) -> list[Step]:
    """As it was before `closing`: with the processes that ran then."""
    wanted = {process: int(dynos.partition(":")[0]) for process, dynos in processes.items()}
    started = [f"{process}={dynos}" for process, dynos in processes.items()]

    def observe() -> Observation:
        found = formation_of(cli, name)
        return Observation(all(found.get(process, (0, ""))[0] >= number for process, number in wanted.items()))

    steps = [
        Step(
            name="maintenance",
            what=f"{name} open to visitors",
            observe=lambda: Observation(not _see_closed(cli, name).done),
            commands=lambda: [Command(("maintenance:off", "-a", name))],
            patience=30,
        )
    ]
    if wanted:
        steps.insert(
            0,
            Step(
                name="processes",
                what=f"{', '.join(processes)} of {name} started",
                observe=observe,
                commands=lambda: [Command(("ps:scale", *started, "-a", name))],
                patience=30,
            ),
        )
    return steps


def _see_closed(cli: Cli, name: str) -> Observation:
    return Observation(bool(cli.json("apps:info", "-a", name, "--json")["app"].get("maintenance")))


def last_commands(name: str, domains: Sequence[Domain]) -> list[tuple[str, str]]:
    """What the owner does once nothing of it is needed any more: what for, and the command."""
    removed = [(f"the domain {one.name}", f"heroku domains:remove {one.name} -a {name}") for one in domains]
    return [*removed, ("everything else", f"heroku apps:destroy -a {name} --confirm {name}")]
