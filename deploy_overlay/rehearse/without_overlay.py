"""A project that has no overlay, as it deploys itself today: its own settings, its own WSGI module, what it declares."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ..base.answers import Answers
from ..detect import FACTS, look
from ..plan.variables import database_parts

ANSWERS_FILE = ""  # of such a project
_KINDS = {"sqlite": "sqlite", "postgresql": "postgres"}


def seen_in(root: Path) -> Answers:
    """What detection sees, in the place of answers; of an unclear fact the likeliest value.

    Raises Failure where the project cannot be deployed as it is.
    """
    facts = look(root)
    values: dict[str, Any] = {name: facts.fact(name).value for name in FACTS}
    values["deploy_package"] = ""
    values["deploy_platforms"] = []
    values["deploy_kept_files"] = []
    values["deploy_database"] = _KINDS.get(str(values.get("django_database") or "sqlite"), "external")
    return Answers(root, ANSWERS_FILE, values)


def git_root(folder: Path) -> Path | None:
    """The folder with .git at or above this one."""
    return next((one for one in (folder, *folder.parents) if (one / ".git").exists()), None)


def own_variables(values: Mapping[str, Any], url: str) -> dict[str, str]:
    """What a platform's owner sets for such a project: the switch of DEBUG, and the parts of the database's address."""
    found: dict[str, str] = {}
    switch = str(values.get("django_debug_env") or "")
    if switch:
        name, _, value = switch.partition("=")
        found[name] = value
    parts = urlsplit(url)
    known = {
        "name": unquote(parts.path.lstrip("/")),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "host": unquote(parts.hostname or ""),
        "port": str(parts.port or 5432),
    }
    listed = [str(name) for name in values.get("django_required_env") or []]
    found |= {name: known[part] for name, part in database_parts(listed).items()}
    return found


def server_command(values: Mapping[str, Any], python: Path, port: int) -> list[str]:
    """Gunicorn with the project's own WSGI or ASGI module, as most platforms would start it."""
    wsgi, asgi = str(values.get("django_wsgi") or ""), str(values.get("django_asgi") or "")
    worker = [] if wsgi else ["--worker-class", "uvicorn_worker.UvicornWorker"]
    application = wsgi or asgi
    return [str(python), "-m", "gunicorn", application, *worker, "--bind", f"127.0.0.1:{port}", "--chdir", os.curdir]
