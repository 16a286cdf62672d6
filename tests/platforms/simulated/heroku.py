"""Heroku's Platform API as far as the CLI asks for it, with its state. https://devcenter.heroku.com/articles/platform-api-reference

What must hold there holds here: names of apps and of add-ons are unique in all of Heroku, every change is a release, an
add-on is provisioned some looks after it was ordered, processes exist after the first build, and dynos of Eco and Basic
size are mixed with no others: https://devcenter.heroku.com/articles/dyno-types
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .server import Answer, Asked, Refused, Simulated, now
from .world import bare

TOKEN = "simulated-heroku-token"
EMAIL = "ada@example.com"
TAKEN = "Name {} is already taken"
# A month, in cents: https://www.heroku.com/pricing
CENTS = {
    "heroku-postgresql:essential-0": 500,
    "heroku-postgresql:essential-1": 900,
    "heroku-postgresql:standard-0": 5000,
    "heroku-postgresql:premium-0": 20000,
    "heroku-redis:mini": 300,
    "heroku-redis:premium-0": 1500,
    "bucketeer:hobbyist": 500,
    "scheduler:standard": 0,
    "papertrail:choklad": 0,
    "sentry:team": 2900,
}
# What plays the build: tells the API which commit came and which processes its Procfile names.
BUILD = """
import json, re, subprocess, sys, urllib.request
for line in sys.stdin:
    old, commit, ref = line.split()
    if ref not in ("refs/heads/main", "refs/heads/master"):
        sys.exit(f"! pushed to {ref}: nothing is built")
    shown = subprocess.run(["git", "show", f"{commit}:Procfile"], capture_output=True, text=True)
    processes = dict(re.findall(r"^([A-Za-z0-9_-]+): *(.*)$", shown.stdout, flags=re.MULTILINE))
    body = json.dumps({"commit": commit, "processes": processes}).encode()
    try:
        with urllib.request.urlopen(PUSH, body, timeout=600) as answer:
            print("remote build:", answer.read().decode())
    except OSError as error:
        sys.exit(f"! the build failed: {error}")
"""


@dataclass
class App:
    name: str
    region: str
    team: str = ""
    mine: bool = True
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    config: dict[str, str] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)
    releases: list[dict[str, Any]] = field(default_factory=list)
    formation: dict[str, tuple[int, str]] = field(default_factory=dict)
    pushed: str = ""  # the commit that git has
    maintenance: bool = False
    builds: list[dict[str, Any]] = field(default_factory=list)  # that are under way
    domains: dict[str, bool] = field(
        default_factory=dict
    )  # of the owner: name, and whether Heroku makes the certificate
    drains: list[str] = field(default_factory=list)  # addresses
    buildpacks: list[str] = field(default_factory=list)
    slugs: dict[str, list[str]] = field(default_factory=dict)  # the process types of each build, by the slug's id

    @property
    def current(self) -> dict[str, Any] | None:
        """The release that is online: one whose release phase failed never is."""
        return next((one for one in reversed(self.releases) if one["status"] == "succeeded"), None)

    def release(
        self, description: str, status: str = "succeeded", slug: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Of the code that is online where no `slug` is given."""
        released = {
            "id": str(uuid.uuid4()),
            "version": len(self.releases) + 1,
            "description": description,
            "status": status,
            "current": status == "succeeded",
            "created_at": now(),
            "updated_at": now(),
            "user": {"email": EMAIL, "id": "1"},
            "app": {"id": self.id, "name": self.name},
            "slug": slug or (self.current or {}).get("slug"),
            "addon_plan_names": [],
            "output_stream_url": None,
        }
        self.releases.append(released)
        return released


