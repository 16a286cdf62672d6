"""Redis, which packages configure each in its own words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]


def apps(*names: str) -> str:
    return f"INSTALLED_APPS += {list(names)!r}\n"


def services(facts: Build, packages: str, body: str) -> list[str]:
    files = django_project(body=SETTINGS + "import os\n" + body)
    value: list[str] = (
        facts({**files, "requirements.txt": f"Django==5.2.1\n{packages}\n"}).fact("django_services").value
    )
    return value


HOST = {"host": "localhost", "port": 6379}


@pytest.mark.parametrize(
    ("packages", "body"),
    [
        ("django-cacheops", ""),
        ("company-base", apps("cacheops")),
        ("company-base", f"CACHEOPS_REDIS = {HOST}\n"),
        ("company-base", "CACHEOPS_REDIS = os.environ['CACHEOPS_REDIS']\n"),
        ("django-constance", apps("constance")),
        ("django-constance", f"CONSTANCE_REDIS_CONNECTION = {HOST}\n"),
        ("django-constance[redis]", ""),
        ("django-q2", f"Q_CLUSTER = {{'name': 'x', 'redis': {HOST}}}\n"),
        ("huey", apps("huey.contrib.djhuey")),
        ("huey", apps("huey.contrib.djhuey") + "HUEY = {'huey_class': 'huey.PriorityRedisHuey'}\n"),
        ("celery[redis]", ""),
        ("kombu[redis]", ""),
        ("celery", "BROKER_URL = 'redis://localhost/1'\n"),
        ("celery", "CELERY_RESULT_BACKEND = f\"redis://{os.environ['A_HOST']}:6379/0\"\n"),
        ("celery-redbeat", ""),
        ("dramatiq[redis,watch]", ""),
        ("django-dramatiq", "DRAMATIQ_BROKER = {'BROKER': 'dramatiq.brokers.redis.RedisBroker'}\n"),
        ("django-defender", ""),
        ("django-health-check", apps("health_check", "health_check.contrib.redis")),
        ("django-redis-sessions", f"SESSION_REDIS = {HOST}\n"),
        ("django-eventstream", f"EVENTSTREAM_REDIS = {HOST}\n"),
        ("sorl-thumbnail", "THUMBNAIL_REDIS_HOST = 'cache'\n"),
        ("company-base", "REDIS_HOST = os.environ.get('REDIS_HOST', 'localhost')\n"),
        (
            "company-base",
            "CACHES = {'default': {'BACKEND': os.environ['KIND'], 'LOCATION': os.environ['REDIS_URL']}}\n",
        ),
        ("django-valkey", "CACHES = {'default': {'BACKEND': 'django_valkey.cache.ValkeyCache'}}\n"),
        ("company-base", "CACHES = {'default': {'BACKEND': 'x.Cache', 'LOCATION': 'valkeys://cache:6379'}}\n"),
        ("channels", "CHANNEL_LAYERS = {'default': {'BACKEND': 'channels_valkey.core.ValkeyChannelLayer'}}\n"),
        ("arq", ""),
    ],
)
def test_redis_by_package_application_or_setting(facts: Build, packages: str, body: str) -> None:
    assert "redis" in services(facts, packages, body)


@pytest.mark.parametrize(
    ("packages", "body"),
    [
        ("django-constance", apps("constance") + "CONSTANCE_BACKEND = 'constance.backends.database.DatabaseBackend'\n"),
        ("django-q2", "Q_CLUSTER = {'name': 'x', 'orm': 'default'}\n"),
        ("huey", apps("huey.contrib.djhuey") + "HUEY = {'huey_class': 'huey.SqliteHuey'}\n"),
        ("celery", "CELERY_BROKER_URL = os.environ.get('CELERY_BROKER_URL', 'amqp://guest@localhost')\n"),
        ("celery[sqs]", ""),
        ("company-base", "REDIS_URL = None\n"),
        ("company-base", "REDIS_URL = os.environ.get('REDIS_URL')\n"),
        ("company-base", "USE_REDIS = False\n"),
        ("company-base", "USE_REDIS = os.environ.get('USE_REDIS', '')\n"),
        ("company-base", "REDIS_DATABASES = {'cache': 0, 'sessions': 1}\n"),
        ("company-base", "REDIS_TIMEOUT = 3\nCACHEOPS_REDIS = {}\n"),
        ("company-base", "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}\n"),
    ],
)
def test_no_redis_where_another_store_is_named(facts: Build, packages: str, body: str) -> None:
    assert "redis" not in services(facts, packages, body)


def test_an_app_of_the_project_that_is_called_like_a_package(facts: Build) -> None:
    files = {**django_project(body=SETTINGS + apps("defender")), "defender/__init__.py": ""}
    assert "redis" not in facts(files).fact("django_services").value
