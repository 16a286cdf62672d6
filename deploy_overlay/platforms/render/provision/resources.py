"""What must be there before a deployment: the Blueprint, which its owner makes once, the mark and the variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ....adapter.ownership import reason_not_to_use
from ....adapter.request import PRODUCTION
from ....adapter.site import MARK, Site
from ....adapter.steps import Command, Observation, Step
from .. import prices
from ..commands import FREE
from ..there import FILE
from .app import PUBLIC, App, branch, web_address
from .program import API, DASHBOARD


def steps(site: Site) -> Sequence[Step]:
    app = App(site)
    planned = [
        Step(
            name="blueprint",
            what=f"Blueprint of {app.name}",
            observe=lambda: _see(app),
            commands=lambda: [],
            by_hand=_words(app),
            cost=0 if app.free else prices.STARTER,
            creates=app.name,
        )
    ]
    if site.mark:
        planned.append(
            Step(
                name="mark",
                what="mark the service as this project's",
                observe=lambda: Observation(bool(app.variables().get(MARK))),
                commands=lambda: set_on(app, ["web"], {MARK: site.mark}),
                after=("blueprint",),
            )
        )
    return [
        *planned,
        Step(
            name="variables",
            what="environment variables",
            observe=lambda: _see_variables(app),
            commands=lambda: _set_missing(app),
            plan=lambda: _planned(app),
            after=("blueprint",),
        ),
    ]


def _words(app: App) -> str:
    """How a Blueprint is made; only the Dashboard can: https://render.com/docs/infrastructure-as-code#setup"""
    site = app.site
    beside = bool(site.answers.values.get("deploy_beside"))
    file = f"{site.answers.deploy_folder}/{FILE}" if beside else FILE
    lines = []
    if site.request.environment != PRODUCTION:
        base, own = site.answers.text("deploy_name"), file.replace(FILE, f"render.{site.request.environment}.yaml")
        pattern = f's/(name: "?){base}/\\1{app.name}/g'
        lines += ["Write the Blueprint of this environment, and commit it:", f"    sed -E '{pattern}' {file} > {own}"]
        file = own
    address = next(filter(None, map(web_address, app.remotes().values())), "")
    link = f"{DASHBOARD}/blueprint/new{f'?repo={address}' if address else ''}"
    where = "it" if address else "it to GitHub, GitLab or Bitbucket"
    lines += [f"Commit {file} and push {where}. Then open", f"    {link}"]
    lines += [] if address else ["and choose the repository."]
    lines += [f"Enter {file} as the path of the Blueprint."] if file != FILE else []
    if site.request.environment != PRODUCTION:
        lines += ["Choose a separate branch; otherwise a push to production's branch deploys this environment too."]
    asked = list(site.plan.variables)
    lines += [f"Render asks for {', '.join(asked)}."] if asked else []
    return "\n".join([*lines, "Apply the Blueprint: Render creates and deploys its services."])


def _see(app: App) -> Observation:
    site, found = app.site, app.look().get("web")
    if found is None:
        return Observation(False, "made in Render's Dashboard")
    variables = app.variables()
    marks = [variables[MARK]] if variables.get(MARK) else []
    # A git remote that leads to its repository means that it is this project's, unless it has another project's mark.
    if marks or not app.remote(found):
        problem = reason_not_to_use(
            site,
            "blueprint",
            app.name,
            f"The web service {app.name} on Render",
            marks,
            unused=lambda: variables.keys() <= _known(app),
            cure=f"or choose another name with {site.request.another_name}.",
            other=f"choose another name with {site.request.another_name}.",
        )
        if problem:
            return Observation(False, problem=problem)
    (plan, number), cost = prices.instances(found), prices.of_service(found)
    region = str((found.get("serviceDetails") or {}).get("region") or "")
    differences = []
    if plan and app.free != (plan == FREE):
        told = "starter" if app.free else FREE
        other = f"the plan is {plan}, and {FILE} {'says free' if app.free else 'leaves it'}"
        differences.append(f"{other}: run `{site.command('set', f'render_plan={told}')}`" if app.free else other)
    wanted = site.answers.text("render_region", "oregon")
    if region and region != wanted:
        differences.append(f"it is in {region}; the answer is {wanted}, and Render cannot move a service")
    if found.get("suspended") == "suspended":
        differences.append(f"it is suspended: resume it at {found.get('dashboardUrl')}")
    if app.shares_branch():
        differences.append(f"it is built from {branch(found)}, as production is, so each push deploys both")
    size = f"{number} x {plan}" if number > 1 else plan
    return Observation(True, " in ".join(filter(None, (size, region))), differs=", and ".join(differences), cost=cost)


def _known(app: App) -> set[str]:
    """Names that our Blueprint gives a service."""
    names = {one.name for one in app.site.plan.environment} | set(app.site.values.names)
    return {name for resource in app.site.plan.resources for name in resource.variables} | names | set(PUBLIC)


def _see_variables(app: App) -> Observation:
    app.web()
    missing = {process: app.missing(process) for process in app.seen}
    return Observation(not any(missing.values()), app.site.values.plan(app.site.values.absent))


def _set_missing(app: App) -> Iterator[Command]:
    """What is deployed already is deployed again then: a service gets its variables with its next deploy."""
    values: dict[str, str] = {}
    for process in app.seen:  # the site first
        names = app.missing(process)
        values = values or app.seen_variables["web"] | app.site.values.settable(names)
        given = {name: values[name] for name in names if values.get(name)}
        if given:
            app.outdate(process)
            yield from set_on(app, [process], given)


def _planned(app: App) -> list[str]:
    """Without a site, what it lacks is not known."""
    return [
        API.command("PUT", _path(service, name), {}, shown={"value": "..."}).line(app.site.cli.name)
        for process, service in app.seen.items()
        for name in app.missing(process)
    ]


def set_on(app: App, processes: Iterable[str], values: Mapping[str, str]) -> list[Command]:
    """Each on each of these services, as far as they are there."""
    return [
        API.command("PUT", _path(app.seen[process], name), {"value": value}, shown={"value": "..."})
        for process in processes
        if process in app.seen
        for name, value in values.items()
    ]


def _path(service: Mapping[str, Any], name: str) -> str:
    """https://api-docs.render.com/reference/update-env-var"""
    return f"/services/{service['id']}/env-vars/{name}"
