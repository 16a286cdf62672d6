"""What the real Upsun CLI asks and says, without its second of start-up: for the loop over faults.

`test_upsun_provision.py` holds it to the real program: both leave the same behind.
"""

from __future__ import annotations

import contextlib
import csv
import http.client
import io
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import yaml

from .stand_in import Ended
from .typed import Typed


@dataclass(frozen=True)
class QuickUpsun:
    """The program, asking the API at `url` with the API token `token`, in the repository at `root`."""

    url: str
    token: str
    root: Path
    environ: Mapping[str, str]
    kept: dict[str, str] = field(default_factory=dict)  # as in the home folder: the access token
    typed: Typed = field(default_factory=Typed)

    def __call__(self, arguments: list[str], given: str) -> str:
        command, rest = arguments[0], arguments[1:]
        if command == "--version":
            return "Upsun CLI 5.11.1"
        left, options = _options(rest)
        if command == "ssh":
            return self.typed.answer(" ".join(left), given)
        if not self.kept:
            self.kept["token"] = self._send("POST", "/oauth2/token", urlencode({"api_token": self.token}), {})[
                "access_token"
            ]
        ask = _Session(self, self.kept["token"])
        return str(getattr(ask, "do_" + command.replace(":", "_").replace("-", "_"))(left, options))

    def _send(self, method: str, path: str, data: str | None, headers: Mapping[str, str]) -> Any:
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=600)
        try:
            connection.request(method, path, data, dict(headers))
            answer = connection.getresponse()
            text = answer.read().decode()
        except (ConnectionError, http.client.HTTPException):
            raise Ended(1, "cURL error 52: Empty reply from server") from None
        finally:
            connection.close()
        try:
            content = json.loads(text)
        except ValueError:
            if answer.status < 400:
                raise Ended(1, "Failed to decode JSON response: Syntax error") from None
            raise Refused(1, f"resulted in a `{answer.status} Bad Gateway` response:\n{text}", text) from None
        if answer.status == 404:
            raise Missing(1, f"404 Not Found: {text}", text)
        if answer.status >= 400:
            raise Refused(1, f"resulted in a `{answer.status}` response: {text}", text)
        return content

    def git(self, *argv: str) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, **self.environ}
        command = ["git", *argv]
        return subprocess.run(command, cwd=self.root, env=variables, capture_output=True, text=True, check=False)


class Refused(Ended):
    """The API answers with an error; `body` has its words."""

    def __init__(self, status: int, text: str, body: str) -> None:
        super().__init__(status, text)
        self.body = body


class Missing(Refused):
    """There is no such thing."""


