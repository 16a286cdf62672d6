"""Whether the project needs Redis (or Valkey): by package, application or setting.

Packages are configured in different ways: an address, a host in a dictionary, the path of a class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...base.evidence import Evidence
from ...base.requirements import Requirement
from ..dependencies import installed, requirements
from ..deployed import deploy_files
from ..production import installed_apps, production_names, production_run
from ..project import Project
from ..settings import DatabaseUrl, Module, parts

# Redis clients, and packages that only work with Redis.
PACKAGES = (
    "redis", "django-redis", "channels-redis", "django-rq", "rq", "hiredis", "django-redis-cache", "django-cacheops",
    "django-defender", "django-redis-sessions", "celery-redbeat", "rq-scheduler", "django-rq-scheduler",
    "django-tasks-rq", "arq", "aioredis", "valkey", "django-valkey", "channels-valkey", "iovalkey", "redis-om", "walrus",
    "python-redis-lock", "django-redis-panel", "redis-py-cluster", "coredis", "taskiq-redis", "django-lock-redis",
)  # fmt: skip
EXTRAS = frozenset({"redis", "hiredis", "valkey"})  # of celery, kombu, dramatiq, django-constance, django-cachalot, ...
APPS = frozenset(
    {"cacheops", "defender", "django_rq", "redbeat", "health_check.contrib.redis", "django_tasks_rq",
     "django_tasks.backends.rq"}
)  # fmt: skip
NAMED = re.compile(r"(^|_)(REDIS|VALKEY)(_|$)")
# A boolean, a duration or the like is not an address.
_SWITCH = re.compile(r"(^|_)(USE|ENABLED?|DISABLED?|TIMEOUT|TTL|EXPIRE|PREFIX|MAX|RETRY|HEALTH|SSL|IGNORE|LOG)(_|$)")
_ADDRESS = re.compile(r"redis|valkey", re.IGNORECASE)
_WHERE = frozenset(
    {"host", "hosts", "url", "location", "unix_socket_path", "socket", "address", "sentinels", "locations"}
)
# Packages whose default is Redis, with the setting and the values that select something else.
# https://huey.readthedocs.io/en/latest/django.html, https://django-constance.readthedocs.io/en/latest/backends.html
BY_DEFAULT = (
    ("huey.contrib.djhuey", "HUEY", re.compile(r"Sqlite|Memory|File|Postgres|Sql|immediate", re.IGNORECASE)),
    ("constance", "CONSTANCE_BACKEND", re.compile(r"database|memory", re.IGNORECASE)),
)


def uses_redis(project: Project) -> Iterator[Evidence]:
    """Every piece of evidence, packages before settings."""
    read = production_names(project)
    if read is not None:
        yield from _settings(read)
    run, _ = production_run(project)
    for name, reading in run.required.items():
        if NAMED.search(name) and not _SWITCH.search(name):
            yield reading
    for requirement in requirements(project):
        if requirement.name in PACKAGES or _has_extra(requirement):
            yield requirement.place
    apps, place = installed_apps(project)
    for app in apps:
        if app.partition(".apps.")[0] in APPS and place and project.locate(app) is None:
            yield place
    yield from _by_default(project, read)
    if "redis" in installed(project):
        for file in deploy_files(project):
            if file.kind in ("compose", "platform"):
                for _, image in file.matches(re.compile(r"image:\s*[\"']?(\S*/)?(redis|valkey)\b")):
                    yield image


def has_client(project: Project) -> bool:
    """Whether a Redis client is installed: itself, or by an extra such as celery[redis]."""
    names = {"redis", "valkey", "django-redis", "django-valkey"}
    return bool(names & {*installed(project)}) or any(map(_has_extra, requirements(project)))


def _has_extra(requirement: Requirement) -> bool:
    return bool(requirement.extras & EXTRAS)


def _settings(read: Module) -> Iterator[Evidence]:
    """Settings whose value names Redis, or that are named for it and have a value: CACHEOPS_REDIS = {"host": ...}."""
    for name, value in read.names.items():
        if not name.isupper():
            continue
        named = NAMED.search(name) and not _SWITCH.search(name) and _is_place(value)
        if named or _ADDRESS.search(texts(value)):
            yield read.places.get(name, Evidence(read.path, None, f"{name} has the address of Redis"))


def _is_place(value: Any) -> bool:
    """Whether the value can be an address of Redis: not None, a boolean or a number."""
    if value is None or isinstance(value, (bool, int, float)):
        return False
    if isinstance(value, dict):
        return any(not isinstance(key, str) or key.lower() in _WHERE or key.upper() == "DEFAULT" for key in value)
    return not (isinstance(value, (str, list, tuple)) and not value)


def _by_default(project: Project, read: Module | None) -> Iterator[Evidence]:
    apps, place = installed_apps(project)
    for app, setting, other in BY_DEFAULT:
        if place and app in apps and project.locate(app) is None:
            value = read.names.get(setting) if read else None
            if not other.search(texts(value)):
                yield place


def texts(value: object) -> str:
    """All strings in a setting, including keys and the default of an address."""
    found = [part.default if isinstance(part, DatabaseUrl) else part for part in parts(value)]
    return " ".join(part for part in found if isinstance(part, str))
