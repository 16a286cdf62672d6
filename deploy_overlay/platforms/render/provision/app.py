"""The services of this site on Render, as its API tells of them: https://api-docs.render.com/reference/list-services"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ....adapter.request import PRODUCTION
from ....adapter.site import MARK, Site
from ....base.message import Failure
from ....base.scrub import hide
from ..commands import is_free
from ..stores import Store
from .program import BRANCH

TYPES = {"worker": "background_worker", "scheduler": "background_worker", "cron": "cron_job"}
WEB = "web_service"
WORKSPACE = "workspace"  # in the record: that of the site, whose stores may outlast it
PUBLIC = ("PORT", "WEB_CONCURRENCY", "DJANGO_SETTINGS_MODULE", MARK)  # values that are no secret


@dataclass
class App:
    site: Site
    # What was seen last: commands follow a look.
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)  # services, by the name of their process
    seen_variables: dict[str, dict[str, str]] = field(default_factory=dict)  # of each, by the same name
    before: dict[str, set[str]] = field(
        default_factory=dict
    )  # deploys of each that were there when this run ordered one
    production: dict[str, Any] | None = None  # production's own service, for an environment beside it

    @property
    def name(self) -> str:
        return self.site.name

    @property
    def free(self) -> bool:
        return is_free(self.site.answers.values)

    @property
    def wanted(self) -> dict[str, tuple[str, str]]:
        """Name and type of the service of each process, by the process's name; the site first."""
        beside = (*self.site.plan.beside, *self.site.plan.jobs)
        return {"web": (self.name, WEB)} | {one.name: (f"{self.name}-{one.name}", TYPES[one.kind]) for one in beside}

    def look(self) -> dict[str, dict[str, Any]]:
        """The services that are there, all of one workspace; none where the site is not."""
        listed = [dict(one["service"]) for one in self.site.cli.json("ALL", "/services")]
        web = self._chosen([one for one in listed if (str(one["name"]), str(one["type"])) == (self.name, WEB)])
        self.seen = {}
        if web is None:
            return {}
        if self.site.record.chosen(WORKSPACE) != web["ownerId"]:
            self.site.record.choose(WORKSPACE, str(web["ownerId"]))
        self.site.notes["address"] = str((web.get("serviceDetails") or {}).get("url") or "").rstrip("/")
        owner = str(web["ownerId"])
        if self.site.request.environment != PRODUCTION:
            first = (self.site.answers.text("deploy_name"), WEB, owner)
            known = ((str(each["name"]), str(each["type"]), str(each["ownerId"])) for each in listed)
            self.production = next((each for each, one in zip(listed, known, strict=True) if one == first), None)
        for process, one in self.wanted.items():
            found = (each for each in listed if (str(each["name"]), str(each["type"])) == one)
            same = next((each for each in found if str(each["ownerId"]) == owner), None)
            if same is not None:
                self.seen[process] = web if process == "web" else same
        return self.seen

    def _chosen(self, candidates: list[dict[str, Any]]) -> dict[str, Any] | None:
        """One of several in different workspaces: that of this repository, or what the owner says."""
        linked = [one for one in candidates if self.remote(one)] or candidates
        if len(linked) < 2:
            return linked[0] if linked else None
        by_owner = {str(one["ownerId"]): one for one in linked}
        names = {str(one["owner"]["id"]): str(one["owner"]["name"]) for one in self.site.cli.json("ALL", "/owners")}
        labels = {owner: names.get(owner, owner) for owner in by_owner}
        return by_owner[self.site.choose("render_workspace", "workspace", labels)]

    def shares_branch(self) -> bool:
        """Whether a push for an environment beside production would deploy production too, as last seen."""
        other, web = self.production, self.seen.get("web")
        if other is None or web is None or other.get("autoDeploy") == "no" or other.get("autoDeployTrigger") == "off":
            return False
        same = same_repository(str(other.get("repo") or ""), str(web.get("repo") or ""))
        return same and branch(other) == branch(web)

    def service(self, process: str) -> dict[str, Any] | None:
        """As it was seen last; looked for where it was not there then."""
        return self.seen.get(process) or self.look().get(process)

    def web(self) -> dict[str, Any]:
        """The site's own service. Raises Failure where it is not there."""
        found = self.service("web")
        if found is None:
            raise Failure(
                f"Render has no web service {self.name}: run `{self.site.command('provision')}`, which says how it is made.",
                anchor="nothing-there-yet",
            )
        return found

    def variables(self, process: str = "web") -> dict[str, str]:
        """Of one service; secrets."""
        service = self.web() if process == "web" else self.seen[process]
        listed = self.site.cli.json("ALL", f"/services/{service['id']}/env-vars", secret=True)
        found = {str(one["envVar"]["key"]): str(one["envVar"].get("value") or "") for one in listed}
        for name, value in found.items():
            if name not in (*PUBLIC, *self.site.values.constants):
                hide(value)
        self.seen_variables[process] = found
        return found

    def store(self, wanted: Store) -> dict[str, Any] | None:
        """That of the site, in its workspace."""
        owner = self.site.record.chosen(WORKSPACE) or str(self.web()["ownerId"])
        name = wanted.named(self.name)
        listed = [dict(one[wanted.listed]) for one in self.site.cli.json("ALL", wanted.path)]
        same = (one for one in listed if str(one["name"]) == name and str(one["owner"]["id"]) == owner)
        return next(same, None)

    def deploys(self, service: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The newest first, by the time of each: the API promises no order."""
        listed = [dict(one["deploy"]) for one in self.site.cli.json("ALL", f"/services/{service['id']}/deploys")]
        return sorted(listed, key=lambda one: str(one.get("createdAt") or ""), reverse=True)

    def missing(self, process: str) -> list[str]:
        """Names that a service lacks and can get: those that the site needs, and for others what the site itself has."""
        values = self.site.values
        there = {name for name, value in self.variables().items() if value}
        of_web = values.settable_now(values.missing(there))
        if process == "web":
            return of_web
        own = {name for name, value in self.variables(process).items() if value}
        known = dict.fromkeys([*(one.name for one in self.site.plan.environment), *values.names])
        return [name for name in known if name in {*there, *of_web} and name not in own]

    def outdate(self, process: str) -> None:
        """The deploy that is online or under way does not have the variables that are being set."""
        newest = next(iter(self.deploys(self.seen[process])), None)
        if newest is not None:
            self.site.record.choose(stale_deploy(process), str(newest["id"]))

    def blueprint(self) -> dict[str, Any] | None:
        """The Blueprint that the site's service belongs to."""
        service = self.web()
        for one in self.site.cli.json("ALL", "/blueprints"):
            if same_repository(str(one["blueprint"].get("repo") or ""), str(service.get("repo") or "")):
                found = self.site.cli.json("GET", f"/blueprints/{one['blueprint']['id']}")
                if service["id"] in [each.get("id") for each in found.get("resources") or []]:
                    return dict(found)
        return None

    def remote(self, service: Mapping[str, Any]) -> str:
        """The git remote of this clone that leads to a service's repository; "" where none does."""
        repo = str(service.get("repo") or "")
        return next((name for name, url in self.remotes().items() if same_repository(url, repo)), "")

    def remotes(self) -> dict[str, str]:
        """Address by name, as written in the configuration: `git remote -v` shows what url.*.insteadOf makes of them."""
        listed = self.site.git("config", "--get-regexp", r"^remote\..*\.url$").splitlines()
        return dict(line.removeprefix("remote.").split(".url ", 1) for line in listed if ".url " in line)


def stale_deploy(process: str) -> str:
    """In the record: the deploy of a service that lacks variables which were set since."""
    return f"deploy of {process} before its variables"


def branch(service: Mapping[str, Any]) -> str:
    return str(service.get("branch") or BRANCH)


def same_repository(one: str, other: str) -> bool:
    return bool(one) and _place(one) == _place(other)


def web_address(url: str) -> str:
    """Of a repository, for a browser; "" for one on this machine."""
    host, _, path = _place(url).partition("/")
    return f"https://{host}/{path}" if "." in host and path else ""


def _place(url: str) -> str:
    """Host and path of a repository, however it is reached: git@github.com:acme/shelf.git is github.com/acme/shelf."""
    rest = re.sub(r"^\w+://", "", url.strip()).removesuffix("/").removesuffix(".git")
    rest = rest.rpartition("@")[2] if "@" in rest.partition("/")[0] else rest
    host, separator, path = rest.partition(":")
    if separator and "/" not in host and not re.match(r"\d+/", path):
        rest = f"{host}/{path}"
    return rest.lower()
