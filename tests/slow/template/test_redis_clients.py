"""Each library that Django projects reach Redis with, against a real server whose certificate nobody vouches for.

Slow: it installs all of them.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support import apply_overlay, interpreter
from tests.support.installing import python_with
from tests.support.projects import DJANGO
from tests.support.serving import free_port
from tests.template.conftest import PACKAGES, SETTINGS, Site, small_project

pytestmark = pytest.mark.skipif(
    not (shutil.which("redis-server") and shutil.which("openssl")), reason="needs redis-server and openssl"
)
HOST = "ec2-192-0-2-1.compute-1.amazonaws.com"
HEROKU = {"DYNO": "web.1", "HEROKU_APP_DEFAULT_DOMAIN_NAME": "library-1.herokuapp.com", "FLY_APP_NAME": None}
LIBRARIES = (
    "celery>=5.4", "redis>=5", "packaging", "django-redis", "channels>=4", "channels-redis>=4", "django-rq", "huey",
    "dramatiq", "django-dramatiq", "django-cacheops", "django-constance",
)  # fmt: skip
USES_REDIS = """
import os
from urllib.parse import urlsplit
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
_parts = urlsplit(REDIS_URL)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL + "/1"},
    "other": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": REDIS_URL + "/2"},
}
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = REDIS_URL + "/3"
_layer = {"BACKEND": "channels_redis.core.RedisChannelLayer"}
CHANNEL_LAYERS = {
    "default": {**_layer, "CONFIG": {"hosts": [REDIS_URL]}},
    "other": {**_layer, "CONFIG": {"hosts": [{"address": REDIS_URL}]}},
    "pubsub": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}},
}
RQ_QUEUES = {
    "default": {"URL": REDIS_URL},
    "parts": {"HOST": _parts.hostname, "PORT": _parts.port, "PASSWORD": _parts.password, "DB": 0, "SSL": True},
}
HUEY = {"huey_class": "huey.RedisHuey", "name": "library", "url": REDIS_URL, "immediate": False}
DRAMATIQ_BROKER = {"BROKER": "dramatiq.brokers.redis.RedisBroker", "OPTIONS": {"url": REDIS_URL}, "MIDDLEWARE": []}
DRAMATIQ_RESULT_BACKEND = {"BACKEND": "dramatiq.results.backends.redis.RedisBackend", "BACKEND_OPTIONS": {"url": REDIS_URL}}
CACHEOPS_REDIS = {"host": _parts.hostname, "port": _parts.port, "password": _parts.password, "ssl": True}
CONSTANCE_REDIS_CONNECTION = REDIS_URL
INSTALLED_APPS += ["django_rq", "huey.contrib.djhuey", "django_dramatiq", "cacheops", "constance"]
CONSTANCE_CONFIG = {"ROOM": (1, "of the library")}
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
"""
CLIENTS = """
import asyncio
import socket

real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: real("127.0.0.1" if "amazonaws" in str(host) else host, *rest, **more)
import django

django.setup()
import django_rq
import dramatiq
from cacheops.redis import redis_client
from celery import Celery
from channels.layers import channel_layers
from constance import config
from django.conf import settings
from django.core.cache import caches
from dramatiq.results.backends.redis import RedisBackend
from huey.contrib.djhuey import HUEY

app = Celery("library")
app.config_from_object("django.conf:settings", namespace="CELERY")


def cached(name):
    caches[name].set("a", "b")
    return caches[name].get("a") == "b"


def channel(name):
    async def send():
        layer = channel_layers[name]
        channel = await layer.new_channel()
        await layer.send(channel, {"type": "word"})
        return await asyncio.wait_for(layer.receive(channel), 10) == {"type": "word"}

    return asyncio.run(send())


def constance():
    config.ROOM = 2
    return config.ROOM == 2


RESULTS = settings.DRAMATIQ_RESULT_BACKEND["BACKEND_OPTIONS"]
TRIES = {
    "cache": lambda: cached("default"),
    "django-redis": lambda: cached("other"),
    "broker": lambda: app.send_task("work").id,
    "results": lambda: app.backend.client.ping(),
    "channels": lambda: channel("default"),
    "channels by address": lambda: channel("other"),
    "channels pubsub": lambda: channel("pubsub"),
    "rq": lambda: django_rq.get_queue("default").connection.ping(),
    "rq parts": lambda: django_rq.get_queue("parts").connection.ping(),
    "huey": lambda: HUEY.storage.conn.ping(),
    "dramatiq": lambda: dramatiq.get_broker().client.ping(),
    "dramatiq results": lambda: RedisBackend(**RESULTS).client.ping(),
    "cacheops": lambda: redis_client.ping(),
    "constance": constance,
}
for name, attempt in TRIES.items():
    try:
        print(f"{name}:", "reached" if attempt() else "lost")
    except Exception as error:
        print(f"{name}: {type(error).__name__} {error}".replace("\\n", " "))
"""


@pytest.fixture
def redis_with_tls(tmp_path: Path) -> Iterator[int]:
    """The port of a Redis that speaks TLS alone, with a certificate of its own making."""
    key, certificate, port = tmp_path / "key.pem", tmp_path / "certificate.pem", free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=redis",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    options = {
        "port": "0", "tls-port": str(port), "bind": "127.0.0.1", "tls-key-file": str(key), "tls-auth-clients": "no",
        "tls-cert-file": str(certificate), "tls-ca-cert-file": str(certificate), "requirepass": "word", "save": "",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    with (tmp_path / "redis.log").open("wb") as log:
        server = subprocess.Popen(["redis-server", *words], cwd=tmp_path, stdout=log, stderr=log)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until and server.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_every_client_reaches_it_on_heroku_and_only_there(template: Path, tmp_path: Path, redis_with_tls: int) -> None:
    project = small_project(tmp_path / "library", SETTINGS + USES_REDIS)
    done = apply_overlay(
        project, template, "--skip-tasks", deploy_platforms=["heroku", "fly"], deploy_database="external"
    )
    assert done.returncode == 0, done.stderr
    python = python_with(interpreter(*DJANGO["5.2"]), "django~=5.2.0", *LIBRARIES, *PACKAGES)
    site = Site(project.root, python)
    url = f"rediss://:word@{HOST}:{redis_with_tls}"

    reached = site.run("-c", CLIENTS, REDIS_URL=url, DATABASE_URL=None, **HEROKU)
    told = dict(line.split(": ", 1) for line in reached.stdout.splitlines() if ": " in line)
    assert len(told) >= 14 and set(told.values()) == {"reached"}, (told, reached.stderr)

    refused = site.run("-c", CLIENTS, REDIS_URL=url, DATABASE_URL=None)  # on Fly.io
    assert refused.stdout.count("CERTIFICATE_VERIFY_FAILED") >= 10, refused.stderr
