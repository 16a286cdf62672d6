"""A project without the overlay, as it is deployed today: its own settings, WSGI module and declared processes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..base.answers import Answers
from ..detect import FACTS, look
from .aliases import HERE

ANSWERS_FILE = ""  # of such a project
_KINDS = {"sqlite": "sqlite", "postgresql": "postgres"}


def seen_in(root: Path) -> Answers:
    """Detected facts in place of answers; for an unclear fact, the likeliest value.

    Raises Failure if the project cannot be deployed as it is.
    """
    facts = look(root)
    values: dict[str, Any] = {name: facts.fact(name).value for name in FACTS}
    values["deploy_package"] = ""
    values["deploy_platforms"] = []
    values["deploy_kept_files"] = []
    values["deploy_database"] = _KINDS.get(str(values.get("django_database") or "sqlite"), "external")
    return Answers(root, ANSWERS_FILE, values)


def own_variables(values: Mapping[str, Any]) -> dict[str, str]:
    """The variable that turns DEBUG off, which the owner of such a project also sets on a platform."""
    name, _, value = str(values.get("django_debug_env") or "").partition("=")
    return {name: value} if name else {}


def allowed_host(allowed: object) -> str:
    """The first host name that the project's own settings allow and that is not this machine; empty if there is none."""
    for host in allowed if isinstance(allowed, list) else ():
        name = f"rehearsal{host}" if str(host).startswith(".") else str(host)
        if "*" not in name and name not in HERE:
            return name
    return ""


def server_command(values: Mapping[str, Any], python: Path, port: int) -> list[str]:
    """Gunicorn with the project's own WSGI or ASGI module, as most platforms would start it."""
    wsgi, asgi = str(values.get("django_wsgi") or ""), str(values.get("django_asgi") or "")
    worker = [] if wsgi else ["--worker-class", "uvicorn_worker.UvicornWorker"]
    application = wsgi or asgi
    return [str(python), "-m", "gunicorn", application, *worker, "--bind", f"127.0.0.1:{port}", "--chdir", os.curdir]
