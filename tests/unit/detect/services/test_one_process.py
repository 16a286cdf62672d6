"""Settings that keep messages or sessions in the memory of one process, which a second one would not see."""

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

MEMORY = '{"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}'
REDIS = '{"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [("redis", 6379)]}}}'
CACHED = 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n'
LOCAL = 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}\n'
SHARED = 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://r"}}\n'


@pytest.mark.parametrize(
    ("added", "one"),
    [
        (f"CHANNEL_LAYERS = {MEMORY}\n", True),
        (f"CHANNEL_LAYERS = {REDIS}\n", False),
        (f"if DEBUG:\n    CHANNEL_LAYERS = {MEMORY}\nelse:\n    CHANNEL_LAYERS = {REDIS}\n", False),
        (f'import os\nCHANNEL_LAYERS = {REDIS} if os.environ.get("REDIS_URL") else {MEMORY}\n', False),
        (CACHED, True),
        (CACHED + LOCAL, True),
        (CACHED + SHARED, False),
        (CACHED.replace("cache", "cached_db") + LOCAL, False),
        (LOCAL, False),
    ],
)
def test_one_process(added: str, one: bool, facts: Callable[..., Facts]) -> None:
    services = facts(django_project(body=SETTINGS + added)).fact("django_services")
    assert ("one-process" in services.value) is one
