"""The platform's Redis reaches every setting that names one: an address in the code, parts in variables, whatever it needs.

Heroku's speaks TLS with a certificate that nobody vouches for, and Fly.io's has one database: caches, queues and channels
work all the same.
"""

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


def test_a_scheme_before_a_variable_that_has_one_is_left_out(queueing: Site) -> None:
    own = "CACHE_AT = f'redis://{REDIS_URL}'\nCELERY_BROKER_URL = 'redis://' + REDIS_URL + '/2'\n"
    (queueing.root / "mysite" / "settings.py").write_text(f"{SETTINGS}{USES_REDIS}{own}", encoding="utf-8")

    settings = queueing.settings(REDIS_URL="rediss://:w%2Frd@library.upstash.io:6379/0", **HEROKU)

    assert settings["CACHE_AT"] == "rediss://:w%2Frd@library.upstash.io:6379/0"
    assert settings["CELERY_BROKER_URL"] == "rediss://:w%2Frd@library.upstash.io:6379/2"


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


STORE = {
    "kind": "redis",
    "roles": ["queue", "cache", "channels"],
    "variables": ["CELERY_BROKER_URL", "CACHE_HOST", "CACHE_PORT", "CACHE_PASSWORD", "CACHE_USER", "CACHE_DB"],
    "fixed": ["CACHES", "CHANNEL_LAYERS", "RQ_QUEUES", "CONSTANCE_REDIS_CONNECTION", "RESULTS"],
}
IN_CODE = """
import os
CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
SEEN = {name: os.environ.get(name) for name in ("CACHE_HOST", "CACHE_PORT", "CACHE_PASSWORD", "CACHE_USER", "CACHE_DB")}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ["redis://127.0.0.1:6379/1"],
        "OPTIONS": {"db": 1, "parser_class": "redis.connection.PythonParser"}, "TIMEOUT": 300, "KEY_PREFIX": "library"},
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "unique"},
    "other": {"BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache", "LOCATION": "127.0.0.1:11211"},
}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {
    "hosts": [("127.0.0.1", 6379), "redis://localhost:6379/2?socket_timeout=5", {"host": "localhost", "port": 6379, "db": 3}],
    "capacity": 1500, "expiry": 10}}}
RQ_QUEUES = {"default": {"HOST": "localhost", "PORT": 6379, "DB": 4, "PASSWORD": "local", "DEFAULT_TIMEOUT": 360}}
CONSTANCE_REDIS_CONNECTION = {"host": "localhost", "port": 6379, "db": 0}
RESULTS = "redis://localhost"
UNNAMED = "redis://localhost:6379/5"
"""
URL = "redis://ada:w%2Frd@cache.example.com:6390/0"


