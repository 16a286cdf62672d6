"""What Redis, RabbitMQ and memcached are used for, and which variables or settings say where they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]
ENV = "import os\nimport environ\nfrom decouple import config\nenv = environ.Env()\n"
REDIS = "redis\n"
CELERY_APP = "from celery import Celery\napp = Celery('site_'{})\n"


def stores(facts: Build, packages: str, body: str, **files: str) -> dict[str, dict[str, Any]]:
    project = django_project(body=SETTINGS + ENV + body)
    project["requirements.txt"] = f"Django==5.2.1\n{packages}"
    found: list[dict[str, Any]] = facts({**project, **files}).fact("django_stores").value
    return {one["kind"]: one for one in found}


def cache(location: str, backend: str = "django.core.cache.backends.redis.RedisCache") -> str:
    return f'CACHES = {{"default": {{"BACKEND": "{backend}", "LOCATION": {location}, "TIMEOUT": env.int("TTL", 5)}}}}\n'


PARTS = """\
HOST = os.environ.get("REDIS_HOST", "localhost")
REDIS_PORT = env.int("REDIS_PORT", 6379)
PASSWORD = config("REDIS_PASSWORD", default="")
NUMBER = os.environ.get("REDIS_DB", "0")
"""
PREFIXED = 'with_prefix = environ.Env()\nwith_prefix.prefix = "SHOP_"\n'


@pytest.mark.parametrize(
    ("body", "roles", "variables"),
    [
        (cache('os.environ.get("REDIS_URL", "redis://localhost:6379/1")'), ["cache"], ["REDIS_URL"]),
        (cache('os.environ["CACHE_ADDRESS"]'), ["cache"], ["CACHE_ADDRESS"]),
        (cache('config("REDIS_URL", default="redis://redis:6379")'), ["cache"], ["REDIS_URL"]),
        ('URL = env("REDIS_URL", default=None)\nif URL:\n    ' + cache("URL"), ["cache"], ["REDIS_URL"]),
        ('CACHES = {"default": env.cache_url("CACHE", default="locmemcache://")}\n', ["cache"], ["CACHE"]),
        ('CACHES = {"default": env.cache_url(default="locmemcache://")}\n', ["cache"], ["CACHE_URL"]),
        (
            PARTS + cache('f"redis://:{PASSWORD}@{HOST}:{REDIS_PORT}/{NUMBER}"'),
            ["cache"],
            ["REDIS_HOST", "REDIS_PASSWORD", "REDIS_PORT"],
        ),
        (PARTS + cache('"redis://%s:%s/1" % (HOST, REDIS_PORT)'), ["cache"], ["REDIS_HOST", "REDIS_PORT"]),
        (PARTS + cache('"redis://{}/1".format(HOST)'), ["cache"], ["REDIS_HOST", "REDIS_PORT"]),
        (
            'CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": '
            '{"hosts": [(os.environ.get("LAYER_HOST", "127.0.0.1"), 6379)], "capacity": env.int("CAPACITY", 5)}}}\n',
            ["channels"],
            ["LAYER_HOST"],
        ),
        ('CELERY_BROKER_URL = env("BROKER", default="redis://localhost")\n', ["queue"], ["BROKER"]),
        ('CELERY_RESULT_BACKEND = env("CELERY_BACKEND", default="redis://x")\n', ["results"], ["CELERY_BACKEND"]),
        (
            'REDIS_URL = env("REDIS_URL")\nCELERY_BROKER_URL = REDIS_URL\nCELERY_RESULT_BACKEND = REDIS_URL + "/1"\n',
            ["queue", "results"],
            ["REDIS_URL"],
        ),
        (
            'RQ_QUEUES = {"default": {"HOST": os.environ["RQ_HOST"], "PORT": 6379, "DB": env.int("RQ_DB", 0)}}\n',
            ["queue"],
            ["RQ_HOST"],
        ),
        ('HUEY = {"connection": {"url": env("REDIS_URL")}}\n', ["queue"], ["REDIS_URL"]),
        (
            'HUEY = {"huey_class": "site_.OwnHuey", "name": DATABASES["default"]["NAME"], "url": env("REDIS_URL")}\n',
            ["queue"],
            ["REDIS_URL"],
        ),
        ('Q_CLUSTER = {"name": "x", "redis": os.environ["Q_REDIS"]}\n', ["queue"], ["Q_REDIS"]),
        ('SESSION_REDIS = {"host": env("SESSION_HOST", default="x")}\n', ["sessions"], ["SESSION_HOST"]),
        (
            cache('env("REDIS_URL")') + 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n',
            ["cache", "sessions"],
            ["REDIS_URL"],
        ),
        (
            "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\nclass Events(BaseModel):\n"
            "    redis_host: str = 'x'\n    options: dict = {}\n    delay: int = 1\nclass S(BaseSettings):\n"
            "    events: Events\n    model_config = {'env_nested_delimiter': '__'}\ns = S()\n"
            'CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": '
            '{"hosts": [{"address": f"redis://{s.events.redis_host}/0", **s.events.options}]}}}\n',
            ["channels"],
            ["EVENTS__REDIS_HOST"],
        ),
        ('REDIS_STREAMS_URL = env("STREAMS_URL")\n', ["other"], ["STREAMS_URL"]),
        (
            "def address(number):\n    return os.environ['REDIS_BASE'] + f'/{number}'\n\n" + cache("address(2)"),
            ["cache"],
            ["REDIS_BASE"],
        ),
        (
            'CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}\n'
            'if os.environ.get("REDIS_URL"):\n    CACHES["default"] = {"BACKEND": '
            '"django.core.cache.backends.redis.RedisCache", "LOCATION": os.environ["REDIS_URL"]}\n',
            ["cache"],
            ["REDIS_URL"],
        ),
        (
            cache('"redis://localhost"')
            + 'CACHES["default"]["LOCATION"] = os.environ.get("REDIS_URL", CACHES["default"]["LOCATION"])\n',
            ["cache"],
            ["REDIS_URL"],
        ),
    ],
)
def test_roles_and_variables_of_redis(facts: Build, body: str, roles: list[str], variables: list[str]) -> None:
    (store,) = stores(facts, REDIS, body).values()

    assert store["kind"] == "redis"
    assert store["roles"] == roles
    assert sorted(store["variables"]) == variables


@pytest.mark.parametrize(
    ("body", "fixed"),
    [
        (cache('"redis://127.0.0.1:6379/1"'), ["CACHES"]),
        (cache('"redis://redis:6379/1"'), ["CACHES"]),
        ('REDIS_HOST = "redis"\n' + cache('f"redis://{REDIS_HOST}:6379"'), ["REDIS_HOST", "CACHES"]),
        ('CELERY_BROKER_URL = "redis://localhost:6379/0"\n', ["CELERY_BROKER_URL"]),
        (
            'CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": '
            '[("127.0.0.1", 6379)]}}}\n',
            ["CHANNEL_LAYERS"],
        ),
        (
            'RQ_QUEUES = {"default": {"HOST": "localhost", "PASSWORD": os.environ.get("REDIS_PASSWORD")}}\n',
            ["RQ_QUEUES"],
        ),
        ('PASSWORD = env("REDIS_PASSWORD", default="")\n' + cache('f"redis://:{PASSWORD}@cache:6379/0"'), ["CACHES"]),
        (cache('os.environ.get("REDIS_URL", "redis://localhost")'), []),
        ('REDIS_MAX_CONNECTIONS = 20\nREDIS_URL = env("REDIS_URL")\n', []),
        ("if DEBUG:\n    " + cache('"redis://localhost"') + 'else:\n    REDIS_URL = env("REDIS_URL")\n', []),
    ],
)
def test_settings_with_an_address_that_no_variable_changes(facts: Build, body: str, fixed: list[str]) -> None:
    assert stores(facts, REDIS, body)["redis"]["fixed"] == fixed


def test_the_evidence_names_the_line_of_a_fixed_address(facts: Build) -> None:
    project = django_project(body=SETTINGS + "REDIS_URL = 'redis://localhost'\n")
    fact = facts({**project, "requirements.txt": "Django==5.2.1\nredis\n"}).fact("django_stores")

    (place,) = fact.evidence
    assert (place.path, place.line) == ("site_/settings.py", len(SETTINGS.splitlines()) + 1)
    assert "REDIS_URL has a fixed address" in place.note


@pytest.mark.parametrize(
    ("packages", "body", "kind", "variables"),
    [
        ("celery\n", 'CELERY_BROKER_URL = os.environ.get("CLOUDAMQP_URL")\n', "rabbitmq", ["CLOUDAMQP_URL"]),
        ("celery\n", 'BROKER_URL = os.environ["BROKER"]\n', "rabbitmq", ["BROKER"]),
        ("celery\nredis\n", 'BROKER_URL = os.environ["BROKER"]\n', "redis", ["BROKER"]),
        # Celery itself looks into the environment first.
        ("celery\n", 'CELERY_BROKER_URL = "amqp://guest@localhost//"\n', "rabbitmq", ["CELERY_BROKER_URL"]),
        (
            "pymemcache\n",
            cache(
                'os.environ.get("MEMCACHED", "127.0.0.1:11211")', "django.core.cache.backends.memcached.PyMemcacheCache"
            ),
            "memcached",
            ["MEMCACHED"],
        ),
        (
            "django-bmemcached\n",
            'if os.environ.get("MEMCACHE_SERVERS"):\n'
            '    CACHES = {"default": {"BACKEND": "django_bmemcached.memcached.BMemcached"}}\n',
            "memcached",
            ["MEMCACHE_SERVERS"],
        ),
    ],
)
def test_other_stores(facts: Build, packages: str, body: str, kind: str, variables: list[str]) -> None:
    found = stores(facts, packages, body)

    assert list(found) == [kind]
    assert found[kind]["variables"] == variables
    assert found[kind]["fixed"] == []


@pytest.mark.parametrize(
    ("app", "body", "kind", "variables"),
    [
        (', broker="redis://localhost"', "", "redis", ["CELERY_BROKER_URL"]),
        (', broker=os.environ["QUEUE_URL"]', "", "redis", ["QUEUE_URL"]),
        ("", "", "redis", ["CELERY_BROKER_URL"]),
    ],
)
def test_a_broker_that_only_the_celery_application_names(
    facts: Build, app: str, body: str, kind: str, variables: list[str]
) -> None:
    files = {"site_/celery.py": "import os\n" + CELERY_APP.format(app)}
    found = stores(facts, "celery\nredis\n", body, **files)

    assert found[kind]["roles"] == ["queue"]
    assert found[kind]["variables"] == variables


@pytest.mark.parametrize(
    "body",
    [
        'CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "a"}}\n',
        'CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "table"}}\n',
        'CELERY_RESULT_BACKEND = "django-db"\n',
        'CELERY_BROKER_URL = "sqs://"\n',
        'Q_CLUSTER = {"name": "x", "orm": "default"}\n',
        'EVENT_AMQP_EXCHANGE = "events"\n',
        'AXES_LOCK_OUT = env.bool("LOCK_OUT", True)\n',
        "REDIS_URL = None\n",
    ],
)
def test_no_store(facts: Build, body: str) -> None:
    assert stores(facts, "", body) == {}


@pytest.mark.parametrize(
    "body",
    [
        "CACHES = CACHES\n",
        "A = B\nB = A\nREDIS_URL = A\n",
        "CACHES = {**CACHES, None: 3, 'default': [1, {'LOCATION': (1,)}]}\n",
        "CHANNEL_LAYERS = {'default': lambda: 1}\n",
        "CACHES = dict(default=dict(LOCATION='redis://x'))\n",
        "CELERY_BROKER_URL = 3\nRQ_QUEUES = []\nHUEY = object()\n",
        "X, (Y, *REDIS_URL) = f()\n",
    ],
)
def test_odd_settings_are_no_error(facts: Build, body: str) -> None:
    stores(facts, "redis\ncelery\n", body)


@pytest.mark.parametrize(
    "body",
    [
        "CACHES = {'default': {}}\n" + "CACHES = {**CACHES, 'default': {**CACHES, 'HOST': CACHES}}\n" * 60,
        "X = 'redis://'\n" + "X = X + X + f'{X}'\n" * 60 + "".join(f"REDIS_{n}_URL = X\n" for n in range(400)),
    ],
)
def test_settings_that_hold_each_other_again_and_again_end(facts: Build, body: str) -> None:
    start = time.process_time()
    stores(facts, "redis\n", body)

    assert time.process_time() - start < 20


def test_an_extra_that_brings_the_client_says_which_server_takes_the_queue(facts: Build) -> None:
    found = stores(facts, "celery[redis]==5.5.3\n", 'CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]\n')

    assert {kind: one["variables"] for kind, one in found.items()} == {"redis": ["CELERY_BROKER_URL"]}


OWN_READER = """\
import os