@dataclass
class Addon:
    name: str
    app: App
    plan: str
    password: str
    attachments: list[str]
    schedules: list[dict[str, Any]] = field(default_factory=list)  # of backups
    shared: list[tuple[str, str]] = field(default_factory=list)  # app and attachment, of each other app that has it
    looks: int = 2  # at it until it is provisioned
    address: str = ""  # of a real server that plays it
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def service(self) -> str:
        return self.plan.partition(":")[0]

    @property
    def url(self) -> str:
        return self.address or f"postgres://owner:{self.password}@db.example.com:5432/{self.name.replace('-', '_')}"

    def values(self, attachment: str) -> dict[str, str]:
        """The config vars of an attachment."""
        if self.service == "bucketeer":
            own = {
                "AWS_ACCESS_KEY_ID": f"AKIA{self.password[:16].upper()}",
                "AWS_REGION": "us-east-1",
                "AWS_SECRET_ACCESS_KEY": self.password,
                "BUCKET_NAME": f"bucketeer-{self.id}",
            }
            return {f"{attachment}_{name}": value for name, value in own.items()}
        if self.service in ("scheduler", "papertrail"):
            return {}
        if self.service == "sentry":
            return {f"{attachment}_DSN": f"https://{self.password}@o1.ingest.example.com/1"}
        if self.service == "heroku-redis":
            return {f"{attachment}_URL": f"rediss://:{self.password}@ec2-1-2-3-4.compute-1.amazonaws.com:6380"}
        return {f"{attachment}_URL": self.url}

    @property
    def waits(self) -> bool:
        """Whether its config vars come only when it is provisioned."""
        return self.service == "heroku-redis"


