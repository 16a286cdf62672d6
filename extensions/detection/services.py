"""What the project needs to run beside its web process: workers, queues, caches, a front-end build, uploads."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

from .deploy_files import deploy_files
from .facts import Evidence, Fact
from .files import join, parent
from .installed_apps import installed_apps, production_names
from .packages import installed, requirements
from .project import Project, is_package
from .requirements import line_of
from .values import DatabaseUrl

# A package alone says that the service is used; so does its app.
BY_PACKAGE: dict[str, tuple[str, ...]] = {
    "celery": ("celery", "django-celery-beat", "django-celery-results"),
    "rq": ("rq", "django-rq"),
    "huey": ("huey",),
    "dramatiq": ("dramatiq", "django-dramatiq"),
    "django-q": ("django-q", "django-q2"),
    "django-tasks": ("django-tasks", "django-tasks-db"),
    "channels": ("channels",),
    "procrastinate": ("procrastinate",),
    "apscheduler": ("apscheduler", "django-apscheduler"),
    "cron": ("django-crontab", "django-cron"),
}
BY_APP = {
    "django_celery_beat": "celery", "django_celery_results": "celery", "django_rq": "rq", "huey.contrib.djhuey": "huey",
    "django_dramatiq": "dramatiq", "django_q": "django-q", "django_tasks": "django-tasks", "channels": "channels",
    "procrastinate.contrib.django": "procrastinate", "django_apscheduler": "apscheduler", "django_crontab": "cron",
    "django_cron": "cron", "scheduler": "rq",
}  # fmt: skip
SCRIPTS = (
    "build",
    "build:prod",
    "build:production",
    "production",
    "prod",
    "build:css",
    "build-prod",
    "css:build",
    "tailwind:build",
    "build:tailwind",
)
MAX_MODELS = 200


def django_services(project: Project) -> Fact:
    """Sorted names: celery, rq, huey, channels, redis, node, media, ... with one piece of evidence each."""
    found: dict[str, Evidence] = {}
    for name, place in (*_packages(project), *_apps(project), *_redis(project), *_memcached(project)):
        found.setdefault(name, place)
    node = front_end(project)
    if node:
        found["node"] = node
    media = uploads(project)
    if media:
        found["media"] = media
    return Fact(sorted(found), tuple(found[name] for name in sorted(found)))


def _packages(project: Project) -> Iterator[tuple[str, Evidence]]:
    declared = {requirement.name: requirement.place for requirement in requirements(project)}
    for service, packages in BY_PACKAGE.items():
        for package in packages:
            if package in declared:
                yield service, declared[package]


def _apps(project: Project) -> Iterator[tuple[str, Evidence]]:
    apps, place = installed_apps(project)
    for app in apps:
        service = BY_APP.get(app)
        if service and place:
            yield service, place
    read = production_names(project)
    if read is not None and "CHANNEL_LAYERS" in read.places:
        yield "channels", read.places["CHANNEL_LAYERS"]
    package = str(project.fact("django_settings_module").value).partition(".")[0]
    folder = is_package(project.repository, package, project.code_roots())
    for name in project.repository.listing(folder).files if folder is not None else ():
        if "celery" in name and name.endswith(".py"):
            path = join(folder or ".", name)
            line = line_of(project.repository, path, r"\bCelery\(")
            if line:
                yield "celery", Evidence(path, line, "defines a Celery application")


def _redis(project: Project) -> Iterator[tuple[str, Evidence]]:
    packages = installed(project)
    read = production_names(project)
    if read is not None:
        for name, value in read.names.items():
            if name.isupper() and "redis" in _flat(value).lower():
                yield "redis", read.places.get(name, Evidence(read.path, None, f"{name} names Redis"))
    for package in ("redis", "django-redis", "channels-redis", "django-rq", "rq", "hiredis", "django-redis-cache"):
        declared = {requirement.name: requirement.place for requirement in requirements(project)}
        if package in declared:
            yield "redis", declared[package]
    for file in deploy_files(project):
        if file.kind in ("compose", "platform") and "redis" in packages:
            for _, place in file.matches(re.compile(r"image:\s*[\"']?(\S*/)?(redis|valkey)\b")):
                yield "redis", place


def _memcached(project: Project) -> Iterator[tuple[str, Evidence]]:
    for requirement in requirements(project):
        if requirement.name in ("pymemcache", "pylibmc", "python-memcached", "django-pymemcache"):
            yield "memcached", requirement.place


def _flat(value: object, depth: int = 0) -> str:
    if depth > 4:
        return ""
    if isinstance(value, dict):
        return " ".join(_flat(item, depth + 1) for pair in value.items() for item in pair)
    if isinstance(value, (list, tuple)):
        return " ".join(_flat(item, depth + 1) for item in value)
    if isinstance(value, DatabaseUrl):
        return value.default
    return value if isinstance(value, str) else ""


def front_end(project: Project) -> Evidence | None:
    """A package.json with a build script that concerns this Django project: at its root, the git root or in it."""
    repository = project.repository
    root = project.root
    near = [root, ".", parent(root)]
    prefix = "" if root == "." else root + "/"
    near += [
        folder
        for folder in repository.folders()
        if folder.startswith(prefix) and folder.count("/") <= prefix.count("/") + 1
    ]
    for folder in dict.fromkeys(near):
        path = join(folder, "package.json")
        if "package.json" not in repository.listing(folder).files:
            continue
        try:
            data = json.loads(repository.text(path) or "{}")
        except (ValueError, RecursionError):
            continue
        scripts = data.get("scripts") if isinstance(data, dict) else None
        for name in SCRIPTS:
            if isinstance(scripts, dict) and isinstance(scripts.get(name), str):
                return Evidence(path, _line(repository.text(path) or "", f'"{name}"'), f"{name}: {scripts[name]}"[:100])
    return None


def _line(text: str, wanted: str) -> int | None:
    return next((number for number, line in enumerate(text.split("\n"), 1) if wanted in line), None)


def uploads(project: Project) -> Evidence | None:
    """The first FileField or ImageField in the project's models, or an app that stores uploads."""
    repository = project.repository
    prefix = "" if project.root == "." else project.root + "/"
    looked = 0
    for folder in repository.folders():
        if not (folder + "/").startswith(prefix):
            continue
        for name in repository.listing(folder).files:
            if name.endswith(".py") and ("models" in name or folder.endswith("/models")) and looked < MAX_MODELS:
                looked += 1
                text = repository.text(join(folder, name)) or ""
                if "FileField" in text or "ImageField" in text:
                    line = _field_line(repository.tree(join(folder, name)))
                    if line:
                        return Evidence(join(folder, name), line, "a field that stores files")
    apps, place = installed_apps(project)
    if any(
        app in ("wagtail.images", "wagtail.documents", "filer", "easy_thumbnails", "wagtail.wagtailimages")
        for app in apps
    ):
        return place
    return None


def _field_line(tree: ast.Module | None) -> int | None:
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in ("FileField", "ImageField") or name.endswith(("ImageField", "FileField")):
                return node.lineno
    return None
