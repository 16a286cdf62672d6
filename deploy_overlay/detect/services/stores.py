"""The stores that the settings use besides the database, and their roles: Redis (or Valkey), RabbitMQ, memcached."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from ...base.evidence import Evidence, Fact
from ..dependencies import installed, requirements
from ..production import production_names, production_run
from ..project import Project
from ..settings import Module
from .addresses import DETAIL, SWITCH, WHERE, Addresses, Entry, Part
from .celery import celery_app, has_celery
from .clients import clients
from .redis import NAMED, has_client, uses_redis

MEMCACHED = ("pymemcache", "pylibmc", "python-memcached", "django-pymemcache")
ROLES = ("queue", "results", "cache", "sessions", "channels", "locks", "other")
# Settings by the role of their server. The first level of some is a dictionary of servers.
_BY_SETTING = (
    (re.compile(r"^CACHES$"), "cache", True),
    (re.compile(r"^CHANNEL_LAYERS$"), "channels", True),
    (re.compile(r"^RQ_QUEUES$"), "queue", True),
    (re.compile(r"^TASKS$"), "queue", True),
    (re.compile(r"^(HUEY|Q_CLUSTER|RQ|DRAMATIQ_BROKER)$"), "queue", False),
    (re.compile(r"(^|_)BROKER(_READ|_WRITE)?(_URL|_HOST)?$"), "queue", False),
    (re.compile(r"(^|_)RESULT_BACKEND(_URL)?$"), "results", False),
    (re.compile(r"^SESSION_REDIS"), "sessions", False),
    (re.compile(r"^CACHEOPS_REDIS|(^|_)CACHE(_URL|_LOCATION)$|^REDIS_CACHE(_URL)?$"), "cache", False),
    (re.compile(r"(^|_)(REDLOCK|RATE_LIMITER_BACKEND)(_|$)|LOCKS?_(URL|REDIS|BACKEND)"), "locks", False),
)
_KINDS = (
    ("redis", re.compile(r"redis|valkey", re.IGNORECASE)),
    ("rabbitmq", re.compile(r"\b(py|lib)?amqps?://|rabbit|amqp", re.IGNORECASE)),
    ("memcached", re.compile(r"(?<!loc)memcache", re.IGNORECASE)),
)
_OF_CLIENT = {"pika": "rabbitmq", "aio_pika": "rabbitmq", "amqp": "rabbitmq", "pylibmc": "memcached"}
# Backends of queues, results and caches without a server, or with one of another kind.
_OTHER = re.compile(
    r"\b(sqs|memory|filesystem|django|kafka|confluentkafka|mongodb|sqla?(\+\w+)?|db(\+\w+)?|gcpubsub|rpc|s3|file)://"
    r"|locmem|dummy|filebased|dbcache|django-db|django-cache|django_cache|\.db\.|Database|Sqlite|Postgres|InMemory|Stub"
    r"|^rpc$|^db$"
)
# For Celery, these variables override its settings: celery/app/utils.py, Settings.broker_url.
_CELERYS = {"queue": "CELERY_BROKER_URL", "results": "CELERY_RESULT_BACKEND"}
_IN_CELERY = {"broker_url": "queue", "broker": "queue", "result_backend": "results", "backend": "results"}
# Endings of settings with the address of a server.
_ADDRESS_WORDS = frozenset(
    {"URL", "URI", "HOST", "HOSTS", "HOSTNAME", "SERVER", "SERVERS", "ADDRESS", "LOCATION", "LOCATIONS", "DSN", "SOCKET",
     "REDIS", "VALKEY", "RABBITMQ"}
)  # fmt: skip
# Keys with the class that a setting uses: https://huey.readthedocs.io/en/latest/django.html
_CLASSES = ("BACKEND", "BROKER", "huey_class", "backend_class")
_SHARED_SESSIONS = ("django.contrib.sessions.backends.cache", "django.contrib.sessions.backends.cached_db")


class _Use(NamedTuple):
    """One server in a setting."""

    kind: str
    role: str
    setting: str
    variables: tuple[str, ...]
    fixed: bool
    place: Evidence
    alias: str = ""
    derived: frozenset[str] = frozenset()  # of the variables, those with a default that is computed from others


def django_stores(project: Project) -> Fact:
    """A list of mappings, one for each kind, with evidence.

    `kind`: redis, rabbitmq or memcached. `roles`: queue, results, cache, sessions, channels, locks, other. `variables`:
    those with its address or part of it. `fixed`: settings with an address fixed in the code.
    """
    uses = list(_uses(project))
    kinds = {use.kind for use in uses}
    without: dict[str, Evidence] = {}  # used by a package or an app, without a setting
    for kind, place in (
        *(("redis", place) for place in uses_redis(project)),
        *(("memcached", one.place) for one in requirements(project) if one.name in MEMCACHED),
    ):
        if kind not in kinds:
            without.setdefault(kind, place)
    tables: list[dict[str, object]] = []
    evidence: list[Evidence] = []
    for kind in sorted({*kinds, *without}):
        own = [use for use in uses if use.kind == kind]
        roles = {use.role for use in own if use.role}
        variables = dict.fromkeys(name for use in own for name in use.variables)
        for name in frozenset[str]().union(*(use.derived for use in own)):
            variables.pop(name, None)
        if kind == "redis":
            variables |= dict.fromkeys(_required(project))
        known = {name for use in own if use.role for name in use.variables}
        if any(
            not use.role and (not roles or (_change([*use.variables]) and not {*use.variables} <= known)) for use in own
        ):
            roles.add("other")
        fixed = dict.fromkeys(use.setting for use in own if use.fixed)
        tables.append(
            {
                "kind": kind,
                "roles": [role for role in ROLES if role in roles],
                "variables": list(variables),
                "fixed": list(fixed),
            }
        )
        evidence += [use.place for use in own] or [without[kind]]
    return Fact(tables, tuple(dict.fromkeys(evidence)))


def _required(project: Project) -> list[str]:
    """Required variables that are named for Redis, however they are used."""
    run, _ = production_run(project)
    return [name for name in run.required if NAMED.search(name) and not SWITCH.search(name)]


def _uses(project: Project) -> Iterator[_Use]:
    read = production_names(project)
    if read is None:
        return
    run, _ = production_run(project)
    addresses = Addresses(project, run, read)
    found: list[_Use] = []
    for name in dict.fromkeys([*read.names, *read.possible]):
        if not name.isupper() or name.startswith("_") or SWITCH.search(name):
            continue
        role, aliases = next(((role, many) for pattern, role, many in _BY_SETTING if pattern.search(name)), ("", False))
        if role or _kind_of(name):
            found += _in_setting(project, addresses, read, name, role, aliases)
    yield from found
    yield from _sessions(read, found)
    yield from _in_code(project, found)
    if not any(use.role == "queue" for use in found):
        yield from _celerys(project, read)


def _in_code(project: Project, found: list[_Use]) -> Iterator[_Use]:
    """Servers whose address the project's own code reads from variables."""
    known = {name for use in found for name in use.variables}
    for client in clients(project):
        kind = _OF_CLIENT.get(client.called.partition(".")[0]) or _kind_of(client.called)
        names = [name for name in client.variables if not SWITCH.search(name)]
        if kind and names and not known & {*names}:
            yield _Use(kind, "other", "", tuple(names), False, client.place)


