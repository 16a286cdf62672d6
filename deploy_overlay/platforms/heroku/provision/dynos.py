"""Dynos: each process is scaled once, when it is started first; its number and size are the owner's from then on.

https://devcenter.heroku.com/articles/scaling
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from ....adapter.processes import Process
from ....adapter.steps import Command, Observation, Step
from ....base import answers
from ....base.message import Failure
from ....base.plan import Process as Planned
from ....plan import plan
from .. import DYNOS, LARGER, PLATFORM
from .app import App

FIRST = "first scaling"
GIVEN = {"eco", "basic"}  # sizes that Heroku gives the first web dyno: https://devcenter.heroku.com/articles/dyno-types
ALONE = ("eco", "basic")  # an app has either only dynos of one of these, or none of them
PROFESSIONAL = "standard-1x"  # the smallest of the others
STOPPED = "stopped"  # in the record: processes that a destruction stopped, which the next deployment starts again
NOT_BUILT = "not built yet"  # note on an app without process types

Dynos = tuple[int, str]  # how many, and of which size in lower case


def dyno_steps(app: App) -> list[Step]:
    """One for each process that the plan starts, the web process first."""
    beside = app.site.plan.beside
    size = _size_beside(app) if beside else app.dyno
    return [_step(app, app.site.plan.web, app.dyno), *(_step(app, process, size) for process in beside)]


def _step(app: App, process: Planned, size: str) -> Step:
    name, web = process.name, process.kind == "web"
    return Step(
        name="dynos" if web else f"dyno {name}",  # as in the records of earlier versions
        what=f"dyno {name}",
        price="" if size in DYNOS else size,
        cost=monthly(name, (1, size)),
        observe=lambda: _see_web(app) if web else _see_beside(app, process, size),
        commands=lambda: [Command(("ps:scale", f"{name}=1:{size}", "-a", app.name))],
        creates=FIRST if web else name,
        after=("app",),
        patience=30,
    )


def formation(app: App) -> dict[str, Dynos]:
    """Number and size of each process type's dynos; empty before the first build."""
    found = {kind: (number, size.lower()) for kind, (number, size) in app.formation().items() if kind != "release"}
    if not found:
        app.site.notes[NOT_BUILT] = "yes"
    return found


def started_by(app: App, code: str) -> set[str] | None:
    """Names of the processes that the answers in a commit start; None where this clone does not have the commit."""
    site = app.site
    commit = site.git("rev-parse", "--verify", "--quiet", f"{code}^{{commit}}")
    if not commit:
        return None
    content = site.git("show", f"{commit}:{site.answers.answers_file}")
    if not content:
        return set()
    with contextlib.suppress(Failure):
        then = answers.parse(site.root, site.answers.answers_file, content.encode())
        return {process.name for process in plan(then.values, PLATFORM).started}
    return None


def _size_beside(app: App) -> str:
    """The size of the answers, or one that Heroku takes beside the web dynos that the owner has scaled."""
    found: dict[str, Dynos] = {}
    with contextlib.suppress(Failure):  # no app yet; the looks tell of any other trouble
        found = formation(app)
    _, web = found.get("web", (0, ""))
    if not web or _is_new(app, found) or _tier(web) == _tier(app.dyno):
        return app.dyno
    return _tier(web)


def _tier(size: str) -> str:
    """The smallest of the sizes that one app may have together: https://devcenter.heroku.com/articles/dyno-types"""
    return size if size in ALONE else PROFESSIONAL


def _see_web(app: App) -> Observation:
    """Also what runs without being chosen: the app's owner has started it."""
    found, wanted = formation(app), (1, app.dyno)
    if not found:
        return Observation(False, "will be started")
    web = found.get("web", (0, ""))
    if web != wanted and _is_new(app, found):
        return Observation(False, f"{describe({'web': web})}; {describe({'web': wanted})} wanted")
    if not web[0] and _was_stopped(app, "web"):
        return Observation(False, f"{describe({'web': wanted})} wanted")
    if not web[0]:
        return Observation(False, problem=_scaled_to_none(app))
    _is_running(app, "web")
    planned = {process.name for process in app.site.plan.started}
    others = {kind: dynos for kind, dynos in found.items() if dynos[0] and kind not in planned}
    unknown = sorted({size for number, size in found.values() if number} - (DYNOS | LARGER).keys())
    differences = [
        f"{describe({'web': web})}; the answers say {describe({'web': wanted})}" if web != wanted else "",
        f"{describe(others)}, which the answers do not start" if others else "",
        f"the price of {', '.join(unknown)} is not in the total" if unknown else "",
    ]
    cost = sum(monthly(kind, dynos) for kind, dynos in {"web": web, **others}.items())
    return Observation(True, describe({"web": web}), differs="; ".join(filter(None, differences)), cost=cost)


