"""What the project needs besides its web process: workers, queues, caches, storage for uploads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...base.evidence import Evidence, Fact
from ...base.files import join, parent
from ..dependencies import line_of, requirements, uses_gis
from ..production import installed_apps, production_names
from ..project import Project
from .celery import has_celery
from .kept import own_mail
from .redis import texts, uses_redis
from .uploads import stored_elsewhere, uploads
from .uwsgi import only_uwsgi

# A package or an app shows that the service is used.
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
    "background-tasks": ("django-background-tasks", "django4-background-tasks"),
    "cron": ("django-crontab", "django-cron"),
    "pgvector": ("pgvector",),
}
BY_APP = {
    "django_celery_beat": "celery", "django_celery_results": "celery", "django_rq": "rq", "huey.contrib.djhuey": "huey",
    "django_dramatiq": "dramatiq", "django_q": "django-q", "django_tasks": "django-tasks", "channels": "channels",
    "procrastinate.contrib.django": "procrastinate",
    "django_tasks_db": "django-tasks", "django_tasks.backends.database": "django-tasks",
    "background_task": "background-tasks", "django_apscheduler": "apscheduler", "django_crontab": "cron",
    "django_cron": "cron", "scheduler": "rq",
}  # fmt: skip
# Backends that all processes share, and that a variable may select.
_SHARED_LAYER = re.compile(r"channels_redis|channels_rabbitmq|channels_postgres|RedisChannelLayer|RedisPubSub")
_SHARED_CACHE = re.compile(r"redis|valkey|(?<!loc)memcache|cache\.backends\.(db|filebased)", re.IGNORECASE)


def django_services(project: Project) -> Fact:
    """Sorted names: celery, rq, huey, channels, redis, media, ... with one piece of evidence each.

    `media`: uploads on the disk. `storage`: uploads in a service. `mail`: the settings send mail. `one-process`: messages or
    sessions that a second server process would not see. `dynaconf`: it replaces Django's settings. `uwsgi`: work that no other
    server does. `pgvector`, `postgis`: an extension of PostgreSQL that its own image lacks.
    """
    found: dict[str, Evidence] = {}
    for name, place in (
        *_packages(project),
        *_apps(project),
        *(("redis", place) for place in uses_redis(project)),
        *_memcached(project),
        *_database_cache(project),
        *_in_one_process(project),
        *_dynaconf(project),
        *_uwsgi(project),
        *_postgis(project),
    ):
        found.setdefault(name, place)
    media = uploads(project)
    if media:
        found["media"] = media
    kept = {"storage": stored_elsewhere(project), "mail": own_mail(project)}
    found |= {name: place for name, place in kept.items() if place}
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
        # The project may have its own app "channels".
        if service and place and project.locate(app) is None:
            yield service, place
    read = production_names(project)
    if read is not None and "CHANNEL_LAYERS" in read.places:
        yield "channels", read.places["CHANNEL_LAYERS"]
    package = str(project.fact("django_settings_module").value).partition(".")[0]
    folder = project.package_folder(package)
    for name in project.repository.listing(folder).files if folder is not None else ():
        if "celery" in name and name.endswith(".py"):
            path = join(folder or ".", name)
            line = line_of(project.repository, path, r"\bCelery\(")
            if line and has_celery(project):
                yield "celery", Evidence(path, line, "defines a Celery application")


def _memcached(project: Project) -> Iterator[tuple[str, Evidence]]:
    for requirement in requirements(project):
        if requirement.name in ("pymemcache", "pylibmc", "python-memcached", "django-pymemcache"):
            yield "memcached", requirement.place


def _database_cache(project: Project) -> Iterator[tuple[str, Evidence]]:
    """A cache in the database, whose table `createcachetable` creates, not a migration.

    https://docs.djangoproject.com/en/stable/topics/cache/#database-caching
    """
    read = production_names(project)
    if read is not None and "cache.backends.db." in texts(read.names.get("CACHES")):
        yield "database-cache", read.places.get("CACHES", Evidence(read.path, None, "CACHES uses the database"))


def _in_one_process(project: Project) -> Iterator[tuple[str, Evidence]]:
    """Messages or sessions in the memory of one process.

    https://channels.readthedocs.io/en/stable/topics/channel_layers.html#in-memory-channel-layer
    https://docs.djangoproject.com/en/stable/topics/http/sessions/#using-cached-sessions
    """
    read = production_names(project)
    if read is None:
        return
    layers, engine, caches = (texts(read.names.get(name)) for name in ("CHANNEL_LAYERS", "SESSION_ENGINE", "CACHES"))
    if "InMemoryChannelLayer" in layers and not _says(project, read.places["CHANNEL_LAYERS"], _SHARED_LAYER):
        yield "one-process", read.places["CHANNEL_LAYERS"]
    here = "LocMemCache" in caches or not caches
    if engine == "django.contrib.sessions.backends.cache" and here:
        place = read.places.get("CACHES") or read.places["SESSION_ENGINE"]
        if not _says(project, place, _SHARED_CACHE):
            yield "one-process", read.places["SESSION_ENGINE"]


def _dynaconf(project: Project) -> Iterator[tuple[str, Evidence]]:
    """Settings that use Dynaconf, in their file or in one beside it.

    https://www.dynaconf.com/django/
    """
    module = project.locate(str(project.fact("django_settings_module").value))
    if module is None or not any(one.name == "dynaconf" for one in requirements(project)):
        return
    folder = parent(module)
    for name in project.repository.listing(folder).files:
        path = join(folder, name)
        if name.endswith(".py") and (line := line_of(project.repository, path, r"\bDjangoDynaconf\(")):
            yield "dynaconf", Evidence(path, line, "replaces Django's settings with Dynaconf")


def _uwsgi(project: Project) -> Iterator[tuple[str, Evidence]]:
    if place := only_uwsgi(project):
        yield "uwsgi", place


def _postgis(project: Project) -> Iterator[tuple[str, Evidence]]:
    used = uses_gis(project)
    if used and not used[1]:
        yield "postgis", used[0]


def _says(project: Project, place: Evidence, wanted: re.Pattern[str]) -> bool:
    """Whether the file has a matching string, which a production variable may select."""
    tree = project.repository.tree(place.path)
    nodes = ast.walk(tree) if tree else ()
    return any(
        isinstance(one, ast.Constant) and isinstance(one.value, str) and wanted.search(one.value) for one in nodes
    )