def _in_setting(
    project: Project, addresses: Addresses, read: Module, name: str, role: str, aliases: bool
) -> Iterator[_Use]:
    for node, keys, place in addresses.assigned(name):
        if isinstance(node, ast.Constant) and not isinstance(node.value, str):
            continue  # None, a boolean or a number
        several = aliases or (not role and _has_names(node))
        for entry in addresses.entries(node, place.path, keys, several):
            if not role and name.rpartition("_")[2] in ("PORT", "PASSWORD", "USER", "USERNAME"):
                entry = entry._replace(parts=tuple(part._replace(detail=True) for part in entry.parts))
            variables = addresses.variables(entry.parts)
            if not variables and place == read.places.get(name) and _is_value(entry):
                variables = [one for one in sorted(read.origins.get(name, ())) if addresses.is_address(one)]
            kind = _kind(project, addresses, entry, name, role, variables)
            if not kind:
                continue
            if role and not variables:
                variables = _around(project, addresses, place, kind)
            fixed = (
                not _change(variables) and addresses.fixed(entry) and bool(role or _says_where(addresses, entry, name))
            )
            if not role and not fixed and not variables:
                continue
            note = f"{name} has a fixed address" if fixed else f"sets {name}"
            if fixed and kind != "redis" and role in _CELERYS and "celery" in installed(project):
                variables, fixed, note = [_CELERYS[role]], False, f"{name}, which {_CELERYS[role]} replaces"
            derived = addresses.derived(entry.parts)
            better = frozenset(one for one in derived if derived[one] & {*variables} - {*derived})
            yield _Use(kind, role, name, tuple(variables), fixed, place._replace(note=note), entry.alias, better)


