"""Upsun's API and its auth server as far as the CLI asks for them, with their state. https://api.upsun.com/docs/

What must hold there holds here: a project is ordered by a subscription and is in no list until that is active, two
projects may have one title, a variable is made once, the value of a sensitive one is never told, a commit that is there
already is built no second time. A branch that is pushed is an environment without anything that runs until it is
activated, and it then has its parent's data unless it was told otherwise before.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .server import Answer, Asked, Refused, Simulated, now
from .world import bare

# Lines of JSON; the program waits until one is whole and says that no other follows.
LOG = '{"seal": true}\n'
TOKEN = "simulated-upsun-api-token"
USER = {
    "id": "user-1", "deactivated": False, "namespace": "ns", "username": "ada", "first_name": "Ada",
    "last_name": "Lovelace", "email": "ada@example.com", "email_verified": True, "picture": "", "country": "GB",
    "phone_number_verified": True, "mfa_enabled": False, "sso_enabled": False, "consent_method": "", "consented_at": now(),
    "created_at": now(), "updated_at": now(),
}  # fmt: skip
REGIONS = ("eu-5.platform.sh", "us-4.platform.sh")
# How a deployment can end: the result of its activity, whether the new version is live, what the environment says of it.
# A deploy hook that fails stops nothing: https://github.com/platformsh/platformsh-docs/issues/5211
OUTCOMES = {
    "success": ("success", True, True),
    "failure": ("failure", False, False),
    "hook failed": ("failure", True, False),
    "hook failed, told as before 2025": ("success", True, False),
}
# What plays the build: tells the API which commit came, and with which options.
BUILD = """
import json, os, sys, urllib.request
for line in sys.stdin:
    old, commit, ref = line.split()
    count = int(os.environ.get("GIT_PUSH_OPTION_COUNT", "0"))
    options = [os.environ[f"GIT_PUSH_OPTION_{number}"] for number in range(count)]
    body = json.dumps({"commit": commit, "branch": ref.removeprefix("refs/heads/"), "options": options}).encode()
    try:
        with urllib.request.urlopen(PUSH, body, timeout=600) as answer:
            print("remote:", answer.read().decode())
    except OSError as error:
        sys.exit(f"! the push was refused: {error}")