class Heroku(Simulated):
    """`site` is the address that apps claim to have: a test lets something answer there."""

    def __init__(self, site: str = "http://127.0.0.1:9") -> None:
        super().__init__()
        self.site = site
        self.apps: dict[str, App] = {}
        self.addons: dict[str, Addon] = {}
        self.pipelines: dict[str, str] = {}  # names by id: names are not unique
        self.places: dict[str, tuple[str, str]] = {}  # pipeline and stage, by app
        self.may_have_pipelines = True
        self.promotions: dict[str, list[dict[str, Any]]] = {}  # targets by id
        self.teams: list[str] = []
        self.verified = True
        self.release_command = "succeeded"  # how the next release phase ends
        self.secrets: list[str] = []  # passwords that were handed out
        self._repositories: dict[str, Path] = {}  # by the name of the app
        self.reserved: set[str] = set()  # names of apps that are gone, for a while
        self.crashing: set[str] = set()  # process types that end by themselves
        # Whether the token has only the scopes of apps: https://devcenter.heroku.com/articles/oauth#scopes
        self.scoped = False
        self.logged_in = True  # whether the token is accepted

    # What happens outside of the API

    def repository(self, folder: Path, name: str) -> Path:
        """A bare repository that is built as Heroku builds the app `name`."""
        self._repositories[name] = folder
        return bare(folder, f"PUSH = {f'{self.url}/simulated/push/{name}'!r}\n{BUILD}")

    def environ(self) -> dict[str, str]:
        """Leads the real CLI here: https://devcenter.heroku.com/articles/using-the-cli"""
        return {
            "HEROKU_HOST": self.url,
            "HEROKU_PARTICLEBOARD_URL": self.url,
            "HEROKU_GIT_HOST": "git.heroku.com",
            "HEROKU_DATA_HOST": "127.0.0.1",  # at the same port
            "HEROKU_API_KEY": TOKEN,
        }

    def push(self, name: str, commit: str, processes: dict[str, str]) -> str:
        """A build that was pushed: the text of the build, which ends the push with an error where it starts with `!`."""
        with self._lock:
            app = self._app(name)
            app.pushed = commit
            slug = {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{app.name}/{commit}")), "commit": commit}
            released = app.release(f"Deploy {commit[:8]}", self.release_command, slug)
            if released["status"] == "failed":
                released["description"] += ": release command failed"
            app.slugs[slug["id"]] = [*processes]
            _settle_formation(app, slug)
            return f"Released v{released['version']}"

    def share(self, addon: str, app: str, attachment: str) -> None:
        """Another app gets the add-on too, which stays billed to its own."""
        one = self.addons[addon]
        one.shared.append((app, attachment))
        self.apps[app].config |= one.values(attachment)

    def confidential(self) -> list[str]:
        """Values that are nobody else's business."""
        keys = [app.config["SECRET_KEY"] for app in self.apps.values() if "SECRET_KEY" in app.config]
        return [TOKEN, *self.secrets, *keys]

    def running(self, name: str, config: dict[str, str], formation: dict[str, tuple[int, str]]) -> App:
        """An app that was there before anybody thought of the overlay."""
        app = self.apps[name] = App(name, "us", config=dict(config), formation=dict(formation))
        app.release("Initial release")
        app.pushed = "1a2b3c4d" * 5
        app.release("Deploy 1a2b3c4d", slug={"id": str(uuid.uuid4()), "commit": app.pushed})
        self.secrets += config.values()
        return app

    def add(self, app: App, plan: str, attachment: str, address: str = "") -> Addon:
        """An add-on of such an app; `address` leads to a real server."""
        self.secrets.append(uuid.uuid4().hex)
        name = f"{plan.partition(':')[0].replace('heroku-', '')}-slim-{len(self.addons) + 10}"
        addon = self.addons[name] = Addon(name, app, plan, self.secrets[-1], [attachment], looks=-1, address=address)
        app.config |= addon.values(attachment)
        return addon

    def someone_elses(self, name: str) -> None:
        self.apps[name] = App(name, "us", mine=False)

    def final(self) -> dict[str, Any]:
        """The state as one compares it: without ids, times, passwords and how often something was released."""
        return {
            "apps": {
                name: {
                    "region": app.region,
                    "team": app.team,
                    "config": sorted(app.config),
                    "features": sorted(app.features),
                    "formation": app.formation,
                    "maintenance": app.maintenance,
                    "pushed": app.pushed,
                    "deployed": [one["description"] for one in app.releases if "Deploy" in one["description"]],
                }
                for name, app in sorted(self.apps.items())
            },
            "addons": {
                name: (addon.app.name, addon.plan, addon.attachments, addon.shared)
                for name, addon in sorted(self.addons.items())
            },
        } | ({"pipelines": self._stages()} if self.pipelines else {})

    def _stages(self) -> list[tuple[str, dict[str, str]]]:
        """Name of each pipeline, and the stages of the apps in it."""
        return sorted(
            (name, {app: stage for app, (pipeline, stage) in sorted(self.places.items()) if pipeline == id_})
            for id_, name in self.pipelines.items()
        )

    # The API

    def error(self, status: int) -> Any:
        texts = {402: ("verification_required", "Please verify your account to install this add-on plan")}
        id_, message = texts.get(status, ("error", f"Made to fail with {status}."))
        return {"id": id_, "message": message}

    def act(self, asked: Asked) -> Answer:
        pushed = re.fullmatch("/simulated/push/([^/]+)", asked.path)
        if pushed:
            return Answer(200, self.push(pushed[1], asked.body["commit"], asked.body["processes"]))
        if asked.headers.get("authorization") != f"Bearer {TOKEN}" or not self.logged_in:
            raise Refused(401, {"id": "unauthorized", "message": "Invalid credentials provided."})
        for method, pattern, action in self._routes():
            found = re.fullmatch(pattern, asked.path)
            if found and method == asked.method:
                status, body = action(asked, *found.groups())
                return Answer(status, body, {"Request-Id": str(uuid.uuid4())})
        raise Refused(404, {"id": "not_found", "message": f"There is no {asked}."})

    def _routes(self) -> list[tuple[str, str, Callable[..., tuple[int, Any]]]]:
        app = "/apps/([^/]+)"
        return [
            ("GET", "/account", lambda asked: (200, _account(self.verified))),
            (
                "GET",
                "/teams",
                lambda asked: (200, [{"id": team, "name": team, "role": "admin"} for team in self.teams]),
            ),
            ("GET", "/account/features(?:/.*)?", self._account_features),
            ("POST", "/(?:teams/)?apps", self._create),
            ("GET", "/users/~/apps", lambda asked: (200, self._listed(""))),
            ("GET", "/teams/([^/]+)/apps", lambda asked, team: (200, self._listed(team))),
            ("GET", app, lambda asked, name: (200, self._shown(self._app(name)))),
            ("DELETE", app, self._destroy),
            ("DELETE", f"{app}/addons/([^/]+)", self._destroy_addon),
            ("POST", "/actions/addons/resolve", self._resolve_addon),
            ("GET", f"{app}/addons", lambda asked, name: (200, [self._addon(one) for one in self._of(name)])),
            ("POST", f"{app}/addons", self._order),
            ("GET", f"{app}/addons/([^/]+)", lambda asked, name, addon: (200, self._addon(self.addons[addon]))),
            ("GET", f"{app}/dynos", lambda asked, name: (200, self._dynos(self._app(name)))),
            ("GET", f"{app}/builds", lambda asked, name: (200, self._app(name).builds)),
            ("GET", f"{app}/collaborators", lambda asked, name: (200, self._app(name) and [])),
            ("GET", f"{app}/config-vars", lambda asked, name: (200, self._app(name).config)),
            ("PATCH", f"{app}/config-vars", self._set),
            ("PATCH", app, self._change),
            ("GET", f"{app}/domains", lambda asked, name: (200, _domains(self._app(name)))),
            ("GET", f"{app}/log-drains", lambda asked, name: (200, _drains(self._app(name)))),
            ("GET", f"{app}/buildpack-installations", lambda asked, name: (200, _buildpacks(self._app(name)))),
            ("GET", f"{app}/features", lambda asked, name: (200, [_feature(self._app(name))])),
            ("GET", f"{app}/features/([^/]+)", lambda asked, name, feature: (200, _feature(self._app(name)))),
            ("PATCH", f"{app}/features/([^/]+)", self._enable),
            ("GET", f"{app}/releases", self._releases),
            ("GET", f"{app}/releases/([^/]+)", self._one_release),
            ("POST", f"{app}/releases", self._release),
            ("GET", f"{app}/slugs/([^/]+)", self._slug),
            ("GET", f"{app}/formation", lambda asked, name: (200, _formation(self._app(name)))),
            ("PATCH", f"{app}/formation", self._scale),
            ("GET", "/pipelines", lambda asked: (200, [self._pipeline(id_) for id_ in self.pipelines])),
            ("POST", "/pipelines", self._make_pipeline),
            ("GET", "/pipelines/([^/]+)", lambda asked, id_: (200, self._pipeline(id_))),
            ("GET", f"{app}/pipeline-couplings", lambda asked, name: (200, self._coupling(self._app(name).name))),
            ("POST", "/pipeline-couplings", self._couple),
            ("GET", "/pipelines/([^/]+)/pipeline-couplings", self._couplings),
            ("POST", "/filters/apps", self._filtered),
            ("POST", "/pipeline-promotions", self._promote),
            (
                "GET",
                "/pipeline-promotions/([^/]+)/promotion-targets",
                lambda asked, id: (200, self.promotions[id]),
            ),
            ("GET", "/addon-attachments", lambda asked: (200, self._attachments())),
            ("GET", "/addons/([^/]+)", lambda asked, name: (200, self._addon(self.addons[name]))),
            ("POST", "/addon-attachments", self._attach),
            ("POST", "/actions/addon-attachments/resolve", self._resolve),
            ("GET", "/client/v11/databases/([^/]+)", lambda asked, id: (200, _protection(self._database(id)))),
            (
                "GET",
                "/client/v11/databases/([^/]+)/transfer-schedules",
                lambda asked, id: (200, self._database(id).schedules),
            ),
            ("POST", "/client/v11/databases/([^/]+)/transfer-schedules", self._schedule),
        ]

    def _listed(self, team: str) -> list[dict[str, Any]]:
        return [self._shown(app) for app in self.apps.values() if app.mine and app.team == team]

    def _app(self, name: str) -> App:
        found = self.apps.get(name) or next((app for app in self.apps.values() if app.id == name), None)
        if found is None:
            raise Refused(404, {"id": "not_found", "resource": "app", "message": "Couldn't find that app."})
        if not found.mine:
            raise Refused(403, {"id": "forbidden", "message": f"You do not have access to the app {name}."})
        return found

    def _of(self, name: str) -> list[Addon]:
        app = self._app(name)
        return [addon for addon in self.addons.values() if addon.app is app]

    def _pipeline(self, id_: str) -> dict[str, Any]:
        if id_ not in self.pipelines:
            raise Refused(404, {"id": "not_found", "message": "Couldn't find that pipeline."})
        owner = {"id": "1", "type": "user"}
        return {"id": id_, "name": self.pipelines[id_], "created_at": now(), "updated_at": now(), "owner": owner}

    def _make_pipeline(self, asked: Asked) -> tuple[int, Any]:
        if not self.may_have_pipelines:
            raise Refused(403, {"id": "forbidden", "message": "You do not have permission to create pipelines."})
        id_ = str(uuid.uuid4())
        self.pipelines[id_] = asked.body["name"]
        return 201, self._pipeline(id_)

    def _coupling(self, app: str) -> dict[str, Any]:
        if app not in self.places:
            raise Refused(404, {"id": "not_found", "message": "Couldn't find that pipeline coupling."})
        pipeline, stage = self.places[app]
        return {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, app)), "app": {"id": self.apps[app].id}, "stage": stage,
            "pipeline": {"id": pipeline, "name": self.pipelines[pipeline]}, "created_at": now(), "updated_at": now(),
        }  # fmt: skip

    def _couple(self, asked: Asked) -> tuple[int, Any]:
        app = self._app(_name(asked.body["app"])).name
        if app in self.places:
            raise Refused(422, {"id": "invalid_params", "message": "App is already added to a pipeline"})
        self.places[app] = (self._pipeline(_name(asked.body["pipeline"]))["id"], asked.body["stage"])
        return 201, self._coupling(app)

    def _slug(self, asked: Asked, name: str, wanted: str) -> tuple[int, Any]:
        known = (one["slug"] for one in self._app(name).releases if (one["slug"] or {}).get("id") == wanted)
        return 200, dict(next(known))

    def _couplings(self, asked: Asked, pipeline: str) -> tuple[int, Any]:
        return 200, [
            self._coupling(app) for app, (id_, _) in self.places.items() if id_ == self._pipeline(pipeline)["id"]
        ]

    def _filtered(self, asked: Asked) -> tuple[int, Any]:
        return 200, [self._shown(app) for app in self.apps.values() if app.id in asked.body["in"]["id"]]

    def _promote(self, asked: Asked) -> tuple[int, Any]:
        """The build of one app in another: https://devcenter.heroku.com/articles/platform-api-reference#pipeline-promotion"""
        source = self._app(asked.body["source"]["app"]["id"])
        slug = (source.current or {}).get("slug")
        if slug is None:
            raise Refused(422, {"id": "invalid_params", "message": "Source app has no release to promote."})
        id_, targets = str(uuid.uuid4()), []
        for one in asked.body["targets"]:
            target = self._app(one["app"]["id"])
            target.slugs[slug["id"]] = source.slugs[slug["id"]]
            status = self.release_command
            description = f"Promote {source.name} v{(source.current or {})['version']}"
            released = target.release(description, status, slug)
            if status == "failed":
                released["description"] += ": release command failed"
            else:
                _settle_formation(target, slug)
            told = "Release command failed" if status == "failed" else None
            targets.append(
                {"id": str(uuid.uuid4()), "app": {"id": target.id}, "release": {"id": released["id"]}, "status": status}
                | {"error_message": told, "pipeline_promotion": {"id": id_}}
            )
        self.promotions[id_] = targets
        return 201, {
            "id": id_,
            "status": "completed",
            "pipeline": asked.body["pipeline"],
            "source": asked.body["source"],
        }

    def _account_features(self, asked: Asked) -> tuple[int, Any]:
        if self.scoped:
            told = "The scope of this OAuth authorization does not allow access to this resource."
            raise Refused(403, {"id": "forbidden", "message": told})
        if asked.path.count("/") == 2:
            return 200, []
        raise Refused(404, {"id": "not_found", "message": "Couldn't find that feature."})

    def _create(self, asked: Asked) -> tuple[int, Any]:
        name, region = asked.body.get("name"), asked.body.get("region", "us")
        region = region["name"] if isinstance(region, dict) else region
        if name in self.apps or name in self.reserved:
            raise Refused(422, {"id": "invalid_params", "message": TAKEN.format(name)})
        if region not in ("us", "eu"):
            raise Refused(422, {"id": "invalid_params", "message": f"Couldn't find that region: {region}."})
        team = asked.body.get("team") or asked.body.get("organization") or ""
        app = self.apps[name] = App(name, region, team["name"] if isinstance(team, dict) else team)
        app.release("Initial release")
        return 201, self._shown(app)

    def _order(self, asked: Asked, name: str) -> tuple[int, Any]:
        app, wanted = self._app(name), asked.body.get("name") or f"addon-{uuid.uuid4().hex[:8]}"
        if not self.verified:
            raise Refused(402, self.error(402))
        if wanted in self.addons:
            raise Refused(422, {"id": "invalid_params", "message": TAKEN.format(wanted)})
        plan = _name(asked.body["plan"])
        if plan not in CENTS:
            raise Refused(
                404, {"id": "not_found", "message": "Couldn't find either the add-on service or the add-on plan."}
            )
        attached = (asked.body.get("attachment") or {}).get("name") or "DATABASE"
        # A REDIS_URL that its owner has set is overwritten: https://devcenter.heroku.com/articles/heroku-redis
        taken = any(attached in one.attachments for one in self._of(name))
        if taken or (f"{attached}_URL" in app.config and not plan.startswith("heroku-redis:")):
            raise Refused(422, {"id": "invalid_params", "message": f"{attached}_URL is already set on {name}."})
        self.secrets.append(uuid.uuid4().hex)
        addon = self.addons[wanted] = Addon(wanted, app, plan, self.secrets[-1], [attached])
        if not addon.waits:
            app.config |= addon.values(attached)
        app.release(f"Attach {attached} ({wanted})")
        return 201, self._addon(addon)

    def _attach(self, asked: Asked) -> tuple[int, Any]:
        addon = self.addons[_name(asked.body["addon"])]
        app, name = self._app(_name(asked.body["app"])), asked.body["name"]
        addon.attachments.append(name)
        app.config |= addon.values(name)
        app.release(f"Attach {name} ({addon.name})")
        return 201, self._attachments()[-1]

    def _destroy(self, asked: Asked, name: str) -> tuple[int, Any]:
        """With the add-ons that are billed to it, wherever they are attached."""
        app = self._app(name)
        shown = self._shown(app)
        for addon in self._of(name):
            self._remove(addon)
        del self.apps[app.name]
        self.places.pop(app.name, None)
        for head in (self._repositories.get(app.name, Path()) / "refs" / "heads").glob("*"):
            head.unlink()
        for addon in self.addons.values():
            addon.shared = [one for one in addon.shared if one[0] != app.name]
        return 200, shown

    def _destroy_addon(self, asked: Asked, name: str, addon: str) -> tuple[int, Any]:
        found = next((one for one in self._of(name) if addon in (one.id, one.name)), None)
        if found is None:
            raise Refused(404, {"id": "not_found", "message": "Couldn't find that add on."})
        if found.shared and not asked.body["force"]:
            raise Refused(422, {"id": "invalid_params", "message": "The add-on is attached to other apps."})
        shown = self._addon(found) | {"state": "deprovisioned"}
        self._remove(found)
        return 200, shown

    def _remove(self, addon: Addon) -> None:
        del self.addons[addon.name]
        users = [(addon.app, one) for one in addon.attachments]
        users += [(self.apps[app], one) for app, one in addon.shared if app in self.apps]
        for app, attachment in users:
            for variable in addon.values(attachment):
                app.config.pop(variable, None)

    def _resolve_addon(self, asked: Asked) -> tuple[int, Any]:
        wanted = asked.body["addon"]
        return 200, [self._addon(one) for one in self.addons.values() if wanted in (one.id, one.name)]

    def _set(self, asked: Asked, name: str) -> tuple[int, Any]:
        app = self._app(name)
        app.config |= {key: value for key, value in asked.body.items() if value is not None}
        app.release(f"Set {', '.join(asked.body)} config vars")
        return 200, app.config

    def _change(self, asked: Asked, name: str) -> tuple[int, Any]:
        app = self._app(name)
        app.maintenance = bool(asked.body.get("maintenance", app.maintenance))
        return 200, self._shown(app)

    def _enable(self, asked: Asked, name: str, feature: str) -> tuple[int, Any]:
        self._app(name).features.add(feature)
        return 200, _feature(self._app(name))

    def _releases(self, asked: Asked, name: str) -> tuple[int, Any]:
        newest = list(reversed(self._app(name).releases))
        found = re.search(r"max=(\d+)", asked.headers.get("range", ""))
        return (206, newest[: int(found[1])]) if found else (200, newest)

    def _one_release(self, asked: Asked, name: str, wanted: str) -> tuple[int, Any]:
        found = (one for one in self._app(name).releases if wanted in (one["id"], str(one["version"])))
        return 200, next(found)

    def _release(self, asked: Asked, name: str) -> tuple[int, Any]:
        """Of a slug, or of an earlier release: https://devcenter.heroku.com/articles/platform-api-reference#release"""
        app, body = self._app(name), asked.body
        if "release" in body:
            back = next(one for one in app.releases if one["id"] == body["release"])
            if back["status"] == "failed":
                raise Refused(422, {"id": "invalid_params", "message": "Cannot roll back to a failed release."})
            return 201, app.release(f"Rollback to v{back['version']}", slug=back["slug"])
        slug = next((one["slug"] for one in app.releases if (one["slug"] or {}).get("id") == body.get("slug")), None)
        if slug is None or slug["id"] not in app.slugs:
            raise Refused(404, {"id": "not_found", "resource": "slug", "message": "Couldn't find that slug."})
        description = body["description"].replace(": release command failed", "")
        released = app.release(description, self.release_command, slug)
        if released["status"] == "failed":
            released["description"] += ": release command failed"
        else:
            _settle_formation(app, slug)
        return 201, released

    def _scale(self, asked: Asked, name: str) -> tuple[int, Any]:
        app = self._app(name)
        for update in asked.body["updates"]:
            if update["type"] not in app.formation:
                raise Refused(
                    404, {"id": "not_found", "message": f"Couldn't find that process type ({update['type']})."}
                )
        updated = dict(app.formation)
        for update in asked.body["updates"]:
            size = update.get("size") or app.formation[update["type"]][1]
            updated[update["type"]] = (int(update["quantity"]), str(size).capitalize())
        _check_sizes(updated)
        app.formation = updated
        return 200, _formation(app)

    def _dynos(self, app: App) -> list[dict[str, Any]]:
        return [
            {
                "id": str(uuid.uuid4()), "name": f"{kind}.{number}", "type": kind, "size": size, "command": "",
                "state": "crashed" if kind in self.crashing else "up", "attach_url": None,
                "app": {"id": app.id, "name": app.name},
                "release": {"id": app.releases[-1]["id"], "version": len(app.releases)},
                "created_at": now(), "updated_at": now(),
            }
            for kind, (quantity, size) in app.formation.items()
            for number in range(1, quantity + 1)
        ]  # fmt: skip

    def _shown(self, app: App) -> dict[str, Any]:
        return {
            "id": app.id,
            "name": app.name,
            "acm": False,
            "archived_at": None,
            "buildpack_provided_description": None,
            "build_stack": {"id": "s", "name": "heroku-24"},
            "stack": {"id": "s", "name": "heroku-24"},
            "created_at": now(),
            "updated_at": now(),
            "released_at": now(),
            "git_url": f"https://git.heroku.com/{app.name}.git",
            "maintenance": app.maintenance,
            "owner": {"email": f"{app.team}@herokumanager.com" if app.team else EMAIL, "id": "1"},
            "region": {"id": app.region, "name": app.region},
            "organization": {"name": app.team} if app.team else None,
            "team": {"id": app.team, "name": app.team} if app.team else None,
            "space": None,
            "internal_routing": None,
            "repo_size": 0,
            "slug_size": 0,
            "web_url": f"{self.site}/",
        }

    def _addon(self, addon: Addon) -> dict[str, Any]:
        addon.looks -= 1
        if addon.waits and addon.looks < 0:
            addon.app.config |= {name: value for one in addon.attachments for name, value in addon.values(one).items()}
        price = {"cents": CENTS[addon.plan], "contract": False, "unit": "month"}
        return {
            "id": addon.id,
            "name": addon.name,
            "actions": [],
            "addon_service": {"id": "p", "name": addon.service, "human_name": addon.service},
            "app": {"id": addon.app.id, "name": addon.app.name},
            "billed_price": price,
            "billing_entity": {"id": addon.app.id, "name": addon.app.name, "type": "app"},
            "config_vars": [name for one in addon.attachments for name in addon.values(one)],
            "created_at": now(),
            "updated_at": now(),
            "plan": {"id": "p", "name": addon.plan, "price": price, "human_name": "Essential 0"},
            "provider_id": "1",
            "provision_message": "",
            "state": "provisioned" if addon.looks < 0 else "provisioning",
            "web_url": None,
        }

    def _database(self, id: str) -> Addon:
        found = next((one for one in self.addons.values() if one.id == id), None)
        if found is None or found.looks > 0:
            raise Refused(404, {"id": "not_found", "message": "Not found."})
        return found

    def _resolve(self, asked: Asked) -> tuple[int, Any]:
        """An attachment of an app, by its own name or that of its config var."""
        app, name = asked.body["app"], asked.body["addon_attachment"]
        found = [one for one in self._attachments() if one["app"]["name"] == app]
        found = [one for one in found if name == one["name"] or name in one["config_vars"]]
        if not found:
            raise Refused(
                404, {"id": "not_found", "resource": "attachment", "message": "Couldn't find that attachment."}
            )
        return 200, found

    def _schedule(self, asked: Asked, id: str) -> tuple[int, Any]:
        """One for each database: another replaces it. https://devcenter.heroku.com/articles/heroku-postgres-backups"""
        schedule = {"name": asked.body["schedule_name"], "hour": asked.body["hour"], "timezone": asked.body["timezone"]}
        self._database(id).schedules[:] = [schedule]
        return 201, schedule

    def _attachments(self) -> list[dict[str, Any]]:
        return [
            {
                "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{addon.id}/{app.id}/{name}")),
                "name": name,
                "namespace": None,
                "addon": {
                    "id": addon.id,
                    "name": addon.name,
                    "app": {"id": addon.app.id, "name": addon.app.name},
                    "plan": {"name": addon.plan},
                },
                "app": {"id": app.id, "name": app.name},
                "config_vars": list(addon.values(name)),
                "created_at": now(),
                "updated_at": now(),
                "web_url": None,
                "log_input_url": None,
            }
            for addon in self.addons.values()
            for app, name in [*((addon.app, one) for one in addon.attachments), *self._shared(addon)]
        ]

    def _shared(self, addon: Addon) -> list[tuple[App, str]]:
        return [(self.apps[app], name) for app, name in addon.shared]


