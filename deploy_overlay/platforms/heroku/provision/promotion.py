"""The build of another environment, released here instead of building the same commit again.

https://devcenter.heroku.com/articles/pipelines#promoting-apps-in-a-pipeline: config vars and the release phase are those of
the app that it is released in.
"""

from __future__ import annotations

from ....adapter.request import PRODUCTION, in_environment
from ....adapter.site import MARK
from ....adapter.steps import Command
from ....base.message import Failure
from ....base.release import command
from .app import NOT_THERE, App
from .history import code, newest_first, with_promoted

RELEASE = 1800.0  # seconds: its release phase has to end


def promotion(app: App) -> Command:
    """Raises Failure unless the other environment is online with the current commit, and both apps are in one pipeline."""
    site = app.site
    environment, cli = site.request.promoted, site.cli
    source = in_environment(site.answers.text("deploy_name"), environment, "-")
    if source == app.name:
        raise Failure(f"{source} cannot be promoted to itself: name another environment.", anchor="not-promotable")
    option = () if environment == PRODUCTION else ("--environment", environment)
    deploying = command(site.answers.values, "deploy", *option, answers_file=site.answers.answers_file)
    found = cli.json("apps:info", "-a", source, "--json", absent=NOT_THERE)
    config = cli.json("config", "-a", source, "--json", secret=True) if found else {}
    if not found or not site.mark or config.get(MARK) != site.mark_of(environment):
        raise Failure(
            f"This project has no app {source} on Heroku: deploy it first with `{deploying}`.", anchor="not-promotable"
        )
    rows = with_promoted(cli, source, newest_first(cli.json("releases", "-n", "200", "-a", source, "--json")))
    online = next((built for one in rows if one["status"] == "succeeded" and (built := code(one, rows))), "")
    if not online or not site.commit.startswith(online):
        runs = f"runs commit {online[:8]}" if online else "has no release"
        raise Failure(
            f"{source} {runs}, and the current commit is {site.commit[:8]}: deploy it there first with `{deploying}`.",
            anchor="not-promotable",
        )
    app.info()
    place, own = found.get("pipeline_coupling"), app.coupling
    if not place or not own or place["pipeline"]["id"] != own["pipeline"]["id"]:
        raise Failure(
            f"{source} and {app.name} are not in the same pipeline: add both with `{cli.line('pipelines:add', 'NAME', '-a')} APP "
            "-s STAGE`, then run this again.",
            anchor="not-promotable",
        )
    argv = ("pipelines:promote", "-a", source, "--to", app.name)
    return Command(argv, timeout=RELEASE, progress=f"releasing the build of {source} ...")
