"""Requests addresses with the project's own settings, in a process of its own."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

DATABASES_VARIABLE = (
    "REHEARSAL_DATABASES"  # not an argument: those can be seen by everybody, and databases have passwords
)
MOST_SECONDS_OWN = 60.0
FORM = {"username": "rehearsal", "password": "rehearsal"}


def database_settings() -> dict[str, Any]:
    """DATABASES of the production settings, as far as JSON can represent it."""
    from django.conf import settings as django_settings

    return {"DATABASES": json.loads(json.dumps(django_settings.DATABASES, default=str))}


def answers_with_own_settings(method: str, *paths: str) -> dict[str, Any]:
    """Runs in a process of the project's own settings: status and error of each address, until time is up.

    Databases and collected static files are the rehearsal's, and every host is allowed; all else is the project's.
    """
    databases = json.loads(os.environ.pop(DATABASES_VARIABLE))
    import django
    from django.conf import settings as django_settings

    django_settings.DATABASES = databases
    django_settings.ALLOWED_HOSTS = ["*"]
    django_settings.STATIC_ROOT = os.environ.get("STATIC_ROOT") or None
    django.setup()
    _use_collected(django_settings.STATIC_ROOT)
    from django.db import connections
    from django.test import Client

    # A project that connects while its settings are read has its own database by now, which nobody may write to.
    used = {alias: str(connections[alias].settings_dict["NAME"]) for alias in connections}
    if used != {alias: str(database.get("NAME", "")) for alias, database in databases.items()}:
        raise RuntimeError("the project opens its own database while its settings are loaded")
    deadline = time.monotonic() + MOST_SECONDS_OWN
    answers: list[dict[str, Any]] = []
    for path in paths:
        if time.monotonic() > deadline:
            break
        answers.append(_own_answer(Client(raise_request_exception=False, HTTP_HOST="localhost"), method, path))
    return {"answers": answers}


def _use_collected(root: str | None) -> None:
    """Give the project's own storage the manifest that the overlay's wrote beside the folder, if it reads one."""
    manifest = Path(f"{root}.json")
    from django.apps import apps

    if not root or not manifest.is_file() or not apps.is_installed("django.contrib.staticfiles"):
        return
    from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
    from django.core.files.storage import FileSystemStorage

    if isinstance(staticfiles_storage, ManifestFilesMixin):
        staticfiles_storage.manifest_storage = FileSystemStorage(manifest.parent)
        staticfiles_storage.manifest_name = manifest.name
        staticfiles_storage.hashed_files, staticfiles_storage.manifest_hash = staticfiles_storage.load_manifest()


def _own_answer(client: Any, method: str, path: str) -> dict[str, Any]:
    """The status, and all errors: the page for errors may fail too, but only the last one is the test client's."""
    from django.core.signals import got_request_exception

    raised: list[str] = []

    def note(**of_the_signal: Any) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            raised.append(_as_printed(error))

    got_request_exception.connect(note)
    try:
        asked = client.post(path, FORM, secure=True) if method == "POST" else client.get(path, secure=True)
    except (Exception, SystemExit) as error:
        return {"status": 500, "errors": [*raised, _as_printed(error)]}
    finally:
        got_request_exception.disconnect(note)
    return {"status": asked.status_code, "errors": raised}


def _as_printed(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
