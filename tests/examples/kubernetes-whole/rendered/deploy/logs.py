"""Logs as JSON, one object a line, if DEPLOY_LOGS is json. Added by deploy-overlay."""

import json
import logging
import os
from contextvars import ContextVar
from datetime import datetime, timezone

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.utils.decorators import sync_and_async_middleware

WANTED = os.environ.get("DEPLOY_LOGS") == "json"
if WANTED:
    logging.captureWarnings(True)
REQUEST_IDS = ("HTTP_X_REQUEST_ID", "HTTP_FLY_REQUEST_ID")
_request = ContextVar("request")
_usual = {*vars(logging.makeLogRecord({})), "asctime", "color_message", "message", "status_code"}


class JSON(logging.Formatter):
    """The record, the request that it belongs to, and the text and numbers that `extra` adds."""

    def format(self, record):
        entry = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in _request_of(record).items() if value is not None},
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        for name, value in vars(record).items():
            if name not in _usual and isinstance(value, (str, int, float)):
                entry.setdefault(name, value)
        return json.dumps(entry)


def _request_of(record):
    if record.name == "gunicorn.access":
        atoms = record.args  # https://docs.gunicorn.org/en/stable/settings.html#access-log-format
        environ = {name: atoms["{" + name + "}e"] for name in REQUEST_IDS}
        found = _named(environ, atoms["m"], atoms["U"])
        return {**found, "status": int(atoms["s"]), "milliseconds": atoms["M"]}
    if record.name.startswith("gunicorn."):
        return {}  # its threads still have the request before
    found = {**_request.get({}), "status": getattr(record, "status_code", None)}
    if record.name == "uvicorn.access":
        found["status"] = record.args[-1]
    return found


def _named(environ, method, path):
    known = (environ.get(name, "-") for name in REQUEST_IDS)
    return {"request_id": next((name for name in known if name != "-"), None), "method": method, "path": path}


@sync_and_async_middleware
def remember_request(get_response):
    """Middleware, the first one, so that every record can say its request."""

    def middleware(request):
        _request.set(_named(request.META, request.method, request.path))
        return get_response(request)

    return markcoroutinefunction(middleware) if iscoroutinefunction(get_response) else middleware


def as_json(logger, **kwargs):
    """Let the handlers of a logger write JSON."""
    for handler in logger.handlers:
        handler.setFormatter(JSON())


def set_up_celery():
    """Celery's workers have handlers of their own, and print a banner."""
    from celery import signals

    signals.celeryd_init.connect(_without_banner)
    signals.after_setup_logger.connect(as_json)
    signals.after_setup_task_logger.connect(as_json)


def _without_banner(instance, **kwargs):
    instance.quiet = True
