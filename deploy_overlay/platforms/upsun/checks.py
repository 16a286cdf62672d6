"""What Upsun cannot build, checked before anything is written.

https://docs.upsun.com/languages/python.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...base.message import Failure
from ...plan import Plan, plan
from ..own_files import Unreadable, table, text_of, unknown_start, yaml_of
from ..own_processes import not_started
from . import FIXED, FLEX, PLATFORM

MOUNT = "deploy-data"  # where the running site looks for it: platforms/upsun.py in the overlay's folder


def variables(root: Path, answers: Mapping[str, Any]) -> set[str]:
    """Names of the variables that the configuration sets for an app."""
    try:
        content = yaml_of(text_of(root, _file(answers), PLATFORM.name))
    except Unreadable:
        return set()
    return {str(name) for app in _apps(content, answers) for name in table(table(app, "variables"), "env")}


def _flex(answers: Mapping[str, Any]) -> bool:
    return (answers.get("upsun_flavour") or "flex") == "flex"


def _file(answers: Mapping[str, Any]) -> str:
    """The chosen flavour's file with the apps."""
    return FLEX[0] if _flex(answers) else FIXED[0]


def _apps(content: object, answers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    apps = table(content, "applications") if _flex(answers) else {"app": content}
    return [app for app in apps.values() if isinstance(app, Mapping)]


def gaps(root: Path, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the user's configuration of the app lacks, in the chosen flavour's file."""
    path = _file(answers)
    if path not in answers["deploy_kept_files"]:
        return []
    try:
        content = yaml_of(text_of(root, path, PLATFORM.name))
    except Unreadable as why:
        return [(path, str(why))]
    apps = _apps(content, answers)
    if not apps:
        return [(path, "has no app: add one below `applications:`")]
    lacks = [list(_app_gaps(app, answers)) for app in apps]
    return [(path, text) for text in min(lacks, key=len)]  # of several apps, the one that is nearest to ours


def _app_gaps(app: Mapping[str, Any], answers: Mapping[str, Any]) -> Iterator[str]:
    inside = plan(answers)  # in the Django root, wherever the packages are
    package = inside.app.package
    hooks, web, mounts = (table(app, name) for name in ("hooks", "web", "mounts"))
    if table(table(app, "variables"), "env").get("DJANGO_SETTINGS_MODULE") != f"{package}.settings":
        yield f"does not set the production settings: add `DJANGO_SETTINGS_MODULE: {package}.settings` to `variables: env:`"
    start, ours = str(table(web, "commands").get("start", "")), f"set `web: commands: start:` to `{inside.server}`"
    if not start or "runserver" in start:
        yield f"does not start the production server: {ours}"
    elif f"{package}/gunicorn.conf.py" not in start:
        yield unknown_start(ours)
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
    """What is missing for the processes, jobs and stores of the plan."""
    crons = table(app, "crons")
    started = {str(name): table(one, "commands").get("start", "") for name, one in table(app, "workers").items()}
    for process in not_started(wanted.beside, started):
        yield f"does not start {process.name}: add a worker with `start: {process.command}` to `workers:`"
    for job in wanted.jobs:
        if job.name not in crons:
            yield f'does not run {job.name}: add it to `crons:` with `spec: "{job.schedule}"` and `start: {job.command}`'
    redis = wanted.resource("redis")
    relationships = table(app, "relationships")
    services = {str(table(relationships, name).get("endpoint") or name) for name in relationships}
    if redis is not None and redis.how == "declared" and not services & {"redis", "valkey"}:
        yield "has no Redis: add a service of the type `valkey-persistent:8.0` and a relationship with the endpoint `valkey`"
    if wanted.media and wanted.media.rstrip("/") not in table(table(app, "web"), "locations"):
        yield f"does not serve uploaded files: add `{wanted.media.rstrip('/')}` with `root: {MOUNT}/media` to `web: locations:`"


def check(root: Path, answers: Mapping[str, Any]) -> None:
    """Raise Failure for a Python without an image, and for a source root that lacks a part of the project."""
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
