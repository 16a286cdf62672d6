"""Runs in a separate process that loads Django: `python -m deploy.rehearse --inside ACTION ANSWER_FILE [ARGUMENT]`.

Each action writes what it found to the answer file as JSON; errors of the project go to the output as they are.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..base.env_file import read_env_file

from .addresses import project_addresses
from .own_settings import answers_with_own_settings, database_settings
from .program import INSIDE, NO_ANSWER
from .record import Stop
from .surroundings import repository_above
from .trouble import own_code

WORTH_COMPRESSING = 500  # bytes; of a file that is smaller, WhiteNoise may keep no compressed copy


def settings_facts() -> dict[str, Any]:
    """The production settings that the rehearsal checks, and the .env files that the project has read."""
    opened: list[str] = []
    before = set(os.environ)

    def note(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            path = os.fsdecode(arguments[0])
            name = path.replace("\\", "/").rpartition("/")[2]
            if (name.startswith(".env") or name.endswith(".env")) and "site-packages" not in path:
                opened.append(path)

    sys.addaudithook(note)
    from django.conf import settings as django_settings

    default = django_settings.DATABASES.get("default", {})
    names = (
        "DEBUG ALLOWED_HOSTS MIDDLEWARE INSTALLED_APPS STATIC_URL STATIC_ROOT SECURE_SSL_REDIRECT SESSION_COOKIE_NAME "
        "SESSION_COOKIE_SECURE CSRF_COOKIE_NAME CSRF_COOKIE_SECURE CSRF_HEADER_NAME CSRF_USE_SESSIONS"
    )
    found = {name: getattr(django_settings, name, None) for name in names.split()}
    plain = {name: list(value) if isinstance(value, (list, tuple, set)) else value for name, value in found.items()}
    return {
        **{name: value if isinstance(value, (bool, list, type(None))) else str(value) for name, value in plain.items()},
        "database": {key: str(default.get(key, "")) for key in ("ENGINE", "NAME", "HOST", "PORT")},
        "databases": sorted(django_settings.DATABASES),
        "env_files": sorted({str(Path(path).resolve()) for path in opened}),
        "env_names": sorted(_named_in(opened) & set(os.environ) - before),
    }


def _named_in(paths: Iterable[str]) -> set[str]:
    """The variables in these files. Settings set others as well: Django itself sets TZ."""
    names: set[str] = set()
    for path in set(paths):
        with contextlib.suppress(OSError, ValueError):
            names |= set(read_env_file(Path(path)))
    return names


def check_facts() -> dict[str, Any]:
    """The messages of `check --deploy`, and the addresses without parameters."""
    import django

    django.setup()
    from django.core.checks import run_checks

    messages = [
        {"id": message.id or "", "level": message.level, "text": str(message.msg), "hint": str(message.hint or "")}
        for message in run_checks(include_deployment_checks=True)
        if not message.is_silenced()
    ]
    return {"messages": messages, **project_addresses()}


def migration_facts() -> dict[str, Any]:
    """Run makemigrations --check for apps in the repository; it fails if migrations are missing."""
    import django

    django.setup()
    from django.apps import apps
    from django.core.management import call_command
    from django.db.migrations.loader import MigrationLoader

    root = repository_above(Path.cwd())
    labels = [
        app.label
        for app in apps.get_app_configs()
        if own_code(str(Path(app.path).resolve()), root) and MigrationLoader.migrations_module(app.label)[0]
    ]
    if labels:
        call_command("makemigrations", *labels, check_changes=True, dry_run=True, interactive=False)
    return {"apps": labels}


def static_facts() -> dict[str, Any]:
    """The collected static files, and the address of one to request, if possible a style sheet."""
    import django

    django.setup()
    from django.contrib.staticfiles.storage import staticfiles_storage
    from django.core.files.storage import FileSystemStorage

    if not isinstance(staticfiles_storage, FileSystemStorage):
        return {"elsewhere": f"{type(staticfiles_storage).__module__}.{type(staticfiles_storage).__qualname__}"}
    root = Path(staticfiles_storage.location)
    stored = {path.relative_to(root).as_posix(): path.stat().st_size for path in root.rglob("*") if path.is_file()}
    hashed: dict[str, str] = dict(getattr(staticfiles_storage, "hashed_files", {}))
    texts = {name: size for name, size in stored.items() if name.endswith((".css", ".js"))}
    known = {name: stored.get(target, 0) for name, target in hashed.items() if name.endswith((".css", ".js"))}
    candidates = known or texts or dict.fromkeys(hashed, 0) or stored
    if not candidates:
        return {"files": 0}

    def fitness(name: str) -> tuple[bool, bool, bool, int]:
        size = candidates[name]
        return size > WORTH_COMPRESSING, not name.startswith("admin/"), name.endswith(".css"), size

    chosen = max(candidates, key=fitness)
    return {
        "files": len(stored),
        "name": chosen,
        "text": chosen.endswith((".css", ".js")) and candidates[chosen] > WORTH_COMPRESSING,
        "hashed": hashed.get(chosen, chosen) != chosen,
        "url": staticfiles_storage.url(chosen),
    }


def create_database(name: str) -> dict[str, Any]:
    """Create an empty database on the server of the production settings."""
    _on_database_server("CREATE DATABASE {}", name)
    return {"created": name}


def drop_database(name: str) -> dict[str, Any]:
    """Drop the database made by create_database, even if a connection is still open."""
    from django.db import connection

    force = " WITH (FORCE)" if connection.vendor == "postgresql" else ""
    _on_database_server("DROP DATABASE IF EXISTS {}" + force, name)
    return {"dropped": name}


def server_facts(path: str) -> dict[str, Any]:
    """The server's configuration: address, application and graceful timeout."""
    import runpy

    said = runpy.run_path(path)
    return {name: str(said.get(name, "")) for name in ("bind", "wsgi_app", "worker_class", "graceful_timeout")}


