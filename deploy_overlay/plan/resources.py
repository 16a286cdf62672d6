"""What keeps the data of a site, and the environment variables that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.answers import text, texts
from ..base.plan import How, Resource, Store, Variable
from ..base.platform import Declared, Made, Platform
from . import prices
from .application import Application
from .backups import backup_variables
from .runs import redis_is_made, store, uploads, uses_redis
from .variables import address_parts, database_parts

# As boto3 itself reads them, with the bucket's name as django-storages does.
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html
BUCKET = {
    "AWS_STORAGE_BUCKET_NAME": "bucket",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "region",
    "AWS_ENDPOINT_URL_S3": "endpoint",
}
MAY_LACK = ("AWS_REGION", "AWS_ENDPOINT_URL_S3")  # Amazon's own service needs neither


def resources(answers: Mapping[str, Any], platform: Platform | None) -> list[Resource]:
    """The database first, where the platform has it."""
    found = []
    database, kept = text(answers, "deploy_database", "postgres"), uploads(answers)
    on_disk = {"DEPLOY_DATA": "folder"} if database == "sqlite" else {}
    on_disk |= {"MEDIA_ROOT": "folder"} if kept == "volume" else {}
    if database == "postgres":
        variables = {"DATABASE_URL": "url", **database_parts(texts(answers, "django_required_env"))}
        found.append(_of("postgres", variables, answers, platform))
    if on_disk:
        found.append(_of("volume", on_disk, answers, platform))
    if uses_redis(answers):
        read = store(answers, "redis") or {}
        variables = {"REDIS_URL": "url", **address_parts(texts(read, "variables"))}
        made = redis_is_made(answers)
        found.append(_of("redis", variables, answers, platform) if made else Resource("redis", variables))
    if kept == "bucket":
        found.append(_of("bucket", BUCKET, answers, platform))
    return found


def _of(kind: Store, variables: dict[str, str], answers: Mapping[str, Any], platform: Platform | None) -> Resource:
    has = platform.has.get(kind) if platform else None
    how: How = "declared" if isinstance(has, Declared) else "made" if isinstance(has, Made) else "by hand"
    return Resource(kind, variables, how, prices.cost(has, answers, platform) if platform else None)


def environment(
    answers: Mapping[str, Any], app: Application, found: list[Resource], platform: Platform | None
) -> list[Variable]:
    """Every variable that production needs, each once: the secret key, those of resources, the owner's, the constants."""
    known = {app.secret_key: Variable(app.secret_key, "generated")}
    for resource in found:
        # Without a platform nothing says how Redis is made, only that it is.
        made = resource.how != "by hand" or (resource.kind == "redis" and redis_is_made(answers))
        if resource.kind == "postgres" or (resource.kind in ("redis", "bucket") and made):
            known |= {name: Variable(name, "resource") for name in resource.variables if name not in known}
        elif resource.kind == "bucket":
            known |= {
                name: Variable(name, "owner", required=name not in MAY_LACK)
                for name in resource.variables
                if name not in known
            }
    for name in texts(answers, "django_required_env"):
        known.setdefault(name, Variable(name, "owner"))
    for name in texts(answers, "django_library_env"):
        known.setdefault(name, Variable(name, "owner", required=False))
    known |= {one.name: one for one in backup_variables(answers, platform) if one.name not in known}
    if text(answers, "deploy_database") == "external":
        # The settings may say themselves where the database is.
        known.setdefault("DATABASE_URL", Variable("DATABASE_URL", "owner", required=False))
    known.setdefault("DJANGO_SETTINGS_MODULE", Variable("DJANGO_SETTINGS_MODULE", "constant", app.settings))
    return list(known.values())
