"""What keeps the data of a site, and the environment variables that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.answers import text, texts
from ..base.plan import How, Resource, Store, Variable
from ..base.platform import Declared, Made, Platform
from . import prices
from .application import Application
from .variables import database_parts


def resources(answers: Mapping[str, Any], platform: Platform | None) -> list[Resource]:
    """The database first, where the platform has it."""
    found = []
    database = text(answers, "deploy_database", "postgres")
    if database == "postgres":
        variables = {"DATABASE_URL": "url", **database_parts(texts(answers, "django_required_env"))}
        found.append(_of("postgres", variables, answers, platform))
    elif database == "sqlite":
        found.append(_of("volume", {"DEPLOY_DATA": "folder"}, answers, platform))
    if "redis" in texts(answers, "django_services"):
        # Named for the owner: the project's settings say which variable they read.
        found.append(Resource("redis", {"REDIS_URL": "url"}))
    return found


def _of(kind: Store, variables: dict[str, str], answers: Mapping[str, Any], platform: Platform | None) -> Resource:
    has = platform.has.get(kind) if platform else None
    how: How = "declared" if isinstance(has, Declared) else "made" if isinstance(has, Made) else "by hand"
    return Resource(kind, variables, how, prices.cost(has, answers, platform) if platform else None)


def environment(answers: Mapping[str, Any], app: Application, found: list[Resource]) -> list[Variable]:
    """Every variable that production needs, each once: the secret key, those of resources, the owner's, the constants."""
    known = {app.secret_key: Variable(app.secret_key, "generated")}
    for resource in found:
        if resource.kind == "postgres":
            known |= {name: Variable(name, "resource") for name in resource.variables if name not in known}
    for name in texts(answers, "django_required_env"):
        known.setdefault(name, Variable(name, "owner"))
    for name in texts(answers, "django_library_env"):
        known.setdefault(name, Variable(name, "owner", required=False))
    if text(answers, "deploy_database") == "external":
        # The settings may say themselves where the database is.
        known.setdefault("DATABASE_URL", Variable("DATABASE_URL", "owner", required=False))
    known.setdefault("DJANGO_SETTINGS_MODULE", Variable("DJANGO_SETTINGS_MODULE", "constant", app.settings))
    return list(known.values())