def serve_wsgi(port: str, application: str) -> dict[str, Any]:
    """Serve the project with the standard library's server, if gunicorn does not run here."""
    import socketserver
    from importlib import import_module
    from wsgiref.simple_server import WSGIServer, make_server

    class Server(socketserver.ThreadingMixIn, WSGIServer):
        daemon_threads = True

    module, _, attribute = application.partition(":")
    made = getattr(import_module(module), attribute or "application")
    make_server("127.0.0.1", int(port), made, server_class=Server).serve_forever()
    return {}


def _on_database_server(statement: str, name: str) -> None:
    import django

    django.setup()
    from django.db import connection

    with connection._nodb_cursor() as cursor:
        cursor.execute(statement.format(connection.ops.quote_name(name)))


ACTIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "settings": settings_facts,
    "checks": check_facts,
    "migrations": migration_facts,
    "static": static_facts,
    "create-database": create_database,
    "drop-database": drop_database,
    "configuration": server_facts,
    "serve": serve_wsgi,
    "databases": database_settings,
    "own-settings": answers_with_own_settings,
}


def act_inside(arguments: Sequence[str]) -> None:
    """Do one of ACTIONS and write what it found to the answer file: ACTION ANSWER_FILE [ARGUMENT ...].

    Raises:
        Stop: these are not the arguments of the rehearsal's own processes.
    """
    action, answer, *given = [*arguments, "", ""][: max(2, len(arguments))]
    if not _fits(action, answer, given):
        raise Stop(
            f"{INSIDE} is internal to the rehearsal. Run it without: `python -m deploy.rehearse --help` lists the options.",
            anchor="rehearsal-inside",
        )
    found = ACTIONS[action](*given)
    if answer != NO_ANSWER:
        Path(answer).write_text(json.dumps(found), encoding="utf-8")


def _fits(action: str, answer: str, given: Sequence[str]) -> bool:
    if action not in ACTIONS or not os.environ.get("DJANGO_SETTINGS_MODULE"):
        return False
    try:
        inspect.signature(ACTIONS[action]).bind(*given)
    except TypeError:
        return False
    if action == "serve" and not (given[0].isdecimal() and int(given[0]) < 65_536):
        return False
    return answer == NO_ANSWER or bool(answer and Path(answer).parent.is_dir() and not Path(answer).is_dir())
