"""What the project has and its production lacks, in the same words for the summary, README, plan and rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..base.answers import text, texts
from ..base.message import first_of
from ..base.platform import Platform, Provided
from . import Plan, plan
from .backups import dumps_nightly, unprotected
from .databases import lacks_pgvector
from .prices import money
from .runs import RUNS, keeps_uploads_free, runs, store, takes_uploads, uploads

# Services of `django_services` that do nothing without a worker.
_QUEUES = {"celery": "Celery", "dramatiq": "Dramatiq", "rq": "RQ", "huey": "Huey", "procrastinate": "Procrastinate"}

_DATABASES = {"mysql": "MySQL", "oracle": "Oracle's database"}
MOST_NAMES = 6  # of processes, in one sentence


class Missing(NamedTuple):
    """`text` is a sentence without its full stop; `option`, NAME=VALUE for `deploy-overlay set`, provides it.

    The option is empty if only the owner can provide it. `price` is what it adds a month, as text; empty for nothing.
    """

    text: str
    option: str
    price: str = ""


def missing(answers: Mapping[str, Any], platform: Platform) -> list[Missing]:
    """What is not started, not created and not kept on this platform; empty if the whole project runs."""
    now = plan(answers, platform)
    return [
        *_not_running(answers, platform, now),
        *_no_worker(answers),
        *_of_uwsgi(answers),
        *_no_redis(answers, platform, now),
        *_no_other_store(answers),
        *_no_extension(answers, platform),
        *_no_database(answers),
        *_no_uploads(answers, platform, now),
        *_no_backups(answers, platform),
    ]


def _not_running(answers: Mapping[str, Any], platform: Platform, now: Plan) -> list[Missing]:
    idle = [process for process in now.background if process.state != "started"]
    named = [process.name for process in idle if process.kind != "scheduler" or process.chosen == "scheduler"]
    if not idle:
        return []
    text = f"{first_of(named, MOST_NAMES)} {'is' if len(named) == 1 else 'are'} not started"
    wanted = {*runs(answers), *(process.chosen for process in idle if process.state == "not started")}
    if not wanted - {*runs(answers)}:
        return [Missing(text, "")]
    kinds = [kind for kind in RUNS if kind in wanted]
    return [_with_price(text, "deploy_runs", kinds, f"[{','.join(kinds)}]", answers, platform, now)]


def _no_worker(answers: Mapping[str, Any]) -> list[Missing]:
    """A queue whose worker no file of the project shows."""
    if answers.get("django_workers"):
        return []
    found = [name for service, name in _QUEUES.items() if service in texts(answers, "django_services")]
    return [
        Missing(f"{name} has no worker that a file shows; django_workers names its command", "") for name in found[:1]
    ]


def _of_uwsgi(answers: Mapping[str, Any]) -> list[Missing]:
    """The overlay serves the site with Gunicorn, which has nothing of the kind."""
    if "uwsgi" not in texts(answers, "django_services"):
        return []
    return [Missing("uWSGI's mules, spoolers and decorated functions do not run: make them management commands", "")]


def _no_redis(answers: Mapping[str, Any], platform: Platform, now: Plan) -> list[Missing]:
    redis = now.resource("redis")
    if redis is None or redis.how != "by hand":
        return []
    text = "Redis is not created"
    if not isinstance(platform.has.get("redis"), Provided):
        return [Missing(text, "")]
    return [_with_price(text, "deploy_redis", "platform", "platform", answers, platform, now)]


def _no_other_store(answers: Mapping[str, Any]) -> list[Missing]:
    """Servers that no platform creates for a site."""
    found = []
    for kind, name in (("rabbitmq", "RabbitMQ"), ("memcached", "memcached")):
        read = store(answers, kind)
        if read is None:
            continue
        variables, fixed = texts(read, "variables"), texts(read, "fixed")
        how = f"set {' and '.join(variables)} to its address" if variables else ""
        how = how or (f"read its address in {' and '.join(fixed)} from a variable" if fixed else "")
        found.append(Missing(f"{name} is not created{f'; {how}' if how else ''}", ""))
    return found


def _no_extension(answers: Mapping[str, Any], platform: Platform) -> list[Missing]:
    if not lacks_pgvector(answers, platform):
        return []
    return [Missing("PostgreSQL's image has PostGIS but not pgvector: name one that has both", "")]


def _no_database(answers: Mapping[str, Any]) -> list[Missing]:
    """A server of another kind than PostgreSQL, without which not even the first release's migrations run."""
    name = _DATABASES.get(text(answers, "django_database"), "")
    if not name or text(answers, "deploy_database") != "external":
        return []
    return [Missing(f"{name} is not created; set DATABASE_URL to its address", "")]


def _no_uploads(answers: Mapping[str, Any], platform: Platform, now: Plan) -> list[Missing]:
    if not takes_uploads(answers) or uploads(answers):
        return []
    if answers.get("deploy_database") == "sqlite" or keeps_uploads_free(platform):
        text, choice = "Uploads are kept but not served", "volume"
    else:
        text, choice = "Uploads are lost at each release", "bucket"
    return [_with_price(text, "deploy_uploads", choice, choice, answers, platform, now)]


def _no_backups(answers: Mapping[str, Any], platform: Platform) -> list[Missing]:
    if not unprotected(answers, platform) or dumps_nightly(answers, platform):
        return []
    return [Missing("The database is not backed up", "deploy_backups=bucket")]


def _with_price(
    text: str, question: str, value: Any, written: str, answers: Mapping[str, Any], platform: Platform, now: Plan
) -> Missing:
    then = plan({**answers, question: value}, platform)
    more = sum(cost.amount for cost in then.costs) - sum(cost.amount for cost in now.costs)
    return Missing(text, f"{question}={written}", money(more, platform.currency) if more > 0 else "")
