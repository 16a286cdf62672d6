"""What Upsun cannot build, seen before anything is written.

https://docs.upsun.com/languages/python.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...base.files import read_plain
from ...base.message import Failure
from ...plan import Plan, plan
from . import FIXED, FLEX, PLATFORM

MOUNT = "deploy-data"  # where the running site looks for it: platforms/upsun.py in the overlay's folder


def variables(root: Path, answers: Mapping[str, Any]) -> set[str]:
    """Names of the variables that the configuration itself gives to an app."""
    apps = _apps(_yaml(root / _file(answers)) or {}, answers)
    return {str(name) for app in apps for name in _mapping(_mapping(app.get("variables")).get("env"))}


def _flex(answers: Mapping[str, Any]) -> bool:
    return (answers.get("upsun_flavour") or "flex") == "flex"


def _file(answers: Mapping[str, Any]) -> str:
    """The file with the apps that the chosen flavour reads."""
    return FLEX[0] if _flex(answers) else FIXED[0]


def _apps(content: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    apps = _mapping(content.get("applications")) if _flex(answers) else {"app": content}
    return [app for app in apps.values() if isinstance(app, Mapping)]


def gaps(root: Path, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the user's own configuration of the app lacks, in the file that the chosen flavour reads."""
    path = _file(answers)
    if path not in answers["deploy_kept_files"]:
        return []
    content = _yaml(root / path)
    if content is None:
        return [(path, "is not a YAML mapping, so Upsun would refuse it")]
    apps = _apps(content, answers)
    if not apps:
        return [(path, "has no app: add one below `applications:`")]
    lacks = [list(_app_gaps(app, answers)) for app in apps]
    return [(path, text) for text in min(lacks, key=len)]  # of several apps, the one that is nearest to ours


def _app_gaps(app: Mapping[str, Any], answers: Mapping[str, Any]) -> Iterator[str]:
    inside = plan(answers)  # in the Django root, wherever the packages are
    package = inside.app.package
    hooks, web, mounts = (_mapping(app.get(name)) for name in ("hooks", "web", "mounts"))
    if _mapping(_mapping(app.get("variables")).get("env")).get("DJANGO_SETTINGS_MODULE") != f"{package}.settings":
        yield f"does not set the production settings: add `DJANGO_SETTINGS_MODULE: {package}.settings` to `variables: env:`"
    if f"{package}/gunicorn.conf.py" not in str(_mapping(web.get("commands")).get("start", "")):
        yield f"does not start the production server: set `web: commands: start:` to `{inside.server}`"
    if "collectstatic" not in str(hooks.get("build", "")):
        collect = inside.line.django(inside.app.build)
        yield f"collects no static files: add `export DEPLOY_BUILD=1; {collect}` to `hooks: build:`"
    if "migrate" not in f"{hooks.get('deploy', '')}{hooks.get('post_deploy', '')}":
        yield f"runs no migrations: add `{inside.release}` to `hooks: deploy:`"
    if MOUNT not in {str(name).strip("/") for name in mounts}:
        what = "SQLite and uploaded files" if answers.get("deploy_database") == "sqlite" else "uploaded files"
        yield f"has no storage for {what}: add a mount named `{MOUNT}`"
    if answers.get("deploy_database") == "postgres" and not app.get("relationships"):
        yield "has no database: add a PostgreSQL service and a relationship named `database`"
    yield from _missing_beside(app, plan(answers, PLATFORM))


def _missing_beside(app: Mapping[str, Any], wanted: Plan) -> Iterator[str]:
    """What the plan has beside the web process."""
    workers, crons = _mapping(app.get("workers")), _mapping(app.get("crons"))
    started = [str(_mapping(_mapping(one).get("commands")).get("start", "")) for one in workers.values()]
    for process in wanted.beside:
        program = process.command.rpartition(".venv/bin/")[2]
        # Its options are the owner's affair.
        what = re.split(r" --(?:loglevel|concurrency|processes)\b", program)[0]
        if process.name.lower() not in workers and not any(what in line for line in started):
            yield f"does not start {process.name}: add a worker with `start: {process.command}` to `workers:`"
    for job in wanted.jobs:
        if job.name not in crons:
            yield f'does not run {job.name}: add it to `crons:` with `spec: "{job.schedule}"` and `start: {job.command}`'
    redis = wanted.resource("redis")
    services = {str(_mapping(one).get("endpoint") or name) for name, one in _mapping(app.get("relationships")).items()}
    if redis is not None and redis.how == "declared" and not services & {"redis", "valkey"}:
        yield "has no Redis: add a service of the type `valkey-persistent:8.0` and a relationship with the endpoint `valkey`"
    if wanted.media and wanted.media.rstrip("/") not in _mapping(_mapping(app.get("web")).get("locations")):
        yield f"does not serve uploaded files: add `{wanted.media.rstrip('/')}` with `root: {MOUNT}/media` to `web: locations:`"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _yaml(path: Path) -> Mapping[str, Any] | None:
    """The content; a tag of Upsun's own, such as !include, stands for nothing. None for what is no mapping."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Knows any tag."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    try:
        content = yaml.load(read_plain(path), Loader=Loader)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return None
    return content if isinstance(content, dict) else None


def check(root: Path, answers: Mapping[str, Any]) -> None:
    """Raise Failure for a Python without an image, and for a source root that leaves out a part of the project."""
    version, top = str(answers["django_python_version"]), str(answers.get("django_source_root", "."))
    pythons = PLATFORM.runs.pythons
    if version not in pythons:
        raise Failure(
            f"Upsun has no Python {version} (https://docs.upsun.com/languages/python.html). Choose another: "
            f"-d django_python_version={pythons[0]} (or {', '.join(pythons[1:])}).",
            anchor="upsun-python",
        )
    front_end = (answers.get("django_frontend") or {}).get("root")
    for folder in filter(None, (answers["django_root"], answers["django_dependency_root"], front_end)):
        if top != "." and not f"{folder}/".startswith(f"{top}/"):
            raise Failure(
                f"django_source_root={top} does not contain {folder}, which the site needs. Deploy the whole "
                "repository: -d django_source_root=.",
                anchor="upsun-source-root",
            )
