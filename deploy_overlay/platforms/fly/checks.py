"""What the user's fly.toml lacks.

https://fly.io/docs/reference/configuration/
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...base.platform import Values
from ...base.quoting import toml_string
from ...plan import Plan, plan
from ..own_dockerfile import dockerfile_gaps
from ..own_files import Unreadable, table, text_of, toml_of
from ..own_processes import not_started
from . import PLATFORM

FILE = "fly.toml"
PORT = 8000  # where gunicorn.conf.py listens if the environment names no port


def gaps(root: Path, answers: Values) -> list[tuple[str, str]]:
    """What the user's own fly.toml lacks, and the Dockerfile that it names."""
    if FILE not in answers["deploy_kept_files"] or answers.get("deploy_beside"):
        return []
    try:
        content = toml_of(text_of(root, FILE, PLATFORM.name))
    except Unreadable as why:
        return [(FILE, str(why))]
    planned = plan(answers, PLATFORM)
    lacks = (*_app(content, answers), *_service(content), *_processes(content, planned), *_volume(content, planned))
    found = [(FILE, text) for text in (*lacks, *_release(content, answers, planned))]
    return found + _build(content, root, answers)


def _app(content: dict[str, Any], answers: Values) -> Iterator[str]:
    name = answers.get("deploy_name")
    if content.get("app") != name:
        yield f'is for the app {content.get("app") or "of no name"}, and deploy_name is {name}: write `app = "{name}"`'


def _service(content: dict[str, Any]) -> Iterator[str]:
    services = [table(content, "http_service"), *_tables(content, "services")]
    ports = {str(one["internal_port"]) for one in services if "internal_port" in one}
    port = str(table(content, "env").get("PORT", PORT))
    if not ports:
        yield f"has no HTTP service: add `[http_service]` with `internal_port = {port}`"
    elif port not in ports:
        yield f"expects the site on port {min(ports)}, but it listens on {port}: write `internal_port = {port}`"
    if content.get("kill_signal", "SIGINT") not in ("SIGTERM", "SIGQUIT"):
        yield 'stops the site in the middle of requests: write `kill_signal = "SIGTERM"` above the first table'


def _processes(content: dict[str, Any], planned: Plan) -> Iterator[str]:
    listed = table(content, "processes")
    lacking = not_started(planned.beside, listed)
    lines = [f"`{one.name} = {toml_string(planned.unprivileged + one.command)}`" for one in lacking]
    names = ", ".join(one.name for one in lacking)
    if lacking and listed:
        yield f"does not start {names}: add {', '.join(lines)} below `[processes]`"
    elif lacking:
        web = f"`app = {toml_string(planned.web.command)}`"
        yield f"does not start {names}: add `[processes]` with {', '.join([web, *lines])}"
    services = [table(content, "http_service"), *_tables(content, "services")]
    if (listed or lacking) and any(one and not one.get("processes") for one in services):
        serving = "app" if "app" in listed or not listed else next(iter(listed))
        yield f'does not say which process serves requests: write `processes = ["{serving}"]` below its HTTP service'


def _volume(content: dict[str, Any], planned: Plan) -> Iterator[str]:
    volume = planned.resource("volume")
    if volume is None:
        return
    held = "SQLite" if "DEPLOY_DATA" in volume.variables else "uploaded files"
    if not any(str(one.get("destination", "")).rstrip("/") == "/data" for one in _tables(content, "mounts")):
        yield f'has no volume for {held}: add `[mounts]` with `source = "data"` and `destination = "/data"`'


def _release(content: dict[str, Any], answers: Values, planned: Plan) -> Iterator[str]:
    if answers.get("deploy_database") == "sqlite":
        return  # start.sh migrates
    if "migrate" not in str(table(content, "deploy").get("release_command", "")):
        yield f"runs no migrations: add `[deploy]` with `release_command = {toml_string(planned.release)}`"


def _build(content: dict[str, Any], root: Path, answers: Values) -> list[tuple[str, str]]:
    """The overlay's Dockerfile is in its folder if the user has one. By default, Fly.io builds ./Dockerfile."""
    build = table(content, "build")
    planned = plan(answers, PLATFORM)
    folder = planned.folder
    ours = f"{folder}/Dockerfile" if planned.own_dockerfile else "Dockerfile"
    for other in ("image", "builder", "buildpacks"):
        if other in build:
            text = f'builds with `{other}` and not the image of {folder}/: replace it with `dockerfile = "{ours}"`'
            return [(FILE, text)]
    named = str(build.get("dockerfile", "Dockerfile")).removeprefix("./")
    if named == ours:
        return []
    text = f'builds {named} and not the image of {folder}/: write `dockerfile = "{ours}"` below `[build]`, or change {named}'
    lacks = dockerfile_gaps(root, named, answers, port="PORT" in table(content, "env"))
    return [(FILE, text), *((named, gap) for gap in lacks)] if lacks else []


def _tables(content: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """One table, or an array of them."""
    found = content.get(name)
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]
