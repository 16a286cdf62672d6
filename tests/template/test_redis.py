"""Heroku's Redis speaks TLS with a certificate that nobody vouches for: caches, queues and channels reach it all the same."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import apply_overlay, interpreter
from tests.support.installing import python_with
from tests.support.projects import DJANGO

from .conftest import PACKAGES, SETTINGS, Site, small_project

HOST = "ec2-192-0-2-1.compute-1.amazonaws.com"
SAID = "?ssl_cert_reqs=none"
USES_REDIS = """
import os
from urllib.parse import urlsplit
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": [REDIS_URL + "/1"]}}
CELERY_BROKER_URL = CELERY_RESULT_BACKEND = REDIS_URL
CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer",
    "CONFIG": {"hosts": [{"address": REDIS_URL}, (REDIS_URL + "/2")]}}}
RQ_QUEUES = {"default": {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 360}}
_parts = urlsplit(REDIS_URL)
RQ_QUEUES["parts"] = {"HOST": _parts.hostname, "PORT": _parts.port, "SSL": _parts.scheme == "rediss"}
CACHEOPS_REDIS = {"host": _parts.hostname, "ssl": True, "ssl_cert_reqs": "required"}
CONSTANCE_REDIS_CONNECTION = {"host": _parts.hostname, "ssl": _parts.scheme == "rediss"}
"""
HEROKU = {"DYNO": "web.1", "HEROKU_APP_DEFAULT_DOMAIN_NAME": "library-1.herokuapp.com", "FLY_APP_NAME": None}
CLIENTS = """
import socket
import django
django.setup()
from django.conf import settings
from django.core.cache import cache
from celery import Celery
import redis

real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: real("127.0.0.1" if "amazonaws" in str(host) else host, *rest, **more)
cache.set("name", "value")
print("cache")
redis.from_url(settings.RQ_QUEUES["default"]["URL"]).ping()
print("redis")
app = Celery("library")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.connection().ensure_connection(max_retries=0, timeout=5)
print("broker")
app.backend.client.ping()
print("results")
"""
# https://redis.io/docs/latest/develop/reference/protocol-spec/
OK = b"+OK\r\n"
REPLIES = {
    b"HELLO": b"%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n",
    b"PING": b"+PONG\r\n",
    b"CLIENT": OK,
    b"SELECT": OK,
    b"SET": OK,
}


@pytest.fixture(scope="module")
def on_heroku(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = small_project(tmp_path_factory.mktemp("redis") / "library", SETTINGS + USES_REDIS)
    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=["heroku", "fly"])
    assert done.returncode == 0, done.stderr
    return project.root


@pytest.fixture
def queueing(on_heroku: Path, tmp_path: Path) -> Site:
    root = tmp_path / "library"
    shutil.copytree(on_heroku, root)
    python = python_with(interpreter(*DJANGO["5.2"]), "django~=5.2.0", "celery[redis]>=5.4", *PACKAGES)
    return Site(root, python)


@pytest.fixture
def redis_with_tls(tmp_path: Path) -> Iterator[int]:
    """The port of something that answers as Redis does, with a certificate of its own making."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=redis",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def serve(client: socket.socket) -> None:
        try:
            with context.wrap_socket(client, server_side=True) as secured:
                while said := secured.recv(65536):
                    for name in said.upper().split(b"\r\n"):
                        if name in REPLIES:
                            secured.sendall(REPLIES[name])
        except OSError:
            pass  # who does not trust the certificate hangs up

    def accept() -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=[client], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def test_each_address_in_the_settings_says_it(queueing: Site) -> None:
    url = f"rediss://:word@{HOST}:6380"
    settings = queueing.settings(REDIS_URL=url, **HEROKU)

    assert settings["CACHES"]["default"]["LOCATION"] == [f"{url}/1{SAID}"]
    assert settings["CELERY_BROKER_URL"] == settings["CELERY_RESULT_BACKEND"] == url + SAID
    hosts = settings["CHANNEL_LAYERS"]["default"]["CONFIG"]["hosts"]
    assert hosts == [{"address": url + SAID}, f"{url}/2{SAID}"]
    assert settings["RQ_QUEUES"]["default"] == {"URL": url + SAID, "DEFAULT_TIMEOUT": 360}
    assert settings["RQ_QUEUES"]["parts"] == {"HOST": HOST, "PORT": 6380, "SSL": True, "SSL_CERT_REQS": None}
    assert settings["CONSTANCE_REDIS_CONNECTION"] == {"host": HOST, "ssl": True, "ssl_cert_reqs": None}
    assert settings["CACHEOPS_REDIS"]["ssl_cert_reqs"] == "required"  # the project says so itself


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost:6379",
        "rediss://:word@master.library.abc.use1.cache.amazonaws.com:6379",  # has a certificate that can be checked
        "rediss://default:word@library.upstash.io:6379",
        f"rediss://:word@{HOST}:6380?ssl_cert_reqs=required",
    ],
)
def test_other_addresses_stay_as_they_are(url: str, queueing: Site) -> None:
    own = "CELERY_BROKER_URL = RQ_QUEUES['default']['URL'] = os.environ['REDIS_URL']"
    (queueing.root / "mysite" / "settings.py").write_text(f"{SETTINGS}{USES_REDIS}{own}\n", encoding="utf-8")
    settings = queueing.settings(REDIS_URL=url, **HEROKU)

    assert settings["CELERY_BROKER_URL"] == settings["RQ_QUEUES"]["default"]["URL"] == url
    if HOST not in url:
        assert "SSL_CERT_REQS" not in settings["RQ_QUEUES"]["parts"]


def test_elsewhere_certificates_are_checked(queueing: Site) -> None:
    url = f"rediss://:word@{HOST}:6380"

    assert queueing.settings(REDIS_URL=url)["CELERY_BROKER_URL"] == url  # on Fly.io


def test_clients_connect(queueing: Site, redis_with_tls: int) -> None:
    url = f"rediss://{HOST}:{redis_with_tls}"

    done = queueing.run("-c", CLIENTS, REDIS_URL=url, **HEROKU)
    reached = [line for line in done.stdout.splitlines() if " " not in line]  # Celery warns in sentences
    assert [line for line in reached if line] == ["cache", "redis", "broker", "results"], done.stderr
    # They do not without: the test would tell.
    other = queueing.run("-c", CLIENTS, REDIS_URL=url)
    assert "CERTIFICATE_VERIFY_FAILED" in other.stderr


def test_a_project_without_redis_has_nothing_of_it(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=["heroku"])
    assert done.returncode == 0, done.stderr

    assert "redis" not in (project.root / "deploy" / "settings.py").read_text(encoding="utf-8").lower()
