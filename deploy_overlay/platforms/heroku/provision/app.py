"""The app of this project, its answers and what Heroku says of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from ....adapter.site import MARK, Site
from ....base.scrub import hide

PERSONAL = "personal"  # the account itself, where no team is meant
ID = "app id"  # in the record
NOT_THERE = r"Couldn't find that app"


@dataclass
class App:
    """The app of this project and what Heroku says of it."""

    site: Site
    # What was seen last: commands follow a look, and each question takes the program a second.
    seen_config: dict[str, str] = field(default_factory=dict)
    seen_addons: list[dict[str, Any]] = field(default_factory=list)
    seen_releases: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.site.name

    @property
    def database(self) -> str:
        """Name of the add-on: add-ons have names of their own, unique in all of Heroku."""
        return f"{self.name}-db"

    @property
    def region(self) -> str:
        return self.site.answers.text("heroku_region", "us") or "us"

    @property
    def plan(self) -> str:
        return self.site.answers.text("heroku_postgres", "essential-0") or "essential-0"

    @property
    def dyno(self) -> str:
        return self.site.answers.text("heroku_dyno", "basic") or "basic"

    @property
    def remote(self) -> str:
        return f"https://{os.environ.get('HEROKU_GIT_HOST', 'git.heroku.com')}/{self.name}.git"

    def ask(self, *argv: str, secret: bool = False) -> Any:
        return self.site.cli.json(*argv, "-a", self.name, "--json", secret=secret)

    def info(self) -> dict[str, Any] | None:
        """What Heroku says of the app, None where it has none of this name that is ours to see."""
        found = self.site.cli.json("apps:info", "-a", self.name, "--json", absent=NOT_THERE)
        if found is None:
            return None
        self.site.notes["address"] = str(found["app"]["web_url"]).rstrip("/")
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

    def config(self) -> dict[str, str]:
        found: dict[str, str] = self.ask("config", secret=True)
        for name, value in found.items():
            if name not in self.public:
                hide(value)
        self.seen_config = found
        return found

    @property
    def public(self) -> dict[str, str]:
        """Config vars that are no secret."""
        site = self.site
        values = {"DJANGO_SETTINGS_MODULE": f"{site.answers.deploy_package}.settings"}
        return values | ({MARK: site.mark} if site.mark else {})

    def team(self) -> str:
        """The team that a new app goes to, `personal` for the account itself."""
        teams = [str(team["name"]) for team in self.site.cli.json("teams", "--json")]
        labels = {PERSONAL: "your own account"} | {team: f"team {team}" for team in teams}
        return self.site.choose("heroku_team", "owner of the app", labels)