"""


@dataclass
class Organisation:
    name: str
    type: str = "flexible"
    can_create: bool = True

    @property
    def id(self) -> str:
        return f"org-{self.name}"


@dataclass(kw_only=True)
class Environment:
    """What each environment of a project has."""

    branch: str = "main"
    parent: str = ""
    kind: str = "production"
    clones: bool = True  # whether it gets its parent's data when it is activated
    data: str = ""  # whose data it began with
    activities: list[dict[str, Any]] = field(default_factory=list)
    head: str = ""
    live: str = ""  # the commit whose build runs
    own: dict[str, dict[str, Any]] = field(default_factory=dict)  # variables of the environment
    active: bool = False
    status: str = ""  # where it is none of active and inactive
    successful: bool = True  # the last deployment
    options: list[str] = field(default_factory=list)  # of the first push
    activated: list[str] = field(default_factory=list)  # the sizes that each activation asked for
    by_hand: bool = False  # whether what is pushed waits until its owner deploys it
    access: dict[str, Any] = field(default_factory=lambda: {"is_enabled": True, "addresses": [], "basic_auth": {}})
    # Size, MB of disk and number of instances of each container.
    sizes: dict[str, tuple[str, int, int]] = field(
        default_factory=lambda: {"app": ("0.1", 512, 1), "db": ("0.1", 512, 1)}
    )


@dataclass
class Project(Environment):
    """With its production environment, `main`."""

    id: str
    title: str
    region: str
    organisation: Organisation
    plan: str
    subscription: str
    looks: int = 1  # at the subscription until the project is there
    created: str = field(default_factory=now)
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    domains: list[str] = field(default_factory=list)  # of its owner
    others: dict[str, Environment] = field(default_factory=dict)  # beside production, by branch

    def environment(self, branch: str) -> Environment:
        if branch == "main":
            return self
        if branch not in self.others:
            raise Refused(404, {"message": "Environment not found"})
        return self.others[branch]


class Upsun(Simulated):
    """`site` is the address that projects claim to have: a test lets something answer there."""

    def __init__(self, site: str = "http://127.0.0.1:9") -> None:
        super().__init__()
        self.site = site
        self.organisations = [Organisation("acme")]
        self.projects: list[Project] = []
        self._number = 0  # of projects that were made
        self._repositories: dict[str, Path] = {}  # by the project
        self.page = 20  # subscriptions that are told at a time
        self.results = ["success"]  # of the next deployments, one of OUTCOMES; the last one stays
        self.user = "Ada Lovelace"  # who pushes
        self.migrate: Callable[[], None] = lambda: None  # what the deploy hook does
        self.secrets: list[str] = []
        self.member_only = False  # whether the account is a member of projects and of no organisation
        self._certifier = tempfile.TemporaryDirectory(prefix="upsun-ca-")

    def close(self) -> None:
        super().close()
        self._certifier.cleanup()

    # What happens outside of the API

    def environ(self) -> dict[str, str]:
        """Leads the real CLI here: https://github.com/upsun/cli#customization"""
        return {"UPSUN_CLI_API_URL": self.url, "UPSUN_CLI_AUTH_URL": self.url, "UPSUN_CLI_TOKEN": TOKEN}

    def repository(self, folder: Path, id_: str) -> Path:
        """A bare repository that is built as Upsun builds the project of this id."""
        self._repositories[id_] = folder
        push = f"PUSH = {f'{self.url}/simulated/push/{id_}'!r}\n{BUILD}"
        return bare(folder, push, receive_advertisePushOptions="true")

    def made(self, title: str, organisation: str = "acme", region: str = REGIONS[0], **more: Any) -> Project:
        """A project, ready; ids are counted: `project1`, `project2`."""
        owner = next(one for one in self.organisations if one.name == organisation)
        self._number += 1  # an id is never given again
        number = self._number
        project = Project(f"project{number}", title, region, owner, "upsun/flexible", f"subscription-{number}")
        for name, value in {"looks": 0, **more}.items():
            setattr(project, name, value)
        self.projects.append(project)
        return project

    def push(self, id_: str, commit: str, branch: str, options: list[str]) -> str:
        with self._lock:
            project = self._project(id_)
            if branch != "main" and branch not in project.others:
                made = Environment(branch=branch, parent="main", kind="development")
                project.others[branch] = made
            environment = project.environment(branch)
            environment.options = environment.options or options
            environment.head = commit
            if branch == "main" or environment.active:
                self._deploy(project, environment, "environment.push", f"pushed {commit[:8]}")
                return "deployed"
            return "the environment is inactive"

    def final(self) -> dict[str, Any]:
        """The state as one compares it: without ids, times and values."""
        return {
            "projects": [
                {
                    "title": one.title, "region": one.region, "organisation": one.organisation.name, "plan": one.plan,
                    "variables": {
                        name: (variable["is_sensitive"], variable["visible_build"])
                        for name, variable in sorted(one.variables.items())
                    },
                    "head": one.head, "active": one.active, "options": one.options,
                    "deployed": [activity["type"] for activity in one.activities],
                }
                | ({"environments": {name: _final(one.others[name]) for name in one.others}} if one.others else {})
                for one in self.projects
            ]
        }  # fmt: skip

    def confidential(self) -> list[str]:
        told = [
            str(variable["value"])
            for project in self.projects
            for variables in (project.variables, *(one.own for one in project.others.values()))
            for variable in variables.values()
            if variable["is_sensitive"]
        ]  # fmt: skip
        return [*self.secrets, *told, TOKEN]

    # The API

    def act(self, asked: Asked) -> Answer:
        pushed = re.fullmatch("/simulated/push/([^/]+)", asked.path)
        if pushed:
            return Answer(200, self.push(pushed[1], asked.body["commit"], asked.body["branch"], asked.body["options"]))
        if asked.path == "/oauth2/token":
            if f"api_token={TOKEN}" not in str(asked.body):
                raise Refused(401, {"error": "invalid_grant", "error_description": "Invalid API token"})
            return Answer(200, {"access_token": "an-access-token", "expires_in": 3600, "token_type": "bearer"})
        if asked.headers.get("authorization") != "Bearer an-access-token":
            raise Refused(401, {"message": "Unauthorized"})
        for method, pattern, action in self._routes():
            found = re.fullmatch(pattern, asked.path)
            if found and method == asked.method:
                return Answer(200, action(asked, *found.groups()))
        raise Refused(404, {"message": f"There is no {asked}."})

    def _routes(self) -> list[tuple[str, str, Callable[..., Any]]]:
        project, environment = "/projects/([^/]+)", "/projects/([^/]+)/environments/([^/]+)"
        organisation = "/organizations/([^/]+)"
        return [
            ("GET", "/(?:users/)?me", lambda asked: USER),
            ("GET", "/users/[^/]+/organizations", self._organisations),
            ("GET", "/ref/users", lambda asked: {USER["id"]: USER}),
            ("GET", "/users/[^/]+/extended-access", self._access),
            ("GET", "/ref/projects", self._references),
            ("GET", "/ref/organizations", lambda asked: {one.id: _organisation(one) for one in self.organisations}),
            ("GET", organisation, lambda asked, name: _organisation(self._organisation(name))),
            ("GET", f"{organisation}/subscriptions/can-create", self._can_create),
            ("GET", f"{organisation}/setup/options", self._options),
            ("GET", "/regions", lambda asked: {"regions": [_region(name) for name in REGIONS]}),
            ("GET", f"{organisation}/subscriptions/estimate", lambda asked, name: {"total": "€19"}),
            ("GET", f"{organisation}/subscriptions", self._subscriptions),
            ("POST", f"{organisation}/subscriptions", self.order),
            ("GET", f"{organisation}/subscriptions/(subscription-[0-9]+)", self._subscription),
            ("DELETE", f"{organisation}/subscriptions/(subscription-[0-9]+)", self._cancel),
            ("GET", project, lambda asked, id_: self._shown(self._project(id_))),
            ("GET", f"{project}/settings", lambda asked, id_: {"sizing_api_enabled": True}),
            ("GET", f"{project}/capabilities", lambda asked, id_: {}),
            ("GET", f"{project}/environments", self._environments),
            ("GET", environment, lambda asked, id_, branch: self._environment(self._project(id_), branch)),
            ("PATCH", environment, self._edit),
            ("POST", f"{environment}/deactivate", self._deactivate),
            ("DELETE", environment, self._delete),
            ("GET", f"{environment}/settings", lambda asked, id_, branch: {}),
            ("GET", f"{environment}/deployments/current", self._deployment),
            ("GET", f"{environment}/deployments/next", self._next),
            ("GET", f"{environment}/autoscaling/settings", self._autoscaling),
            ("GET", f"{environment}/activities", self._activities),
            ("GET", f"{project}/activities/([^/]+)", self._one_activity),
            ("GET", f"{project}/activities/[^/]+/log", lambda asked, id_: LOG),
            ("POST", f"{environment}/redeploy", self._redeploy),
            ("POST", f"{environment}/activate", self._activate),
            ("GET", f"{environment}/variables", self._own),
            ("POST", f"{environment}/variables", self._make_own),
            ("GET", f"{environment}/variables/([^/]+)", self._own_variable),
            ("PATCH", f"{environment}/variables/([^/]+)", self._change_own),
            ("GET", f"{project}/variables", self._variables),
            ("POST", f"{project}/variables", self._make_variable),
            ("GET", f"{project}/variables/([^/]+)", self._variable),
            ("PATCH", f"{project}/variables/([^/]+)", self._change_variable),
            (
                "GET",
                f"{project}/domains",
                lambda asked, id_: [_domain(id_, name) for name in self._project(id_).domains],
            ),
            ("POST", "/ssh", self._sign),
        ]

    def _organisation(self, name: str) -> Organisation:
        if self.member_only:
            raise Refused(403, {"message": "Forbidden"})
        for one in self.organisations:
            if name in (one.id, f"name={one.name}"):
                return one
        raise Refused(404, {"message": "Organization not found"})

    def _organisations(self, asked: Asked) -> Any:
        links = {"ref:users:0": {"href": f"/ref/users?in={USER['id']}"}}
        seen = [] if self.member_only else self.organisations
        return {"items": [_organisation(one) for one in seen], "_links": links}

    def _project(self, id_: str) -> Project:
        for one in self.projects:
            if one.id == id_ and one.looks <= 0:
                return one
        raise Refused(404, {"message": "Project not found"})

    def _access(self, asked: Asked) -> Any:
        ready = [one for one in self.projects if one.looks <= 0]
        items = [
            {
                "resource_id": one.id, "resource_type": "project", "organization_id": one.organisation.id,
                "user_id": USER["id"], "permissions": ["admin"], "granted_at": now(), "updated_at": now(),
            }
            for one in ready
        ]  # fmt: skip
        links = {
            "ref:projects:0": {"href": f"/ref/projects?in={','.join(one.id for one in ready)}"},
            "ref:organizations:0": {
                "href": f"/ref/organizations?in={','.join({one.organisation.id for one in ready})}"
            },
        }
        return {"items": items, "_links": links if ready else {}}

    def _references(self, asked: Asked) -> Any:
        wanted = asked.query["in"][0].split(",")
        return {
            one.id: {
                "id": one.id, "region": one.region, "title": one.title, "status": "active",
                "organization_id": one.organisation.id, "subscription_id": one.subscription, "vendor": "upsun",
                "created_at": now(), "updated_at": now(),
            }
            for one in self.projects if one.id in wanted
        }  # fmt: skip

    def _can_create(self, asked: Asked, name: str) -> Any:
        if self._organisation(name).can_create:
            return {"can_create": True, "message": "", "required_action": None}
        action = {"action": "verification", "type": "credit-card"}
        return {"can_create": False, "message": "A credit card is required.", "required_action": action}

    def _options(self, asked: Asked, name: str) -> Any:
        fixed = self._organisation(name).type == "fixed"
        plans = ["development", "standard", "medium", "large"] if fixed else ["upsun/flexible"]
        defaults = {"plan": plans[0], "storage": 5120, "environments": 3}
        return {"plans": plans, "regions": list(REGIONS), "defaults": defaults}

    def _subscriptions(self, asked: Asked, name: str) -> Any:
        mine = [one for one in self.projects if one.organisation is self._organisation(name)]
        start = int(asked.query.get("page[after]", ["0"])[0])
        page, after = mine[start : start + self.page], start + self.page
        for project in page:
            project.looks -= 1
        href = f"/organizations/{self._organisation(name).id}/subscriptions?page[after]={after}"
        links = {"next": {"href": href}} if after < len(mine) else {}
        return {"items": [self._told(one) for one in page], "_links": links}

    def order(self, asked: Asked, name: str) -> Any:
        body = asked.body
        if body["project_region"] not in REGIONS:
            raise Refused(422, {"message": f"Invalid region: {body['project_region']}"})
        organisation = self._organisation(name).name
        made = self.made(body["project_title"], organisation, body["project_region"], plan=body["plan"], looks=2)
        return self._told(made)

    def _subscription(self, asked: Asked, name: str, id_: str) -> Any:
        found = next(one for one in self.projects if one.subscription == id_)
        found.looks -= 1
        return self._told(found)

    def _cancel(self, asked: Asked, name: str, id_: str) -> Any:
        self.projects = [one for one in self.projects if one.subscription != id_]
        return {}

    def _told(self, project: Project) -> Any:
        ready = project.looks <= 0
        href = f"/organizations/{project.organisation.id}/subscriptions/{project.subscription}"
        return {
            "id": project.subscription, "project_id": project.id if ready else "", "project_region": project.region,
            "project_title": project.title, "status": "active" if ready else "provisioning",
            "project_ui": f"https://console.upsun.com/{project.id}", "_links": {"self": {"href": href}},
            "created_at": project.created,
        }  # fmt: skip

    def _shown(self, project: Project) -> Any:
        href = f"{self.url}/projects/{project.id}"
        repository = {"url": f"{project.id}@git.{project.region}:{project.id}.git", "client_ssh_key": ""}
        subscription = {
            "license_uri": f"/licenses/{project.subscription}", "plan": project.plan, "environments": 3,
            "storage": 5120, "restricted": False, "suspended": False,
        }  # fmt: skip
        return {
            "id": project.id, "title": project.title, "region": project.region, "vendor": "upsun",
            "organization": project.organisation.id, "default_branch": "main", "status": {"code": "ok"},
            "repository": repository, "created_at": now(), "updated_at": now(), "subscription": subscription,
            "_links": {
                "self": {"href": href}, "#edit": {"href": href}, "#manage-variables": {"href": f"{href}/variables"},
            },
        }  # fmt: skip

    def _environments(self, asked: Asked, id_: str) -> Any:
        project = self._project(id_)
        return [self._environment(project, branch) for branch in ("main", *project.others)]

    def _edit(self, asked: Asked, id_: str, branch: str) -> Any:
        environment = self._project(id_).environment(branch)
        names = {"parent": "parent", "type": "kind", "clone_parent_on_create": "clones"}
        for name, value in asked.body.items():
            setattr(environment, names[name], value)
        return {"_embedded": {"entity": self._environment(self._project(id_), branch), "activities": []}}

    def _deactivate(self, asked: Asked, id_: str, branch: str) -> Any:
        """What runs and what it has stored are gone; the branch stays."""
        one = self._project(id_).others[branch]
        one.active, one.data = False, ""
        return {"_embedded": {"activities": []}}

    def _delete(self, asked: Asked, id_: str, branch: str) -> Any:
        if self._project(id_).others[branch].active:
            raise Refused(400, {"message": "The environment is active."})
        del self._project(id_).others[branch]
        (self._repositories[id_] / "refs" / "heads" / branch).unlink(missing_ok=True)
        return {"_embedded": {"activities": []}}

    def _environment(self, project: Project, branch: str) -> Any:
        one = project.environment(branch)
        href = f"/projects/{project.id}/environments/{branch}"
        ssh = f"ssh://{project.id}-{branch}-abc1234@ssh.{project.region}"
        links = {
            "self": href,
            "#edit": href,
            "#variables": f"{href}/variables",
            "#manage-variables": f"{href}/variables",
            "ssh": ssh,
            "pf:ssh:app": f"{ssh}--app",
        }
        links |= {"#redeploy": f"{href}/redeploy"} if one.active else {"#activate": f"{href}/activate"}
        if branch != "main":
            links |= {"#deactivate": f"{href}/deactivate"} if one.active else {"#delete": href}
        return {
            "id": branch, "name": branch, "machine_name": f"{branch}-abc1234", "title": branch, "type": one.kind,
            "status": one.status or ("active" if one.active else "inactive"), "parent": one.parent or None,
            "project": project.id, "clone_parent_on_create": one.clones,
            "default_domain": None, "http_access": one.access, "is_main": branch == "main", "is_dirty": False,
            "deployment_state": {"last_deployment_successful": one.successful, "crons": {"enabled": True}},
            "has_code": bool(one.head), "head_commit": one.head, "created_at": now(), "updated_at": now(),
            "edge_hostname": f"{branch}-abc1234.{project.region}", "_links": {key: {"href": link} for key, link in links.items()},
        }  # fmt: skip

    def _deployment(self, asked: Asked, id_: str, branch: str) -> Any:
        if not self._project(id_).environment(branch).active:
            raise Refused(404, {"message": "Deployment not found"})
        route = {
            "type": "upstream",
            "upstream": "app",
            "original_url": "https://{default}/",
            "primary": True,
            "id": None,
        }
        app = {"name": "app", "type": "python:3.13", "size": "AUTO"}
        place = f"{self.site}/" if branch == "main" else f"{self.site}/{branch}/"
        return {
            "id": "current", "routes": {place: route}, "webapps": {"app": app}, "workers": {}, "services": {},
            "_links": {"self": {"href": f"/projects/{id_}/environments/{branch}/deployments/current"}},
        }  # fmt: skip

    def _next(self, asked: Asked, id_: str, branch: str) -> Any:
        """The deployment with the sizes that it will have."""
        sizes = self._project(id_).environment(branch).sizes
        told = {
            name: {
                "name": name, "type": "python:3.13" if name == "app" else "postgresql:18", "disk": disk,
                "container_profile": "BALANCED", "instance_count": instances,
                "resources": {"profile_size": size, "minimum": {"disk": 256}},
            }
            for name, (size, disk, instances) in sizes.items()
        }  # fmt: skip
        profiles = {size: {"cpu": float(size), "memory": 448, "cpu_type": "shared"} for size, _, _ in sizes.values()}
        return {
            "id": "next", "routes": {}, "webapps": {"app": told.pop("app")}, "services": told, "workers": {},
            "container_profiles": {"BALANCED": profiles},
            "_links": {"self": {"href": f"/projects/{id_}/environments/{branch}/deployments/next"}},
        }  # fmt: skip

    def _autoscaling(self, asked: Asked, id_: str, branch: str) -> Any:
        return {"services": {}}

    def happened(self, project: Project, kind: str, times: int = 1) -> None:
        """Something else than a build: a scheduled job, a backup."""
        for _ in range(times):
            project.activities.insert(0, self._activity(project, "main", kind, "complete", "success", kind))

    def _deploy(self, project: Project, one: Environment, kind: str, text: str) -> dict[str, Any]:
        if one.by_hand:
            one.activities.insert(0, self._activity(project, one.branch, kind, "staged", "", text))
            return one.activities[0]
        if kind == "environment.redeploy":  # of what was built last, without the deploy hook
            result, live, one.successful = OUTCOMES["success"]
        else:
            outcome = self.results.pop(0) if len(self.results) > 1 else self.results[0]
            result, live, one.successful = OUTCOMES[outcome]
            one.live = one.head if live else one.live
            self.migrate()
        one.active = one.active or live
        one.activities.insert(0, self._activity(project, one.branch, kind, "complete", result, text))
        return one.activities[0]

    def _activity(self, project: Project, branch: str, kind: str, state: str, result: str, text: str) -> dict[str, Any]:
        id_ = uuid.uuid4().hex[:13]
        return {
            "id": id_, "type": kind, "state": state, "result": result, "description": text, "text": text,
            "created_at": now(), "completed_at": now(), "updated_at": now(), "started_at": now(),
            "completion_percent": 100, "environments": [branch], "log": "",
            "parameters": {"new_commit": project.environment(branch).head} if kind == "environment.push" else {},
            "payload": {
                "user": {"display_name": self.user}, "environment": {"head_commit": project.environment(branch).head},
            },
            "project": project.id,
            "_links": {
                "self": {"href": f"/projects/{project.id}/activities/{id_}"},
                "log": {"href": f"/projects/{project.id}/activities/{id_}/log"},
            },
        }  # fmt: skip

    def _activities(self, asked: Asked, id_: str, branch: str) -> Any:
        kinds = [kind for name, given in asked.query.items() if name.startswith("type") for kind in given]
        all_ = self._project(id_).environment(branch).activities
        found = [one for one in all_ if not kinds or one["type"] in kinds]
        return [] if "starts_at" in asked.query else found[: int(asked.query.get("count", ["10"])[0])]

    def _one_activity(self, asked: Asked, id_: str, activity: str) -> Any:
        project = self._project(id_)
        found = (one for each in (project, *project.others.values()) for one in each.activities)
        return next(one for one in found if one["id"] == activity)

    def _activate(self, asked: Asked, id_: str, branch: str) -> Any:
        """Also sizes, where the program asks for them: they are in the body."""
        project = self._project(id_)
        one = project.environment(branch)
        if one.active:
            raise Refused(400, {"message": "The environment is active already."})
        init = (asked.body or {}).get("resources") or {}
        one.activated.append(str(init.get("init", "")))
        if one.clones and one.parent and not one.data:
            one.data = one.parent
        return {"_embedded": {"activities": [self._deploy(project, one, "environment.activate", "activated")]}}

    def _own(self, asked: Asked, id_: str, branch: str) -> Any:
        return [_hidden(one) for one in self._project(id_).environment(branch).own.values()]

    def _own_variable(self, asked: Asked, id_: str, branch: str, name: str) -> Any:
        found = self._project(id_).environment(branch).own.get(name)
        if found is None:
            raise Refused(404, {"message": "Variable not found"})
        return _hidden(found)

    def _make_own(self, asked: Asked, id_: str, branch: str) -> Any:
        project, name = self._project(id_), asked.body["name"]
        one = project.environment(branch)
        if name in one.own:
            raise Refused(409, {"message": "The variable exists already."})
        href = f"/projects/{id_}/environments/{branch}/variables/{name}"
        links = {"self": {"href": href}, "#edit": {"href": href}, "#delete": {"href": href}}
        given = {"visible_build": True, "visible_runtime": True, "inherited": False, **asked.body}
        one.own[name] = {**given, "id": name, "created_at": now(), "updated_at": now(), "_links": links}
        return self._with_activity(project, one, name, "create")

    def _change_own(self, asked: Asked, id_: str, branch: str, name: str) -> Any:
        self._own_variable(asked, id_, branch, name)
        one = self._project(id_).environment(branch)
        one.own[name].update(asked.body)
        return self._with_activity(self._project(id_), one, name, "update")

    def _with_activity(self, project: Project, one: Environment, name: str, what: str) -> Any:
        """An environment that runs is built and deployed again with the variable."""
        kind = f"environment.variable.{what}"
        activities = [self._deploy(project, one, kind, f"variable {what}d")] if one.active else []
        return {"_embedded": {"entity": _hidden(one.own[name]), "activities": activities}}

    def _redeploy(self, asked: Asked, id_: str, branch: str) -> Any:
        one = self._project(id_).environment(branch)
        if not one.active:
            raise Refused(400, {"message": "The environment is not active."})
        activity = self._deploy(self._project(id_), one, "environment.redeploy", "redeployed")
        return {"_embedded": {"activities": [activity]}}

    def _variables(self, asked: Asked, id_: str) -> Any:
        return [_hidden(one) for one in self._project(id_).variables.values()]

    def _variable(self, asked: Asked, id_: str, name: str) -> Any:
        found = self._project(id_).variables.get(name)
        if found is None:
            raise Refused(404, {"message": "Variable not found"})
        return _hidden(found)

    def _make_variable(self, asked: Asked, id_: str) -> Any:
        project, name = self._project(id_), asked.body["name"]
        if name in project.variables:
            raise Refused(409, {"message": "The variable exists already."})
        href = f"/projects/{id_}/variables/{name}"
        links = {"self": {"href": href}, "#edit": {"href": href}, "#delete": {"href": href}}
        made = {**asked.body, "id": name, "created_at": now(), "updated_at": now(), "_links": links}
        project.variables[name] = made
        return {"_embedded": {"entity": _hidden(made), "activities": []}}

    def _change_variable(self, asked: Asked, id_: str, name: str) -> Any:
        self._variable(asked, id_, name)
        changed = self._project(id_).variables[name]
        changed |= {**asked.body, "updated_at": now()}
        return {"_embedded": {"entity": _hidden(changed), "activities": []}}

    def _sign(self, asked: Asked) -> Any:
        """A certificate for a key, as Upsun's certifier signs it for an hour."""
        (Path(self._certifier.name) / "key.pub").write_text(asked.body["key"], encoding="utf-8")
        if not (Path(self._certifier.name) / "ca").exists():
            self._run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "ca")
        self._run("ssh-keygen", "-q", "-s", "ca", "-I", "ada", "-n", "ada", "-V", "+1h", "key.pub")
        return {"certificate": (Path(self._certifier.name) / "key-cert.pub").read_text(encoding="utf-8")}

    def _run(self, *command: str) -> None:
        subprocess.run(command, cwd=self._certifier.name, check=True, capture_output=True)


