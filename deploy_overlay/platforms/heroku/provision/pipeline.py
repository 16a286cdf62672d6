"""A pipeline of production and of an environment beside it: https://devcenter.heroku.com/articles/pipelines

The site does not need it: it shows both apps together and lets people promote a build. So what the account may not do is
left out, and what their owner has changed since stays as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ....adapter.request import PRODUCTION
from ....adapter.site import MARK
from ....adapter.steps import Command, Observation, Step
from ....base.message import Failure
from . import api
from .app import NOT_THERE, App

STAGES = ("development", "staging")  # those that an environment can have the name of


@dataclass
class Pipeline:
    app: App
    id: str = ""
    # Whether production's app is there and this project's, and its own place in a pipeline.
    production: bool = False
    coupling: dict[str, Any] | None = None
    production_id: str = ""

    @property
    def name(self) -> str:
        """That of the site, as of production's app."""
        return self.app.site.answers.text("deploy_name")

    @property
    def stage(self) -> str:
        environment = self.app.site.request.environment
        return environment if environment in STAGES else "staging"

    def look_at_production(self) -> None:
        """An app of its name that is another project's, or of which the account sees nothing, is left alone."""
        site = self.app.site
        with contextlib.suppress(Failure):
            found = site.cli.json("apps:info", "-a", self.name, "--json", absent=NOT_THERE)
            config = site.cli.json("config", "-a", self.name, "--json", secret=True) if found else {}
            self.production = bool(site.mark) and config.get(MARK) == site.mark_of(PRODUCTION)
            self.coupling = found.get("pipeline_coupling") if self.production else None
            self.production_id = str(found["app"]["id"]) if self.production else ""

    def add(self, app: str, stage: str) -> tuple[str, ...]:
        return ("pipelines:add", self.id or self.name, "-a", app, "-s", stage)


def pipeline_steps(app: App) -> list[Step]:
    """The pipeline, the environment's place in it, and production's where its app is there."""
    site, pipeline = app.site, Pipeline(app)
    pipeline.look_at_production()
    name = pipeline.name

    def step(place: str, wanted: str, stage: str) -> Step:
        return Step(
            name=place,
            what=f"{wanted} in the pipeline, at the stage {stage}",
            observe=lambda: _see_place(pipeline, wanted),
            commands=lambda: [Command(pipeline.add(wanted, stage))],
            after=("app", "pipeline"),
            optional=True,
        )

    created = Step(
        name="pipeline",
        what=f"pipeline {name}",
        observe=lambda: _see(pipeline),
        commands=lambda: _create(pipeline),
        plan=lambda: [site.cli.line("pipelines:create", name, "-a", app.name, "-s", pipeline.stage)],
        undo=f"heroku pipelines:destroy {name}",
        creates=name,
        unique=False,
        after=("app",),
        optional=True,
    )
    production = [step("production's place", name, "production")] if pipeline.production else []
    return [created, step("place", app.name, pipeline.stage), *production]


def _see(pipeline: Pipeline) -> Observation:
    """One that either app is in, else the one of this name that a run of this clone made."""
    app = pipeline.app
    app.info()
    for coupling in (app.coupling, pipeline.coupling):
        if coupling:
            pipeline.id = str(coupling["pipeline"]["id"])
            return Observation(True, str(coupling["pipeline"].get("name") or ""))
    found = [one for one in app.site.cli.json("pipelines", "--json") or [] if one["name"] == pipeline.name]
    if found and app.site.record.owns("pipeline", pipeline.name):
        pipeline.id = str(found[0]["id"])
        return Observation(True)
    if found:
        text = "another one has this name"
        return Observation(
            False, f"left out: {text}",
            problem=f"{text}, and no run here made it: `{app.site.cli.line(*pipeline.add(app.name, pipeline.stage))}` "
            "uses that one.",
        )  # fmt: skip
    if app.site.record.is_done("pipeline"):
        return Observation(True, "deleted since")
    return Observation(False)


def _see_place(pipeline: Pipeline, wanted: str) -> Observation:
    app = pipeline.app
    if wanted == app.name:
        identity, coupling = str((app.info() or {}).get("id")), app.coupling
    else:
        pipeline.look_at_production()
        identity, coupling = pipeline.production_id, pipeline.coupling
    record, seen = app.site.record, f"{wanted} in a pipeline"
    if coupling:
        record.choose(seen, identity)
        return Observation(True, f"{coupling['pipeline'].get('name') or ''}, {coupling['stage']}".lstrip(", "))
    if record.chosen(seen) == identity:
        return Observation(True, "taken out since")
    if not pipeline.id:
        return Observation(False, "left out: no pipeline", problem="there is no pipeline for it.")
    return Observation(False)


def _create(pipeline: Pipeline) -> Iterator[Command]:
    """Sent once: the program repeats a request whose connection broke, and names of pipelines are not unique."""
    app = pipeline.app
    found = app.info() or {}
    team = found.get("team") or {}
    owner = {"id": team["id"], "type": "team"} if team else {"id": found["owner"]["id"], "type": "user"}
    yield api.post(app.site.cli, "/pipelines", {"name": pipeline.name, "owner": owner}, f"pipeline {pipeline.name} ...")
