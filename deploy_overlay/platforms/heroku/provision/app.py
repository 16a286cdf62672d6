"""The app of this project, its answers and what Heroku says of it."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import Any

from ....adapter.cli import Cli
from ....adapter.site import MARK, Site
from ....base.message import Failure
from ....base.scrub import hide
from .program import GIT_HOST

PERSONAL = "personal"  # the account itself, where no team is meant
ID = "app id"  # in the record
LOOKED_AT = 20  # apps at most; each takes a second
MAINTENANCE = "maintenance"  # note that the app's owner has closed it to visitors
NOT_THERE = r"Couldn't find that app"


@dataclass
class App:
    """The app of this project and what Heroku says of it."""

    site: Site
    # What was seen last: commands follow a look, and each question takes the program a second.
    seen_config: dict[str, str] = field(default_factory=dict)
    seen_addons: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by the kind of the resource
    seen_releases: list[dict[str, Any]] = field(default_factory=list)
    # Processes that the release starts which was online when this run first looked; None where that cannot be told.
    started_before: set[str] | None = None
    new_to_releases: bool = True
    coupling: dict[str, Any] | None = None  # its place in a pipeline
    new: bool | None = None  # whether it had no mark of this project when this run saw it first

    @property
    def name(self) -> str:
        return self.site.name

    @property
    def region(self) -> str:
        return self.site.answers.text("heroku_region", "us") or "us"

    @property
    def dyno(self) -> str:
        return self.site.answers.text("heroku_dyno", "basic") or "basic"

    @property
    def remote(self) -> str:
        return f"https://{GIT_HOST}/{self.name}.git"

    def ask(self, *argv: str, secret: bool = False) -> Any:
        return self.site.cli.json(*argv, "-a", self.name, "--json", secret=secret)

    def info(self) -> dict[str, Any] | None:
        """What Heroku says of the app, None where it has none of this name that is ours to see."""
        found = self.site.cli.json("apps:info", "-a", self.name, "--json", absent=NOT_THERE)
        if found is None:
            return None
        self.coupling = found.get("pipeline_coupling")
        self.site.notes["address"] = str(found["app"]["web_url"]).rstrip("/")
        self.site.notes.pop(MAINTENANCE, None)
        if found["app"].get("maintenance"):
            self.site.notes[MAINTENANCE] = "on"
        return dict(found["app"])

    def remember(self, found: dict[str, Any]) -> None:
        """By its id, which stays when the app is renamed."""
        if self.site.record.chosen(ID) != found["id"]:
            self.site.record.choose(ID, str(found["id"]))

    def renamed(self) -> str:
        """What the app is called now that an earlier run used under this name; empty where that is gone."""
        identity = self.site.record.chosen(ID)
        if not identity or not self.site.record.owns("app", self.name):
            return ""
        found = self.site.cli.json("apps:info", "-a", identity, "--json", absent=NOT_THERE)
        return str(found["app"]["name"]) if found else ""

    def marked_elsewhere(self) -> str:
        """An app of this account that has this project's mark under another name; empty where none is found.

        Its owner renamed it, and this clone has neither a record of it nor a remote. Asked before an app is created; what
        Heroku does not answer is left aside.
        """
        with contextlib.suppress(Failure):
            team = self.team()
            owner = () if team == PERSONAL else ("--team", team)
            names = [str(one["name"]) for one in self.site.cli.json("apps", *owner, "--json")]
            for name in names[:LOOKED_AT]:
                with contextlib.suppress(Failure):
                    if self.site.cli.json("config", "-a", name, "--json", secret=True).get(MARK) == self.site.mark:
                        return name
        return ""

    def config(self) -> dict[str, str]:
        found: dict[str, str] = self.ask("config", secret=True)
        for name, value in found.items():
            if name not in (*self.public, *self.site.values.constants, MARK):
                hide(value)
        self.seen_config = found
        return found

    @property
    def public(self) -> dict[str, str]:
        """Config vars that are no secret."""
        return {"DJANGO_SETTINGS_MODULE": f"{self.site.answers.deploy_package}.settings"}

    def formation(self) -> dict[str, tuple[int, str]]:
        """Number and size of each process type's dynos; empty before the first build."""
        return formation_of(self.site.cli, self.name)

    def team(self) -> str:
        """The team that a new app goes to, `personal` for the account itself."""
        teams = [str(team["name"]) for team in self.site.cli.json("teams", "--json")]
        labels = {PERSONAL: "your own account"} | {team: f"team {team}" for team in teams}
        return self.site.choose("heroku_team", "owner of the app", labels)


def formation_of(cli: Cli, name: str) -> dict[str, tuple[int, str]]:
    """Number and size of each process type's dynos in the app of this name; empty before the first build."""
    done = cli.ask("ps:scale", "-a", name)
    if done.status != 0:
        if "No process types" in done.errors:
            return {}
        raise cli.failure(done, cli.line("ps:scale", "-a", name))
    found = re.findall(r"([\w-]+)=(\d+):([\w.-]+)", done.output)
    return {kind: (int(number), size) for kind, number, size in found}