def _account(verified: bool) -> dict[str, Any]:
    return {
        "id": "1", "email": EMAIL, "name": "Ada", "two_factor_authentication": False, "verified": verified,
        "allow_tracking": False, "beta": False, "created_at": now(), "updated_at": now(), "default_team": None,
        "federated": False,
    }  # fmt: skip


def _name(value: Any) -> str:
    return str(value["name"] if isinstance(value, dict) else value)


def _check_sizes(formation: dict[str, tuple[int, str]]) -> None:
    """Raises Refused as Heroku does: https://devcenter.heroku.com/articles/dyno-types"""
    running = {kind: dynos for kind, dynos in formation.items() if dynos[0]}
    tiers = {size if size in ("Eco", "Basic") else "Production" for _, size in running.values()}
    if len(tiers) > 1:
        together = f"Cannot use the following dyno types in the same app: {' and '.join(sorted(tiers))}"
        raise Refused(422, {"id": "invalid_params", "message": together})
    for number, size in running.values():
        if number > 1 and size in ("Eco", "Basic"):
            more = f"Cannot update to more than 1 {size} size dynos per process type."
            raise Refused(422, {"id": "invalid_params", "message": more})


def _protection(addon: Addon) -> dict[str, Any]:
    """https://devcenter.heroku.com/articles/heroku-postgres-plans"""
    protected = "Off" if "essential" in addon.plan else "On"
    return {"info": [{"name": "Continuous Protection", "values": [protected]}]}