@pytest.fixture(scope="module")
def applied(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = small_project(tmp_path_factory.mktemp("fixed") / "library", SETTINGS + IN_CODE)
    done = apply_overlay(
        project, template, "--skip-tasks", deploy_platforms=["heroku", "fly"], django_stores=[STORE],
        django_services=["redis"], django_required_env=["CELERY_BROKER_URL"],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return project.root


@pytest.fixture
def in_code(applied: Path, tmp_path: Path) -> Site:
    root = tmp_path / "library"
    shutil.copytree(applied, root)
    return Site(root, python_with(interpreter(*DJANGO["5.2"]), "django~=5.2.0", *PACKAGES))


def test_addresses_in_the_code_become_that_of_redis_url(in_code: Site) -> None:
    settings = in_code.settings(REDIS_URL=URL)

    server = "redis://ada:w%2Frd@cache.example.com:6390"
    cache = settings["CACHES"]["default"]
    assert cache["LOCATION"] == [f"{server}/1"]
    assert (cache["TIMEOUT"], cache["KEY_PREFIX"], cache["OPTIONS"]["db"]) == (300, "library", 1)
    assert settings["CACHES"]["memory"]["LOCATION"] == "unique"
    assert settings["CACHES"]["other"]["LOCATION"] == "127.0.0.1:11211"
    parts = {"host": "cache.example.com", "port": 6390, "username": "ada", "password": "w/rd"}
    layer = settings["CHANNEL_LAYERS"]["default"]["CONFIG"]
    assert layer["hosts"] == [URL, f"{server}/2?socket_timeout=5", {"db": 3, **parts}]
    assert (layer["capacity"], layer["expiry"]) == (1500, 10)
    upper = {name.upper(): value for name, value in parts.items()}
    assert settings["RQ_QUEUES"] == {"default": {"DB": 4, "DEFAULT_TIMEOUT": 360, **upper}}
    assert settings["CONSTANCE_REDIS_CONNECTION"] == {"db": 0, **parts}
    assert settings["RESULTS"] == URL
    assert settings["UNNAMED"] == "redis://localhost:6379/5", "a setting that is not listed"


def test_without_redis_url_they_stay(in_code: Site) -> None:
    settings = in_code.settings(REDIS_URL=None, CELERY_BROKER_URL="redis://own:1")

    assert settings["CACHES"]["default"]["LOCATION"] == ["redis://127.0.0.1:6379/1"]
    assert settings["RQ_QUEUES"]["default"]["HOST"] == "localhost"


def test_with_tls_addresses_and_parts_say_so(in_code: Site) -> None:
    url = f"rediss://:word@{HOST}:6380"
    settings = in_code.settings(REDIS_URL=url, **HEROKU)

    assert settings["CACHES"]["default"]["LOCATION"] == [f"{url}/1{SAID}"]
    secured = {"HOST": HOST, "PORT": 6380, "PASSWORD": "word", "SSL": True, "SSL_CERT_REQS": None}
    assert settings["RQ_QUEUES"]["default"] == {"DB": 4, "DEFAULT_TIMEOUT": 360, **secured}
    assert settings["CHANNEL_LAYERS"]["default"]["CONFIG"]["hosts"][0] == url + SAID
    assert settings["CELERY_BROKER_URL"] == url + SAID  # from its variable


def test_the_projects_own_variables_are_filled_by_part(in_code: Site) -> None:
    settings = in_code.settings(REDIS_URL=URL, CACHE_PORT="1")

    assert settings["CELERY_BROKER_URL"] == URL
    assert settings["SEEN"] == {
        "CACHE_HOST": "cache.example.com",
        "CACHE_PORT": "1",  # set by the owner
        "CACHE_PASSWORD": "w/rd",
        "CACHE_USER": "ada",
        "CACHE_DB": "0",
    }
    assert in_code.settings(REDIS_URL="redis://cache")["SEEN"]["CACHE_PORT"] == "6379"


def test_a_build_has_no_redis(in_code: Site) -> None:
    done = in_code.run(
        "-m", "django", "collectstatic", "--noinput", DEPLOY_BUILD="1", SECRET_KEY=None, DATABASE_URL=None
    )

    assert done.returncode == 0, done.stderr


def test_what_names_no_database_of_redis_is_left_to_the_owner(in_code: Site) -> None:
    done = in_code.run("-m", "django", "check")

    assert done.returncode != 0 and "set CELERY_BROKER_URL" in done.stderr


def test_the_redis_of_fly_has_one_database(in_code: Site) -> None:
    server = "redis://default:word@fly-library.upstash.io:6379"
    settings = in_code.settings(REDIS_URL=server, CELERY_BROKER_URL=f"{server}/7")

    assert settings["CACHES"]["default"]["LOCATION"] == [f"{server}/0"]
    assert settings["CHANNEL_LAYERS"]["default"]["CONFIG"]["hosts"][1] == f"{server}/0?socket_timeout=5"
    assert settings["RQ_QUEUES"]["default"]["DB"] == 0
    assert settings["CELERY_BROKER_URL"] == f"{server}/0"
    assert (
        in_code.settings(REDIS_URL=URL, CELERY_BROKER_URL="redis://own:1/7")["CELERY_BROKER_URL"] == "redis://own:1/7"
    )
