"""What a project needs on a platform, and the error if a platform lacks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..base.message import Failure
from ..base.platform import ByHand, Platform, Provided, Values
from .runs import jobs, runs, takes_uploads, uploads, uses_redis


class Need(NamedTuple):
    kind: str  # of `base.platform.KINDS`
    why: str  # continues "NAME has no ...": what would happen
    cure: str  # an imperative


_OTHER = "choose another platform with -d deploy_platforms"


class Words(NamedTuple):
    """Names of a kind."""

    noun: str  # in a sentence, and in a list
    topic: str = ""  # at the beginning of an instruction; "" for what is never made by hand beside the site


WORDS = {
    "web": Words("way to run a site"),
    "worker": Words("background workers", "Background workers"),
    "cron": Words("scheduled jobs", "Scheduled jobs"),
    "postgres": Words("PostgreSQL"),
    "redis": Words("Redis", "Redis"),
    "volume": Words("persistent disk"),
    "bucket": Words("storage for uploaded files", "Uploaded files"),
    "mail": Words("mail delivery", "Mail"),
}


def needs(platform: Platform, answers: Values) -> Iterator[Need]:
    """What the answers so far need besides the web process."""
    database = answers.get("deploy_database")
    if database == "sqlite":
        yield Need("volume", " for SQLite", "choose -d deploy_database=postgres")
    if database == "postgres":
        yield Need("postgres", "", "choose -d deploy_database=external")
    if answers.get("django_workers"):
        yield Need("worker", ", which the project needs", _OTHER)
    if jobs(answers):
        yield Need("cron", ", which the project needs", _OTHER)
    kept = uploads(answers)
    if kept == "volume" and database != "sqlite":
        yield Need("volume", " for uploaded files", "choose -d deploy_uploads=bucket")
    elif kept == "bucket" or (takes_uploads(answers) and not kept and not _keeps_uploads(platform, database)):
        yield Need("bucket", ", which the project needs", _OTHER)
    if uses_redis(answers):
        yield Need("redis", ", which the project needs", _OTHER)


def _keeps_uploads(platform: Platform, database: object) -> bool:
    """On a disk that all instances share, or on the disk of SQLite."""
    volume = platform.has.get("volume")
    return isinstance(volume, Provided) and (not volume.holders or database == "sqlite")


def refusal(name: str, platform: Platform, answers: Values, offered: Mapping[str, Platform]) -> Failure | None:
    """Why this project cannot use the platform with this name in the answers; None if it can."""
    if answers.get("deploy_beside") and not platform.second_project:
        others = [one for one in offered if offered[one].second_project]
        choice = f'Choose -d "deploy_platforms=[{others[0]}]", or give' if others else "Give"
        return Failure(
            f"The files of {platform.name} at the root of this repository belong to another Django project. "
            f"{choice} this project its own repository.",
            anchor="one-project-only",
        )
    if platform.addresses == "domains" and not answers.get("deploy_domains", True):
        return Failure(
            f"{platform.name} provides no address. Add your domain: -d deploy_domains=www.example.com",
            anchor="platform-lacks",
        )
    if platform.build == "registry" and not answers.get("deploy_registry", True):
        return Failure(
            f"{platform.name} takes the image from a registry. Name one: -d deploy_registry=ghcr.io/you",
            anchor="platform-lacks",
        )
    beside = [kind for kind in runs(answers) if kind != "cron" or not platform.runs.crons]
    if beside and answers.get("deploy_database") == "sqlite" and not platform.runs.one_machine:
        return Failure(
            f"SQLite is a file on one machine, but on {platform.name} {_and(beside)} would run on another. Choose "
            f'-d deploy_database=postgres, or start nothing besides the site: -d "deploy_runs=[]"',
            anchor="sqlite-on-one-machine",
        )
    for need in needs(platform, answers):
        if need.kind not in platform.has:
            return Failure(
                f"{platform.name} has no {WORDS[need.kind].noun}{need.why}: {need.cure}.", anchor="platform-lacks"
            )
    return None


def _and(kinds: list[str]) -> str:
    nouns = {"worker": "background workers", "scheduler": "a scheduler", "cron": "scheduled jobs"}
    return " and ".join(nouns[kind] for kind in kinds)


def by_hand(platform: Platform, answers: Values) -> list[tuple[str, str]]:
    """What the user must create by hand on the platform: kind and instructions."""
    name = str(answers.get("deploy_name") or "NAME")
    found = ((need.kind, platform.has.get(need.kind)) for need in needs(platform, answers))
    return [(kind, has.words.replace("{name}", name)) for kind, has in found if isinstance(has, ByHand)]