from .registry import registered

REGISTRY = {"DATABASE_URL": {"from": "env"}, "CACHE_URL": {"from": "env"}, **registered()}


def get_config(name, default=None):
    entry = REGISTRY.get(name)
    if entry is None:
        return _unknown(name, default)
    return os.environ.get(name, entry["default"] if default is None else default)


def _unknown(name, default):
    return os.environ.get(name, default)
"""


def test_a_reader_of_the_project_that_cannot_be_followed_names_the_variable_and_no_other(facts: Build) -> None:
    body = "import dj_database_url\nfrom .config import get_config\nDATABASES = {'default': dj_database_url.config()}\n"
    body += cache('get_config("REDIS_URL")')
    found = stores(facts, REDIS, body, **{"site_/config.py": OWN_READER, "site_/registry.py": "import json\n"})
    assert found["redis"]["variables"] == ["REDIS_URL"]


def test_the_stores_of_the_settings_that_a_required_variable_names(facts: Build) -> None:
    body = 'if os.environ["SITE_ENV"] == "production":\n    from .live import *\nelse:\n    from .work import *\n'
    live = "import os\n" + cache('os.environ["LIVE_REDIS"]')
    work = "import os\n" + cache('os.environ["WORK_REDIS"]')
    found = stores(facts, REDIS, body, **{"site_/live.py": live, "site_/work.py": work})
    assert found["redis"]["variables"] == ["LIVE_REDIS"]


def test_the_tests_of_a_reader_of_the_project_are_no_addresses(facts: Build) -> None:
    reader = """\
