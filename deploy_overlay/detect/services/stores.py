"""Which stores the settings use beside the database: Redis (or Valkey), RabbitMQ, memcached, each with what it is for."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ..dependencies import requirements
from ..project import Project
from .redis import uses_redis

MEMCACHED = ("pymemcache", "pylibmc", "python-memcached", "django-pymemcache")


def django_stores(project: Project) -> Fact:
    """A list of mappings, one for each kind, with evidence.

    `kind`: redis, rabbitmq or memcached. `roles`: queue, results, cache, channels, sessions, ... `variables`: those that
    hold its address or a part of it. `fixed`: settings that name localhost or another address in the code.
    """
    found: dict[str, Evidence] = {}
    for kind, place in (
        *(("redis", place) for place in uses_redis(project)),
        *(("memcached", one.place) for one in requirements(project) if one.name in MEMCACHED),
    ):
        found.setdefault(kind, place)
    kinds = sorted(found)
    tables: list[dict[str, object]] = [{"kind": kind, "roles": [], "variables": [], "fixed": []} for kind in kinds]
    return Fact(tables, tuple(found[kind] for kind in kinds))
