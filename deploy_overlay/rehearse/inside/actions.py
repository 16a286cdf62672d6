"""The actions: each returns what it found, as JSON can have it."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .addresses import project_addresses
from .lfs import is_pointer
from .mail import sent_mail
from .own_settings import answers_with_own_settings, database_settings
from .unmigrated import unmigrated
from .watch import Watch
from .work import (
    celery_job,
    celery_place,
    celery_schedule,
    django_q_job,
    dramatiq_job,
    huey_job,
    job_known,
    procrastinate_job,
    rq_job,
    rq_place,
    tasks_job,
)

UPLOADED = b"A rehearsal wrote this file, and deletes it."
WORTH_COMPRESSING = 500  # bytes; of a file that is smaller, WhiteNoise may keep no compressed copy


def settings_facts(root: str) -> dict[str, Any]:
    """The production settings that the rehearsal checks, the .env files that were read, and variables set meanwhile.

    `unset` are variables that were asked for and have no value. `root` is the folder that stands for the git root;
    `absent` what was looked for below it and is not there.
    """
    watch, before = Watch(), set(os.environ)
    from django.conf import settings as django_settings

    names = (
        "DEBUG ALLOWED_HOSTS MIDDLEWARE INSTALLED_APPS STATIC_URL STATIC_ROOT SECURE_SSL_REDIRECT SESSION_COOKIE_NAME "
        "SESSION_COOKIE_SECURE CSRF_COOKIE_NAME CSRF_COOKIE_SECURE CSRF_HEADER_NAME CSRF_USE_SESSIONS MEDIA_ROOT MEDIA_URL"
    )
    # All have a default, so that an AttributeError is one of the project's settings while they load.
    found = {name: getattr(django_settings, name) for name in names.split()}
    plain = {name: list(value) if isinstance(value, (list, tuple, set)) else value for name, value in found.items()}
    databases = {
        alias: {key: str(database.get(key, "")) for key in ("ENGINE", "NAME", "HOST", "PORT")}
        for alias, database in django_settings.DATABASES.items()
    }
    return {
        **{name: value if isinstance(value, (bool, list, type(None))) else str(value) for name, value in plain.items()},
        "database": databases.get("default", dict.fromkeys(("ENGINE", "NAME", "HOST", "PORT"), "")),
        "databases": databases,
        "absent": watch.absent(root),
        "env_files": sorted({str(Path(path).resolve()) for path in watch.opened if _is_env_file(path)}),
        "set_variables": sorted(set(os.environ) - before),
        "unset": sorted(watch.unset - set(os.environ)),
    }


def _is_env_file(path: str) -> bool:
    name = path.replace("\\", "/").rpartition("/")[2]
    return (name.startswith(".env") or name.endswith(".env")) and "site-packages" not in path


def check_facts(root: str) -> dict[str, Any]:
    """What can be asked of a project that is loaded, in one process, as loading takes longer than asking.

    The messages of `check --deploy`, the addresses without parameters, what is not there below `root`, the migrations,
    the service that has the static files, the file fields, and how many seconds the project took to load.
    """
    watch, begun = Watch(), time.monotonic()
    import django

    django.setup()
    from django.core.checks import run_checks

    messages = [
        {"id": message.id or "", "level": message.level, "text": str(message.msg), "hint": str(message.hint or "")}
        for message in run_checks(include_deployment_checks=True)
        if not message.is_silenced()
    ]
    addresses = project_addresses()
    loading, absent = time.monotonic() - begun, watch.absent(root)
    elsewhere = ""
    with contextlib.suppress(Exception):  # collectstatic says what is wrong with it
        elsewhere = _static_elsewhere()
    return {
        "messages": messages,
        "absent": absent,
        **addresses,
        "migrations": _migrations(root),
        "static_elsewhere": elsewhere,
        "file_fields": _file_fields(),
        "loading": loading,
    }


def _migrations(root: str) -> dict[str, Any]:
    """`apps` of which the migrations are complete, or what was said because they are not, as the program's `output`.

    With it comes what `unmigrated` says of the `changes`, where that can be known.
    """
    said, apps, changes = io.StringIO(), _apps_with_migrations(root), []
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            _require_migrations(apps)
            return {"apps": apps}
    except SystemExit as error:
        with contextlib.suppress(Exception):
            changes = unmigrated(apps)
        return {"output": f"{said.getvalue()}{error if isinstance(error.code, str) else ''}", "changes": changes}
    except Exception:
        return {"output": f"{said.getvalue()}{traceback.format_exc()}"}


def _apps_with_migrations(root: str) -> list[str]:
    """The labels of apps below `root`, but for those whose migrations are turned off."""
    from django.apps import apps
    from django.db.migrations.loader import MigrationLoader

    return [
        app.label
        for app in apps.get_app_configs()
        if _is_own(Path(app.path).resolve(), Path(root).resolve()) and MigrationLoader.migrations_module(app.label)[0]
    ]


def _require_migrations(labels: list[str]) -> None:
    """Run makemigrations --check, which exits if migrations are missing."""
    from django.core.management import call_command

    if labels:
        call_command("makemigrations", *labels, check_changes=True, dry_run=True, interactive=False)


def _is_own(folder: Path, root: Path) -> bool:
    """Whether an app lies in the repository, and not in an environment inside of it."""
    return root in folder.parents and not {"site-packages", "dist-packages"} & set(folder.parts)


def installed(*modules: str) -> dict[str, Any]:
    """Which of these modules are installed."""
    return {name: importlib.util.find_spec(name) is not None for name in modules}


def _static_elsewhere() -> str:
    """The storage of static files by its name, where it is another service."""
    from django.contrib.staticfiles.storage import staticfiles_storage
    from django.core.files.storage import FileSystemStorage

    if isinstance(staticfiles_storage, FileSystemStorage):
        return ""
    return f"{type(staticfiles_storage).__module__}.{type(staticfiles_storage).__qualname__}"


def static_facts() -> dict[str, Any]:
    """The collected static files, and the address of one to request, if possible a style sheet."""
    import django

    django.setup()
    from django.contrib.staticfiles.storage import staticfiles_storage

    root = Path(staticfiles_storage.location)
    stored = {path.relative_to(root).as_posix(): path.stat().st_size for path in root.rglob("*") if path.is_file()}
    hashed: dict[str, str] = dict(getattr(staticfiles_storage, "hashed_files", {}))
    sources = sorted(set(stored) - {new for old, new in hashed.items() if new != old})
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
        "pointers": [name for name in sources if is_pointer(root / name)],
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


def _file_fields() -> list[str]:
    """The file fields of all models."""
    from django.apps import apps
    from django.db.models import FileField

    return [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, FileField)
    ]


def saved_upload(service: str = "") -> dict[str, Any]:
    """Save a small file as an upload is saved, and say how it is found; with `service` in one, too, that is not a disk."""
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.core.files.storage import FileSystemStorage, default_storage

    on_disk = isinstance(default_storage, FileSystemStorage)
    kind = f"{type(default_storage).__module__}.{type(default_storage).__qualname__}"
    if not on_disk and not service:
        return {"elsewhere": kind}
    name = default_storage.save("rehearsal.txt", ContentFile(UPLOADED))
    place = {"path": default_storage.path(name)} if on_disk else {"elsewhere": kind}
    return {"name": name, "url": default_storage.url(name), **place}


def remove_upload(name: str) -> dict[str, Any]:
    import django

    django.setup()
    from django.core.files.storage import default_storage

    default_storage.delete(name)
    return {}


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
    "static": static_facts,
    "create-database": create_database,
    "drop-database": drop_database,
    "configuration": server_facts,
    "serve": serve_wsgi,
    "installed": installed,
    "upload": saved_upload,
    "remove-upload": remove_upload,
    "databases": database_settings,
    "own-settings": answers_with_own_settings,
    "mail": sent_mail,
    "celery-place": celery_place,
    "celery-job": celery_job,
    "celery-schedule": celery_schedule,
    "rq-place": rq_place,
    "rq-job": rq_job,
    "tasks-job": tasks_job,
    "procrastinate-job": procrastinate_job,
    "django-q-job": django_q_job,
    "huey-job": huey_job,
    "dramatiq-job": dramatiq_job,
    "job-known": job_known,
}
