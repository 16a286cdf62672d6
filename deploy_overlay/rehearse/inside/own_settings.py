"""Requests addresses with the project's own settings, in a process of its own."""

from __future__ import annotations

import json
import os
import time
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


def _own_answer(client: Any, method: str, path: str) -> dict[str, Any]:
    try:
        asked = client.post(path, FORM, secure=True) if method == "POST" else client.get(path, secure=True)
    except (Exception, SystemExit) as error:
        return {"status": 500, "error": _as_printed(error)}
    raised = getattr(asked, "exc_info", None)
    return {"status": asked.status_code, "error": _as_printed(raised[1]) if raised else ""}


def _as_printed(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