def _final(one: Environment) -> dict[str, Any]:
    """An environment beside production as one compares it."""
    return {
        "parent": one.parent, "type": one.kind, "data": one.data, "head": one.head, "active": one.active,
        "variables": {name: variable.get("is_sensitive", False) for name, variable in sorted(one.own.items())},
        "deployed": [activity["type"] for activity in one.activities], "activated": one.activated,
    }  # fmt: skip


def _domain(id_: str, name: str) -> dict[str, Any]:
    href = f"/projects/{id_}/domains/{name}"
    return {
        "id": name, "name": name, "type": "production", "ssl": {"has_certificate": True}, "registered_name": name,
        "created_at": now(), "updated_at": now(), "_links": {"self": {"href": href}},
    }  # fmt: skip


def _hidden(variable: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in variable.items() if key != "value" or not variable.get("is_sensitive")}


def _organisation(one: Organisation) -> dict[str, Any]:
    href = f"/organizations/{one.id}"
    return {
        "id": one.id, "type": one.type, "name": one.name, "label": one.name.title(), "owner_id": USER["id"],
        "capabilities": [], "created_at": now(), "updated_at": now(),
        "_links": {
            "self": {"href": href}, "create-subscription": {"href": f"{href}/subscriptions"},
            "estimate-subscription": {"href": f"{href}/subscriptions/estimate"},
        },
    }  # fmt: skip


def _region(name: str) -> dict[str, Any]:
    return {
        "id": name, "label": name, "selection_label": name, "available": True, "private": False,
        "provider": {"name": "AWS"}, "environmental_impact": {"carbon_intensity": 19, "green": True},
        "datacenter": {"name": name, "label": name, "location": "Europe"}, "project_label": name,
        "timezone": "Europe/Stockholm", "zone": "Europe",
    }  # fmt: skip
