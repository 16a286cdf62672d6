"""Logs as JSON, one object per line, if DEPLOY_LOGS is "json". Added by deploy-overlay."""

import json
import logging
import os
from contextvars import ContextVar
from datetime import datetime, timezone

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.utils.decorators import sync_and_async_middleware

AS_JSON = os.environ.get("DEPLOY_LOGS") == "json"
if AS_JSON:
    logging.captureWarnings(True)
REQUEST_IDS = ("HTTP_X_REQUEST_ID", "HTTP_FLY_REQUEST_ID")
_request = ContextVar("request")
_STANDARD = {*vars(logging.makeLogRecord({})), "asctime", "color_message", "message", "status_code"}


class JSONFormatter(logging.Formatter):
    """Formats a record, with its request and the text and numbers of its `extra`."""

    def format(self, record):
        entry = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in _request_fields(record).items() if value is not None},
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        for name, value in vars(record).items():
            if name not in _STANDARD and isinstance(value, (str, int, float)):
                entry.setdefault(name, value)
        return json.dumps(entry)


def _request_fields(record):
    if record.name == "gunicorn.access":
        atoms = record.args  # https://docs.gunicorn.org/en/stable/settings.html#access-log-format
        environ = {name: atoms["{" + name + "}e"] for name in REQUEST_IDS}
        fields = _fields(environ, atoms["m"], atoms["U"])
        return {**fields, "status": int(atoms["s"]), "milliseconds": atoms["M"]}
    if record.name.startswith("gunicorn."):
        return {}  # the thread still has its previous request
    status = record.args[-1] if record.name == "uvicorn.access" else getattr(record, "status_code", None)
    return {**_request.get({}), "status": status}


def _fields(environ, method, path):
    ids = (environ.get(name, "-") for name in REQUEST_IDS)  # Gunicorn writes "-" for none
    return {"request_id": next((one for one in ids if one != "-"), None), "method": method, "path": path}


@sync_and_async_middleware
def remember_request(get_response):
    """The first middleware, so that every record has its request."""

    def middleware(request):
        _request.set(_fields(request.META, request.method, request.path))
        return get_response(request)

    return markcoroutinefunction(middleware) if iscoroutinefunction(get_response) else middleware


def as_json(logger, **kwargs):
    """Make the logger's handlers write JSON."""
    for handler in logger.handlers:
        handler.setFormatter(JSONFormatter())


def set_up_celery():
    """Celery's workers print a banner and configure their own handlers."""
    from celery import signals

    signals.celeryd_init.connect(_without_banner)
    signals.after_setup_logger.connect(as_json)
    signals.after_setup_task_logger.connect(as_json)


def _without_banner(instance, **kwargs):
    instance.quiet = True