def _has_names(node: ast.expr) -> bool:
    """Whether a dictionary has several named servers, not the parts of one address."""
    keys = (
        [str(key.value).lower() for key in node.keys if isinstance(key, ast.Constant)]
        if isinstance(node, ast.Dict)
        else []
    )
    return bool(keys) and not {*keys} & (WHERE | DETAIL)


def _says_where(addresses: Addresses, entry: Entry, name: str) -> bool:
    """Whether a setting named for a kind of server has an address, not the name of a class."""
    if name.rpartition("_")[2] in _ADDRESS_WORDS or isinstance(entry.node, ast.Dict):
        return True
    return any("://" in text for part in entry.parts for text in addresses.texts(part.node, part.path))


def _change(variables: list[str]) -> bool:
    """Whether one of them locates the server, and is not only its port or password."""
    return any(
        name.rpartition("_")[2] not in ("PORT", "PASSWORD", "PASS", "PASSWD", "USER", "USERNAME") for name in variables
    )


def _is_value(entry: Entry) -> bool:
    """Whether it is a django-configurations value, whose variable has the setting's name."""
    return isinstance(entry.node, ast.Call) and ast.unparse(entry.node.func).endswith("Value")


def _kind_of(text: str) -> str:
    return next((kind for kind, pattern in _KINDS if pattern.search(text)), "")


def _kind(project: Project, addresses: Addresses, entry: Entry, name: str, role: str, variables: list[str]) -> str:
    """The kind of store, by the class or address in the code, by names, or by the installed client."""
    texts = addresses.texts(entry.node, entry.path)
    client = "redis" if has_client(project) else ""
    if name == "RQ_QUEUES":
        return "redis"
    backend = _backend(entry)
    if name == "HUEY":
        # Its class says it, and without one it is Redis; a name of the queue may come from the database's settings.
        said = [backend] if isinstance(entry.node, ast.Dict) else texts
        return "" if any(_OTHER.search(text) for text in said) else "redis"
    if backend and (_kind_of(backend) or _OTHER.search(backend)):
        return _kind_of(backend)
    kind_of_address = next((kind for kind in map(_kind_of, texts) if kind), "")
    named = next((kind for kind in map(_kind_of, [*variables, name]) if kind), "")
    if kind_of_address or (named and not any(_OTHER.search(text) for text in texts)):
        return kind_of_address or named
    if name in ("Q_CLUSTER", "TASKS") or not variables:
        return ""
    if any(_OTHER.search(text) for text in texts):
        return client if role == "cache" else ""  # of the default alone
    return client or ("rabbitmq" if role == "queue" and "celery" in installed(project) else "")


