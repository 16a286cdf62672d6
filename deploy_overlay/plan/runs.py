"""What runs beside the web process and what is kept beside the database, by what the owner chose to have and to pay for.

A project that has workers is not started with them: each costs money. The answers `deploy_runs`, `deploy_redis` and
`deploy_uploads` choose by kind, never by a detected name, so that a renamed worker does not lose the choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..base.answers import text, texts
from ..base.platform import Platform, Provided

RUNS = ("worker", "scheduler", "cron")  # choices of deploy_runs
SCHEDULERS = ("beat", "scheduler")  # names in django_workers of what may run only once
USUAL = "usual"  # source of a job that any project of its kind should run, beside those that the project has


def runs(answers: Mapping[str, Any]) -> list[str]:
    """The kinds that the owner chose to run."""
    chosen = texts(answers, "deploy_runs")
    return [kind for kind in RUNS if kind in chosen]


def tables(answers: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """An answer that is a list of tables, without what is none."""
    listed = answers.get(name)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def jobs(answers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The scheduled jobs that the project has itself, without the usual ones."""
    return [job for job in tables(answers, "django_schedule") if job.get("source") != USUAL]


def is_scheduler(worker: Mapping[str, Any]) -> bool:
    """Whether a process of `django_workers` starts tasks at their times, so that two of it would start them twice."""
    return worker.get("name") in SCHEDULERS


def kinds_found(answers: Mapping[str, Any]) -> list[str]:
    """Which kinds of `deploy_runs` the project has something for."""
    workers = tables(answers, "django_workers")
    found = {
        "worker": not all(map(is_scheduler, workers)),
        "scheduler": any(map(is_scheduler, workers)),
        "cron": bool(jobs(answers)),
    }
    return [kind for kind in RUNS if found[kind]]


def store(answers: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    """How the project uses a store of this kind; None if it does not."""
    return next((one for one in tables(answers, "django_stores") if one.get("kind") == kind), None)


def uses_redis(answers: Mapping[str, Any]) -> bool:
    return store(answers, "redis") is not None or "redis" in texts(answers, "django_services")


def redis_is_made(answers: Mapping[str, Any]) -> bool:
    """Whether the owner wants the platform's Redis."""
    return uses_redis(answers) and text(answers, "deploy_redis") == "platform"


def takes_uploads(answers: Mapping[str, Any]) -> bool:
    """Whether uploaded files are written to the disk of the site, by the project's own settings."""
    uploads = answers.get("django_uploads")
    if isinstance(uploads, Mapping) and uploads.get("store"):
        return uploads.get("store") == "disk"
    return "media" in texts(answers, "django_services")


def uploads(answers: Mapping[str, Any]) -> str:
    """Where uploaded files are kept: `bucket`, `volume`, or "" if nothing keeps them or the project's own service does."""
    if not takes_uploads(answers):
        return ""
    chosen = text(answers, "deploy_uploads")
    if chosen in ("bucket", "volume"):
        return chosen
    return ""


def needs_schedule(answers: Mapping[str, Any], chosen: Iterable[Platform]) -> bool:
    """Whether a process of ours starts the scheduled jobs, because a platform starts none itself."""
    return "cron" in runs(answers) and any(not platform.runs.crons for platform in chosen)


def media_path(answers: Mapping[str, Any]) -> str:
    """The path at which everybody gets what is uploaded to the volume, such as `/media/`; "" if nobody does.

    Private uploads are served by the project's own views, if at all: who may see them is for these to say.
    """
    told = answers.get("django_uploads")
    if uploads(answers) != "volume" or not isinstance(told, Mapping) or told.get("access") != "public":
        return ""
    return str(told.get("path") or "/media/")


def needs_media(answers: Mapping[str, Any], chosen: Iterable[Platform]) -> bool:
    """Whether the site serves uploads from the volume itself, because a platform's web server does not."""
    return bool(media_path(answers)) and any(not platform.runs.serves_media for platform in chosen)


def early_celery(answers: Mapping[str, Any]) -> str:
    """The module of a Celery application that the overlay has to load, with the variables filled; "" if Celery may."""
    return next((str(one["early"]) for one in tables(answers, "django_workers") if one.get("early")), "")


def fixed_redis(answers: Mapping[str, Any]) -> list[str]:
    """Settings with an address of Redis in the code, which that of REDIS_URL replaces."""
    return texts(store(answers, "redis") or {}, "fixed")


def adapts_redis(answers: Mapping[str, Any], chosen: Iterable[Platform]) -> bool:
    """Whether addresses of Redis in the project's settings have to change in production."""
    told = any(platform.runs.adapts_redis for platform in chosen)
    return uses_redis(answers) and (told or bool(fixed_redis(answers)))


def keeps_uploads_free(platform: Platform) -> bool:
    """Whether its volume is one that all instances share and that costs nothing by itself."""
    volume = platform.has.get("volume")
    return isinstance(volume, Provided) and not volume.holders and not volume.price