STAGE = os.environ.get("STAGE", "live")
def read(name, live=None):
    try:
        return os.environ[name]
    except KeyError:
        if STAGE == "live" and os.environ.get("SITE_QUIET", "0") == "0":
            raise RuntimeError(name)
        return live
"""
    found = stores(facts, REDIS, reader + cache("f\"redis://{read('CACHE_HOST')}:6379\""))

    assert found["redis"]["variables"] == ["CACHE_HOST"]


@pytest.mark.parametrize(
    ("second", "variables"),
    [
        ('os.environ.get("PAGES_URL") or REDIS_URL.rsplit("/", 1)[0] + "/1"', ["REDIS_URL"]),
        ('os.environ.get("PAGES_URL", f"{REDIS_URL}/1")', ["REDIS_URL"]),
        ('env("PAGES_URL", default=REDIS_URL.replace("/0", "/1"))', ["REDIS_URL"]),
        ('env("PAGES_URL", default=REDIS_URL)', ["REDIS_URL", "PAGES_URL"]),
        ('os.environ.get("PAGES_URL", "redis://cache" + ":6379/1")', ["REDIS_URL", "PAGES_URL"]),
    ],
)
def test_a_variable_that_the_settings_compute_from_another_one_is_not_filled(
    facts: Build, second: str, variables: list[str]
) -> None:
    body = (
        f'REDIS_URL = os.environ.get("REDIS_URL", "redis://cache:6379/0")\nPAGES_URL = {second}\nCACHES = {{'
        '"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL},'
        '"pages": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": PAGES_URL}}\n'
    )
    assert stores(facts, REDIS, body)["redis"]["variables"] == variables


def test_an_address_in_a_module_that_is_imported_whole(facts: Build) -> None:
    layers = (
        'import variables\nCHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": '
        '{"hosts": [(variables.HOST, variables.PORT)]}}}\n'
    )
    read = 'import os\nHOST = os.environ.get("REDIS_HOST", "x")\nPORT = int(os.environ.get("REDIS_PORT", "6379"))\n'
    found = stores(facts, "channels-redis\n", layers, **{"variables.py": read})
    assert found["redis"]["variables"] == ["REDIS_HOST", "REDIS_PORT"]


def test_a_client_in_a_group_that_is_not_installed_is_no_store(facts: Build) -> None:
    manifest = '[project]\nname = "x"\nversion = "1"\n[dependency-groups]\nsite = ["django==5.2.1"]\nbot = ["redis"]\n'
    files = {"pyproject.toml": manifest, "Dockerfile": "FROM python:3.13\nRUN uv sync --group site\n"}
    files["uv.lock"] = 'version = 1\n[[package]]\nname = "django"\nversion = "5.2.1"\n'

    assert facts({**django_project(), "requirements.txt": None, **files}).fact("django_stores").value == []


@pytest.mark.parametrize(
    ("test", "variables"),
    [
        ('bool(int(os.environ["NEAR_REDIS"])) if "NEAR_REDIS" in os.environ else False', []),
        ('os.environ.get("NEAR_REDIS") == "1"', []),
        ('"NEAR_REDIS" in os.environ', ["NEAR_REDIS"]),
    ],
)
def test_a_variable_that_switches_a_server_on_is_not_its_address(facts: Build, test: str, variables: list[str]) -> None:
    layers = cache('"redis://redis:6379/1"')
    body = f"if {test}:\n    {layers}"

    (store,) = stores(facts, REDIS, body).values()

    assert store["variables"] == variables
    assert store["fixed"] == ([] if variables else ["CACHES"])