def _backend(entry: Entry) -> str:
    """The class that a cache, a layer, a broker or Huey names."""
    if isinstance(entry.node, ast.Dict):
        for key, value in zip(entry.node.keys, entry.node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in _CLASSES and isinstance(value, ast.Constant):
                return str(value.value)
    return ""


def _around(project: Project, addresses: Addresses, place: Evidence, kind: str) -> list[str]:
    """Variables that a surrounding condition tests and a library reads: `if "MEMCACHE_SERVERS" in os.environ`.

    Not those that it takes for a number, a boolean or one of some words: they say whether there is a server, not where.
    """
    tree = project.repository.tree(place.path)
    found: dict[str, None] = {}
    switches: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.If) and node.lineno < (place.line or 0) <= (node.end_lineno or 0):
            for part in ast.walk(node.test):
                if isinstance(part, ast.expr):
                    found |= dict.fromkeys(addresses.variables([Part(part, place.path)]))
                inner = ast.walk(part) if isinstance(part, ast.expr) and _switches(part) else ()
                switches |= {
                    name
                    for one in inner
                    if isinstance(one, ast.expr)
                    for name in addresses.variables([Part(one, place.path)])
                }
    return [name for name in found if _kind_of(name) == kind and name not in switches]


def _switches(test: ast.expr) -> bool:
    """Whether a part of a condition turns a variable into something that is no address."""
    if isinstance(test, ast.Call):
        called = ast.unparse(test.func).rpartition(".")[2]
        return called in ("int", "bool", "float", "strtobool") or any(one.arg == "cast" for one in test.keywords)
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], (ast.Eq, ast.NotEq))


def _sessions(read: Module, found: list[_Use]) -> Iterator[_Use]:
    """Sessions in a cache belong to the cache's server."""
    if read.names.get("SESSION_ENGINE") not in _SHARED_SESSIONS:
        return
    alias = read.names.get("SESSION_CACHE_ALIAS", "default")
    for use in found:
        if use.setting == "CACHES" and use.alias in (alias, ""):
            yield use._replace(role="sessions")


def _celerys(project: Project, read: Module) -> Iterator[_Use]:
    """The broker of a Celery application that is not in the settings, but in its module or environment."""
    app, place = celery_app(project)
    if not app or place is None:
        return
    client = "redis" if next(uses_redis(project), None) else "rabbitmq"
    module = app.partition(":")[0]
    found = list(_in_module(project, module, client)) if project.locate(module) else []
    yield from found
    # https://docs.celeryq.dev/en/stable/userguide/configuration.html#broker-url
    if not any(use.role == "queue" for use in found) and has_celery(project):
        yield _Use(
            client,
            "queue",
            "",
            ("CELERY_BROKER_URL",),
            False,
            place._replace(note="Celery reads its broker from it"),
        )


def _in_module(project: Project, module: str, client: str) -> Iterator[_Use]:
    """`Celery(broker=...)`, `app.conf.broker_url = ...` and `app.conf.update(broker_url=...)`."""
    run, read = project.read_settings(module)
    path = project.locate(module)
    tree = project.repository.tree(path) if path else None
    if read is None or path is None or tree is None:
        return
    addresses = Addresses(project, run, read)
    for node in ast.walk(tree):
        given: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.Call):
            given = [(keyword.arg or "", keyword.value) for keyword in node.keywords]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            given = [(node.targets[0].attr, node.value)]
        for name, value in given:
            role = _IN_CELERY.get(name)
            if role is None or (isinstance(value, ast.Constant) and not isinstance(value.value, str)):
                continue
            entry = Entry("", value, path, (Part(value, path),))
            texts, variables = addresses.texts(value, path), addresses.variables(entry.parts)
            kind = next((kind for kind in map(_kind_of, [*texts, *variables]) if kind), "")
            if not kind and (not variables or any(_OTHER.search(text) for text in texts)):
                continue
            # It is not in Django's settings, and Celery's variable changes it.
            place = Evidence(path, value.lineno, f"sets Celery's {name}")
            yield _Use(kind or client, role, "", tuple(variables or [_CELERYS[role]]), False, place)
