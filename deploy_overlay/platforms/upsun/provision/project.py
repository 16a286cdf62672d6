"""The Upsun project of this repository, its answers and what Upsun says of it.

The program prints no JSON but that of the API itself; tables come as CSV: https://docs.upsun.com/administration/cli.html
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ....adapter.request import ENVIRONMENT, PRODUCTION
from ....adapter.site import MARK, Site
from ....base.message import Failure
from ....base.scrub import hide
from .sizes import larger

NO_ENVIRONMENT = r"Specified environment not found"
NOT_THERE = r"Specified project not found|not found|Not Found"
LOOKED_AT = 20  # projects at most; each takes a second
PAGES = 50  # of an organisation's subscriptions
FOUND = "project"  # note with the id of the project that was found by its title
REMOTES = ("upsun", "platform")  # as the program of today and that of Platform.sh call it


@dataclass
class Project:
    site: Site
    id: str = ""  # empty until there is one
    # What was seen last: commands follow a look, and each question takes the program a second.
    variables: dict[str, str] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)  # names of variables of the production environment alone
    environment: dict[str, str] = field(default_factory=dict)
    organisation: str = ""
    organisations: dict[str, str] = field(default_factory=dict)  # name → id
    default_branch: str = ""
    order: str = ""  # id of what this run has ordered
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def option(self) -> str:
        """What names an environment beside production at the end of a line for people."""
        return f" --environment {self.branch}" if self.beside else ""

    @property
    def level(self) -> tuple[str, ...]:
        """Where the variables of this run are: production's are the project's."""
        return ("--level", "environment", "--environment", self.branch) if self.beside else ("--level", "project")

    @property
    def mark(self) -> str:
        """The project's own, whichever environment this run is about."""
        return self.site.mark_of(PRODUCTION)

    @property
    def title(self) -> str:
        return self.site.name

    @property
    def flavour(self) -> str:
        return self.site.answers.text("upsun_flavour", "flex") or "flex"

    @property
    def region(self) -> str:
        region = self.site.answers.text("upsun_region", "eu-5") or "eu-5"
        return f"{region.removesuffix('.platform.sh')}.platform.sh"

    @property
    def plan(self) -> str:
        return self.site.answers.text("upsun_plan", "development") or "development"

    @property
    def beside(self) -> bool:
        """Whether this run is about an environment beside production."""
        return self.site.request.environment != PRODUCTION

    @property
    def branch(self) -> str:
        """The branch that the environment of this run is deployed from, and its id."""
        return self.site.request.environment if self.beside else self.production

    @property
    def production(self) -> str:
        """The branch that production is deployed from."""
        if self.id and not self.default_branch:
            told = self.site.cli.text("project:info", "default_branch", "--project", self.id)
            self.default_branch = _last(told) or "main"
        return self.default_branch or "main"

    def linked(self) -> str:
        """The id of the project that a git remote of this clone leads to, `id@git.region:id.git`; "" for none."""
        for name in REMOTES:
            found = re.match(r"([a-z0-9]+)@git\.[^:]+:\1\.git$", self.site.git("config", "--get", f"remote.{name}.url"))
            if found:
                return found[1]
        return ""

    def known(self) -> str:
        """The id of the linked project, or of the one that a look of this run has found; "" for none."""
        return self.linked() or self.site.notes.get(FOUND, "")

    def with_title(self) -> dict[str, str]:
        """Projects with exactly this title: id → what people call it; of the organisation that was named, if one was."""
        named = self.site.answers.text("upsun_organization")
        rows = self.site.cli.table("project:list", "--title", self.title, columns="id,title,region,organization_name")
        return {
            id_: f"{title} ({id_}, {region}, {organisation})"
            for id_, title, region, organisation in rows
            if title == self.title and (not named or organisation == named or self._marked(id_))
        }

    def marked(self) -> dict[str, str]:
        """Those of them that have this repository's mark."""
        return {id_: label for id_, label in self.with_title().items() if self._marked(id_)}

    def marked_elsewhere(self) -> tuple[str, str]:
        """Id and title of a project with this repository's mark and another title, which its owner gave it; or nothing.

        Asked before a project is ordered; what Upsun does not answer is left aside.
        """
        with contextlib.suppress(Failure):
            rows = self.site.cli.table("project:list", columns="id,title,region,organization_name")
            for id_, title, _, _ in rows[:LOOKED_AT] if self.mark else []:
                with contextlib.suppress(Failure):
                    if title != self.title and self._marked(id_):
                        return id_, title
        return "", ""

    def ordered(self) -> list[str]:
        """Ids of the orders of a project with this title, the oldest first; deleted ones left out.

        A project is in no list of projects until some time after its order.
        """
        orders: list[tuple[str, int, str]] = []
        path = "subscriptions"
        for _ in range(PAGES):
            found = self.api(path)
            for item in found.get("items", []):
                standing = item.get("status") in ("requested", "provisioning", "active")
                if standing and item.get("project_title") == self.title:
                    id_ = str(item["id"])
                    orders.append((str(item.get("created_at", "")), int(re.sub(r"\D", "", id_) or 0), id_))
            following = str(((found.get("_links") or {}).get("next") or {}).get("href") or "")
            if not following:
                break
            path = f"subscriptions?{urlsplit(following).query}"
        return [id_ for _, _, id_ in sorted(orders)]

    def has_ordered(self, answer: str) -> None:
        """Takes the id of the order from what Upsun answered to it."""
        with contextlib.suppress(ValueError, AttributeError):
            self.order = str(json.loads(answer).get("id", ""))

    def refusal(self) -> str:
        """Why the organisation can have no project more, with the cure; empty where it can."""
        told = self.api("subscriptions/can-create")
        if told.get("can_create", True):
            return ""
        kind = (told.get("required_action") or {}).get("type") or (told.get("required_action") or {}).get("action")
        message = f"Upsun does not create a project for {self.owner()}: {told.get('message') or kind}"
        text = f"{message} {kind} verification"
        cure = next((cure for pattern, cure in self.site.cli.tool.problems if re.search(pattern, text)), "")
        return f"{message} {cure}".strip()

    def api(self, path: str) -> dict[str, Any]:
        """What the API says of the organisation. https://docs.upsun.com/administration/cli/reference.html"""
        owner = self.owner()
        found: Any = self.site.cli.json("api:curl", f"organizations/{self.organisations[owner]}/{path}")
        return found if isinstance(found, dict) else {}

    def owner(self) -> str:
        """The organisation that a new project goes to; of the flavour's kind, as far as Upsun says of which it is."""
        if not self.organisation:
            other = "fixed" if self.flavour == "flex" else "flexible"
            rows = self.site.cli.table(
                "organization:list", columns="id,name,label,type", nothing="(?i)no organizations"
            )
            self.organisations = {name: id_ for id_, name, _, kind in rows if kind != other}
            labels = {name: label for _, name, label, kind in rows if kind != other}
            self.organisation = self.site.choose("upsun_organization", f"organisation for {self.flavour}", labels)
        return self.organisation

    def exists(self) -> bool:
        """Whether this account sees the project of this id."""
        line = ("project:info", "--project", self.id, "--format", "csv")
        done = self.site.cli.ask(*line)
        if done.status != 0 and not re.search(NOT_THERE, done.errors + done.output):
            raise self.site.cli.failure(done, self.site.cli.line(*line))
        self.properties = {row[0]: row[1] for row in csv.reader(io.StringIO(done.output)) if len(row) == 2}
        return done.status == 0 and self.properties.get("id") == self.id

    def differs(self) -> str:
        """In what the project is otherwise than the answers say."""
        if not self.properties and not self.exists():
            return ""
        region = self.properties.get("region", "")
        plan = re.search(r"(?m)^\s*plan: '?([\w/.-]+)", self.properties.get("subscription", ""))
        found = []
        if region and region != self.region:
            found.append(f"the project is in {region}; the answer upsun_region is {self.region}")
        if plan and self.flavour == "fixed" and plan[1] != self.plan:
            found.append(f"the project has the plan {plan[1]}; the answer upsun_plan is {self.plan}")
        if self.flavour == "flex" and (self.environment or self.look_at_environment())["status"] == "active":
            found.append(larger(self.look_at_sizes()))
        return ", and ".join(filter(None, found))

    def look_at_variables(self) -> dict[str, str]:
        """Those of the project, or of an environment beside production; the value of a sensitive one is empty."""
        self.variables = self._of_environment() if self.beside else self._variables(self.id)
        return self.variables

    def look_at_project_variables(self) -> dict[str, str]:
        """The project's, which each of its environments sees too."""
        return self._variables(self.id)

    def _of_environment(self) -> dict[str, str]:
        """Of an environment beside production its own alone: no list of the program tells those of its parent apart."""
        path = f"projects/{self.id}/environments/{self.branch}/variables"
        found: list[dict[str, Any]] = self.site.cli.json("api:curl", path, "--fail", secret=True) or []
        own = {str(one["name"]): str(one.get("value", "")) for one in found if not one.get("inherited")}
        for name, value in own.items():
            if name not in (MARK, f"env:{ENVIRONMENT}"):
                hide(value)
        return own

    def _variables(self, id_: str) -> dict[str, str]:
        line = ("variable:list", "--project", id_, "--level", "project")
        rows = self.site.cli.table(*line, columns="name,value", nothing="No variables", secret=True)
        for name, value in rows:
            if name != MARK:
                hide(value)
        return dict(rows)

    def look_at_sizes(self) -> list[list[str]]:
        """Name, size, disk and number of instances of each container; none where Upsun does not say."""
        columns = "service,profile_size,disk,instance_count"
        line = ("resources:get", "--project", self.id, "--environment", self.branch)
        with contextlib.suppress(Failure):  # nothing depends on it
            return self.site.cli.table(*line, columns=columns)
        return []

    def environments(self) -> list[tuple[str, str]]:
        """Name and status of every environment of the project."""
        rows = self.site.cli.table("environment:list", "--project", self.id, columns="id,status")
        return [(name, status.lower()) for name, status in rows]

    def look_at_environment_variables(self) -> list[str]:
        """Names of the variables that the environment has of its own."""
        line = ("variable:list", "--project", self.id, "--level", "environment", "--environment", self.branch)
        return [name for name, _ in self.site.cli.table(*line, columns="name,level", nothing="No variables")]

    def look_at_environment(self) -> dict[str, str]:
        """What Upsun says of the environment, property → text; raises Failure where there is none."""
        found = self.find_environment(self.branch)
        if found is None:
            raise Failure(f"The Upsun project {self.id} has no environment {self.branch}.", anchor="platform-refused")
        return found

    def find_environment(self, branch: str) -> dict[str, str] | None:
        """The same of any environment; None where there is none."""
        line = ("environment:info", "--project", self.id, "--environment", branch, "--format", "csv")
        done = self.site.cli.ask(*line)
        if done.status != 0:
            if re.search(NO_ENVIRONMENT, done.errors + done.output):
                return None
            raise self.site.cli.failure(done, self.site.cli.line(*line))
        found = {row[0]: row[1] for row in csv.reader(io.StringIO(done.output)) if len(row) == 2}
        if "status" not in found:
            raise self.site.cli.unexpected_output(done, self.site.cli.line(*line), "a list of properties")
        if branch == self.branch:
            self.environment = found
        return found

    def _marked(self, id_: str) -> bool:
        """Whether the project of this id says of itself that this repository is deployed there."""
        return self._variables(id_).get(MARK, "") == self.mark != ""

    def belongs_elsewhere(self) -> bool:
        """Whether the project says of itself that another repository is deployed there."""
        mark = (self._variables(self.id) if self.beside else self.variables).get(MARK, "")
        return bool(mark and self.mark and mark != self.mark)

    def url(self) -> str:
        """The address of the primary route."""
        argv = ("environment:url", "--project", self.id, "--environment", self.branch, "--primary", "--pipe")
        address = _last(self.site.cli.text(*argv))
        if not address:
            raise Failure(
                f"Upsun does not say where the site is: `upsun url{self.option}` lists its addresses.",
                anchor="platform-refused",
            )
        return address.rstrip("/")


def _last(text: str) -> str:
    """The last line: PHP, in which the program is written, may print notices before it."""
    return text.strip().rpartition("\n")[2].strip()


def linked_project(site: Site) -> Project:
    """The project that a git remote of this clone leads to. Raises Failure where none does."""
    project = Project(site, id=Project(site).linked())
    if not project.id:
        raise Failure(
            "This repository is not linked to an Upsun project: run `upsun set-remote`.", anchor="database-missing"
        )
    return project