def _settle_formation(app: App, slug: dict[str, str]) -> None:
    """The process types of the build that is online: new ones have no dyno but web, and those of others are gone."""
    kinds = app.slugs[slug["id"]]
    for kind in kinds:
        app.formation.setdefault(kind, (1 if kind == "web" else 0, "Eco"))
    for kind in app.formation.keys() - set(kinds):
        del app.formation[kind]


def _feature(app: App) -> dict[str, Any]:
    return {
        "id": "f", "name": "runtime-dyno-metadata", "enabled": "runtime-dyno-metadata" in app.features,
        "description": "", "doc_url": "", "state": "public", "display_name": "", "feedback_email": "",
        "created_at": now(), "updated_at": now(),
    }  # fmt: skip


def _formation(app: App) -> list[dict[str, Any]]:
    return [
        {"id": kind, "type": kind, "quantity": quantity, "size": size, "command": "", "app": {"name": app.name}}
        for kind, (quantity, size) in app.formation.items()
    ]


def _domains(app: App) -> list[dict[str, Any]]:
    own = [_domain(app, f"{app.name}-0123456789ab.herokuapp.com", "heroku")]
    return own + [_domain(app, name, "custom", acm) for name, acm in app.domains.items()]


def _domain(app: App, name: str, kind: str, acm: bool = True) -> dict[str, Any]:
    target = None if kind == "heroku" else f"{name.replace('.', '-')}-0123.herokudns.com"
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, name)), "hostname": name, "kind": kind, "cname": target,
        "status": "succeeded", "acm_status": "cert issued" if acm and kind == "custom" else None,
        "sni_endpoint": {"id": "s", "name": "sni-1"} if kind == "custom" else None,
        "app": {"id": app.id, "name": app.name}, "created_at": now(), "updated_at": now(),
    }  # fmt: skip


def _drains(app: App) -> list[dict[str, Any]]:
    return [
        {"id": str(uuid.uuid4()), "url": url, "token": "d.1", "addon": None, "created_at": now(), "updated_at": now()}
        for url in app.drains
    ]


def _buildpacks(app: App) -> list[dict[str, Any]]:
    return [{"ordinal": number, "buildpack": {"url": name, "name": name}} for number, name in enumerate(app.buildpacks)]