@dataclass(frozen=True)
class _Session:
    program: QuickUpsun
    access: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body)
        return self.program._send(method, path, data, {"Authorization": f"Bearer {self.access}"})

    def project(self, options: Mapping[str, str]) -> Any:
        try:
            return self.ask("GET", f"/projects/{options['--project']}")
        except Missing:
            raise Ended(1, f"Specified project not found: {options['--project']}") from None

    def environment(self, options: Mapping[str, str]) -> tuple[str, Any]:
        project = self.project(options)
        listed = self.ask("GET", f"/projects/{project['id']}/environments")
        wanted = options.get("--environment", "main")
        found = next((one for one in listed if one["id"] == wanted), None)
        if found is None:
            raise Ended(1, f"Specified environment not found: {wanted}")
        return f"/projects/{project['id']}/environments/{wanted}", found

    def do_auth_info(self, left: list[str], options: Mapping[str, str]) -> str:
        return str(self.ask("GET", "/users/me")[left[0]])

    def do_project_list(self, left: list[str], options: Mapping[str, str]) -> str:
        user = self.ask("GET", "/users/me")
        found = self.ask("GET", f"/users/{user['id']}/extended-access?filter%5Bresource_type%5D=project")
        if not found["items"]:
            return ""
        projects = self.ask("GET", found["_links"]["ref:projects:0"]["href"])
        owners = self.ask("GET", found["_links"]["ref:organizations:0"]["href"])
        return _table(
            [one["id"], one["title"], one["region"], owners[one["organization_id"]]["name"]]
            for one in projects.values() if options.get("--title", "").lower() in one["title"].lower()
        )  # fmt: skip

    def do_organization_list(self, left: list[str], options: Mapping[str, str]) -> str:
        user = self.ask("GET", "/users/me")
        found = self.ask("GET", f"/users/{user['id']}/organizations")
        return _table([one["id"], one["name"], one["label"], one["type"]] for one in found["items"])

    def do_api_curl(self, left: list[str], options: Mapping[str, str]) -> str:
        """As curl does: no word of the status, and the words of the API where they are not to be left out."""
        body = json.loads(options["--json"]) if "--json" in options else None
        try:
            return json.dumps(self.ask(options.get("--request", "GET"), f"/{left[0]}", body))
        except Refused as refused:
            raise Ended(22, "", "" if "--fail" in options else refused.body) from None

    def do_project_delete(self, left: list[str], options: Mapping[str, str]) -> str:
        project = self.project(options)
        subscription = project["subscription"]["license_uri"].removeprefix("/licenses/")
        path = f"/organizations/{project['organization']}/subscriptions/{subscription}"
        self.ask("GET", path)
        self.ask("DELETE", path)
        return ""

    def do_environment_delete(self, left: list[str], options: Mapping[str, str]) -> str:
        path, environment = self.environment({**options, "--environment": left[0]})
        if environment["status"] == "active":
            self.ask("POST", f"{path}/deactivate")
        self.ask("DELETE", path)
        return ""

    def do_environment_list(self, left: list[str], options: Mapping[str, str]) -> str:
        listed = self.ask("GET", f"/projects/{self.project(options)['id']}/environments")
        shown = {"id": "id", "status": "status", "title": "title", "type": "type"}
        columns = [shown[name] for name in options["--columns"].split(",")]
        return _table([one[name].capitalize() if name == "status" else one[name] for name in columns] for one in listed)

    def do_project_info(self, left: list[str], options: Mapping[str, str]) -> str:
        found = self.project(options)
        if left:
            return str(found[left[0]])
        nested = "".join(f"{name}: {value}\n" for name, value in found["subscription"].items())
        told = {name: value for name, value in found.items() if isinstance(value, str | bool | None)}
        return _table([("Property", "Value"), *told.items(), ("subscription", nested)])

    def do_project_set_remote(self, left: list[str], options: Mapping[str, str]) -> str:
        project = self.project({"--project": left[0]})
        self.program.git("config", "remote.upsun.url", project["repository"]["url"])
        return ""

    def do_variable_list(self, left: list[str], options: Mapping[str, str]) -> str:
        where = _where(options)
        found = self.ask("GET", f"/projects/{self.project(options)['id']}{where}/variables")
        if not found:
            raise Ended(1, "No variables found.")
        if where:
            return _table([one["name"], "environment"] for one in found)
        return _table([one["name"], one.get("value", "")] for one in found)

    def do_variable_create(self, left: list[str], options: Mapping[str, str]) -> str:
        self.environment(options)
        name = f"env:{options['--name']}" if options.get("--prefix") == "env" else options["--name"]
        where = _where(options)
        path = f"/projects/{options['--project']}{where}/variables"
        try:
            self.ask("GET", f"{path}/{name}")
        except Missing:
            body = {
                "name": name, "value": options["--value"], "is_sensitive": options["--sensitive"] == "true",
                "visible_build": options.get("--visible-build") == "true", "visible_runtime": True, "is_json": False,
            }  # fmt: skip
            if where:
                del body["visible_build"]  # as the program leaves it out
                body |= {"is_enabled": True, "is_inheritable": options.get("--inheritable") != "false"}
            self.ask("POST", path, body)
            return ""
        raise Ended(1, f"The variable already exists: {name}")

    def do_variable_update(self, left: list[str], options: Mapping[str, str]) -> str:
        self.environment(options)
        where = _where(options)
        path = f"/projects/{options['--project']}{where}/variables/{left[0]}"
        self.ask("GET", path)
        self.ask("PATCH", path, {"value": options["--value"]})
        return ""

    def do_environment_activate(self, left: list[str], options: Mapping[str, str]) -> str:
        path, environment = self.environment({**options, "--environment": left[0]})
        if environment["status"] == "active":
            return ""
        sizes = {"resources": {"init": options["--resources-init"]}} if "--resources-init" in options else {}
        self.ask("POST", f"{path}/activate", sizes)
        return ""

    def do_environment_info(self, left: list[str], options: Mapping[str, str]) -> str:
        path, environment = self.environment(options)
        self.ask("GET", f"{path}/settings")
        state = "".join(f"{name}: {json.dumps(value)}\n" for name, value in environment["deployment_state"].items())
        told = {name: _shown(value) for name, value in environment.items() if isinstance(value, str | bool | None)}
        access = yaml.safe_dump(environment["http_access"], sort_keys=False)
        return _table([*told.items(), ("deployment_state", state), ("http_access", access)])

    def do_resources_get(self, left: list[str], options: Mapping[str, str]) -> str:
        path, _ = self.environment(options)
        found = self.ask("GET", f"{path}/deployments/next")
        containers = {**found["webapps"], **found["services"]}
        return _table(
            [name, one["resources"]["profile_size"], one["disk"], one["instance_count"]]
            for name, one in containers.items()
        )

    def do_domain_list(self, left: list[str], options: Mapping[str, str]) -> str:
        found = self.ask("GET", f"/projects/{self.project(options)['id']}/domains")
        if not found:
            raise Ended(1, "No domains found for the project.")
        return _table([one["id"], one["type"]] for one in found)

    def do_activity_list(self, left: list[str], options: Mapping[str, str]) -> str:
        path, _ = self.environment(options)
        kinds = [("type[]", kind) for kind in options.get("--type", "").split(",") if kind]
        found = self.ask("GET", f"{path}/activities?{urlencode([('count', options['--limit']), *kinds])}")
        if not found:
            raise Ended(1, "No activities found")
        return _table([one["id"], one["state"], one["result"], one["type"]] for one in found)

    def do_environment_push(self, left: list[str], options: Mapping[str, str]) -> str:
        project = self.project(options)
        environment = {"head_commit": ""}
        with contextlib.suppress(Missing):
            environment = self.ask("GET", f"/projects/{project['id']}/environments/{options['--target']}")
        source = left[0] if left else "HEAD"
        if environment["head_commit"] == self.program.git("rev-parse", source).stdout.strip():
            return ""
        sizes = (
            ["--push-option", f"resources.init={options['--resources-init']}"] if "--resources-init" in options else []
        )
        force = ["--force"] if "--force" in options else []
        target = f"{source}:refs/heads/{options['--target']}"
        pushed = self.program.git("push", *sizes, project["repository"]["url"], target, *force)
        if pushed.returncode != 0:
            raise Ended(pushed.returncode, pushed.stderr)
        return ""

    def do_environment_redeploy(self, left: list[str], options: Mapping[str, str]) -> str:
        path, _ = self.environment(options)
        self.ask("POST", f"{path}/redeploy")
        return ""

    def do_environment_url(self, left: list[str], options: Mapping[str, str]) -> str:
        path, _ = self.environment(options)
        routes = self.ask("GET", f"{path}/deployments/current")["routes"]
        return next(url for url, route in routes.items() if route["primary"])


def _shown(value: str | bool | None) -> str:
    """As the program writes a property."""
    return str(value).lower() if isinstance(value, bool) else value or ""


def _where(options: Mapping[str, str]) -> str:
    """Below the path of the project, where variables of this level are."""
    return f"/environments/{options['--environment']}" if options.get("--level") == "environment" else ""


def _table(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().rstrip("\n")


def _options(arguments: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """What is left, and the options with their values; an option without one has none."""
    left: list[str] = []
    found: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        if word in (
            "--yes",
            "--no-wait",
            "--no-header",
            "--no-auto-login",
            "--primary",
            "--pipe",
            "--delete-branch",
        ):
            continue
        if word in ("--force", "--fail"):
            found[word] = ""
        elif "=" in word and word.startswith("--"):
            name, _, value = word.partition("=")
            found[name] = value
        elif word.startswith("--"):
            found[word] = next(words)
            if found[word].startswith("-"):
                raise Ended(0, "the program's help")
        else:
            left.append(word)
    return left, found