def _see_beside(app: App, process: Planned, size: str) -> Observation:
    found, name = formation(app), process.name
    wanted = {name: (1, size)}
    if not found:
        return Observation(False, "will be started")
    number, there = found.get(name, (0, ""))
    if not number and (_is_first_start(app, name) or _was_stopped(app, name)):
        return Observation(False, f"{describe(wanted)} wanted")
    if not number:
        how = f"`heroku ps:scale {name}=1 -a {app.name}` starts it"
        return Observation(True, "stopped", differs=f"stopped; {how}", cost=0)
    _is_running(app, name)
    differs = ""
    if (number, there) != (1, size):
        differs = f"{describe({name: (number, there)})}; the answers say {describe(wanted)}"
    if number > 1 and process.kind == "scheduler":
        differs += f", and it starts each job {number} times: run `heroku ps:scale {name}=1 -a {app.name}`"
    return Observation(True, describe({name: (number, there)}), differs=differs, cost=monthly(name, (number, there)))


def _is_first_start(app: App, name: str) -> bool:
    """Whether the release that was online when this run began did not start it, or an interrupted run was about to."""
    before = app.started_before
    return app.site.record.intended(f"dyno {name}", name) or (before is not None and name not in before)


def _was_stopped(app: App, name: str) -> bool:
    """Whether it was a destruction that kept the data which stopped it, not its owner."""
    return name in app.site.record.chosen(STOPPED).split(",")


def _is_running(app: App, name: str) -> None:
    """From now on it is stopped by its owner alone."""
    if _was_stopped(app, name):
        left = [one for one in app.site.record.chosen(STOPPED).split(",") if one != name]
        app.site.record.choose(STOPPED, ",".join(left))


def _is_new(app: App, found: Mapping[str, Dynos]) -> bool:
    """Whether nobody has scaled anything since the first build, which starts one web dyno and nothing else."""
    others = [number for kind, (number, _) in found.items() if kind != "web"]
    number, size = found.get("web", (0, ""))
    as_given = not any(others) and number == 1 and size in GIVEN
    return as_given and (NOT_BUILT in app.site.notes or app.site.record.intended("dynos", FIRST))


def monthly(kind: str, dynos: Dynos) -> float:
    """Of a month; Eco dynos are paid for together, with the web process. Sizes of private spaces are not in the list."""
    number, size = dynos
    if size == "eco":
        return DYNOS[size] if kind == "web" else 0
    return number * (DYNOS | LARGER).get(size, 0)


def describe(dynos: Mapping[str, Dynos]) -> str:
    return ", ".join(f"{kind}={number}:{size.capitalize()}" for kind, (number, size) in dynos.items())


def _scaled_to_none(app: App) -> str:
    return (
        f"The web process of the Heroku app {app.name} is scaled to 0 dynos, so nothing would be online after a "
        f"deployment: `heroku ps:scale web=1 -a {app.name}` starts one, then run this again."
    )


def crashed(app: App, names: Sequence[str]) -> list[str]:
    """Dynos of these processes that ended by themselves, such as `worker.1`: Heroku tries them again ever more rarely."""
    return [str(dyno["name"]) for dyno in app.ask("ps") if dyno["type"] in names and dyno["state"] == "crashed"]


def processes(app: App) -> list[Process]:
    """Every dyno, with those of the plan that are scaled to none. One-off dynos are left out."""
    kinds = [one.name for one in app.site.plan.started]
    found = [dyno for dyno in app.ask("ps") if dyno["type"] not in ("run", "release")]
    told = [_process(app, dyno) for dyno in sorted(found, key=lambda dyno: str(dyno["name"]))]
    there = {str(dyno["type"]) for dyno in found}
    return told + [
        Process(kind, "scaled to none", well=False, hint=f"`heroku ps:scale {kind}=1 -a {app.name}` starts it")
        for kind in kinds
        if kind not in there
    ]


def _process(app: App, dyno: Mapping[str, Any]) -> Process:
    name, state = str(dyno["name"]), str(dyno["state"])
    hint = "" if state != "crashed" else f"`heroku logs -d {name} -a {app.name}` says why"
    return Process(name, state, state not in ("crashed", "down"), str(dyno.get("updated_at") or ""), hint)
