"""Which packages the overlay's files need in production, from the answers alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..base.answers import Answers, text, texts
from .application import application
from .runs import store, uploads


class Installed(Protocol):
    """A package that the project already installs."""

    @property
    def extras(self) -> frozenset[str]: ...


def needed(answers: Answers, production: Mapping[str, Installed]) -> list[str]:
    """Packages that the overlay's files need in addition to the project's own, which have canonical names."""
    return [*wanted(answers), *companions(answers, production)]


def wanted(answers: Answers) -> list[str]:
    """Requirements (PEP 508), each with the lower bound that the overlay's files are written for.

    They apply to missing packages only; the project's own pins stay.
    """
    requirements = ["gunicorn>=23.0", "whitenoise>=6.7", "dj-database-url>=2.2"]
    app = application(answers.values)
    if app.on_postgresql:
        requirements.append("psycopg[binary]>=3.2")
    if app.server == "asgi":
        # gunicorn's ASGI worker moved out of uvicorn: https://www.uvicorn.org/deployment/#gunicorn
        requirements += ["uvicorn[standard]>=0.30", "uvicorn-worker>=0.3"]
    if uploads(answers.values) == "bucket":
        requirements.append("django-storages[s3]>=1.14.3")
    if text(answers.values, "deploy_backups") == "bucket":
        requirements.append("boto3>=1.34")
    return requirements


COMPANIONS = ("packaging", "websockets")  # names of what `companions` may bring


def companions(answers: Answers, production: Mapping[str, Installed]) -> list[str]:
    """What packages of the project's own lack, which have extras for it."""
    return [*_for_websockets(answers, production), *_for_celery(answers, production)]


def _for_celery(answers: Answers, production: Mapping[str, Installed]) -> list[str]:
    """Celery's kombu uses packaging for Redis and leaves it to its extra: https://github.com/celery/kombu

    Only for the newest kombu: what a lock or a pin has was tried by the project.
    """
    celery, queue = production.get("celery"), store(answers.values, "redis") or {}
    newest = answers.text("django_dependency_manager") == "pip" and not {"kombu", "packaging"} & set(production)
    if celery is None or "redis" in celery.extras or "redis" not in production or not newest:
        return []
    return ["packaging>=24"] if "queue" in texts(queue, "roles") else []


def _for_websockets(answers: Answers, production: Mapping[str, Installed]) -> list[str]:
    """Plain uvicorn has no WebSockets, and Channels serves them: https://www.uvicorn.org/installation/"""
    uvicorn = production.get("uvicorn")
    if application(answers.values).server != "asgi" or uvicorn is None or "standard" in uvicorn.extras:
        return []
    return [] if {"websockets", "wsproto"} & set(production) else ["websockets>=13.0"]
