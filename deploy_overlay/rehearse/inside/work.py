"""Gives background workers something to do that changes nothing, and says what became of it.

Each function answers with `done`; else `said`, why not; or `untried`, why nothing can be asked of this worker; or `local`,
what holds a queue that only one machine or process has.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

TASKS = Path(__file__).resolve().parent / "tasks"  # a folder with a module that a worker can import
HERE = ("localhost", "127.0.0.1", "::1", "host.docker.internal")
OF_CELERY = "celery.backend_cleanup"  # an entry that beat has by itself
# Storages of Huey: https://huey.readthedocs.io/en/latest/api.html#storage
LOCAL = {"SqliteStorage": "a SQLite file", "FileStorage": "a folder", "MemoryStorage": "the memory of its process"}
LOOK = 0.1  # seconds between two looks at a job

Found = dict[str, Any]


def celery_place(name: str, queues: str = "") -> Found:
    """`host` and `port` of the message broker, which all queues have."""
    with _celery(name).connection_for_write() as connection:
        known = connection.transport_cls in ("redis", "rediss", "amqp", "amqps", "pyamqp", "librabbitmq", "valkey")
        port = connection.port or (connection.transport.default_port if known else 0)
        return {"host": connection.hostname or "", "port": int(port or 0)} if known else {"host": "", "port": 0}


def celery_job(name: str, queues: str, seconds: str) -> Found:
    """A task that every Celery app has, `celery.accumulate`, which only returns what it is given.

    What the worker calls after it is sent to a queue that only this function reads, so that a message there is the proof:
    https://docs.celeryq.dev/en/stable/userguide/calling.html#linking-callbacks-errbacks. `queues` are those on the worker's
    command line, with commas.
    """
    app, until = _celery(name), time.monotonic() + float(seconds)
    with app.connection_for_write() as connection:
        if connection.transport_cls == "filesystem":
            return {"local": "a folder"}
    host = celery_place(name)["host"]
    if not host or (host not in HERE and not app.conf.worker_enable_remote_control):
        return {"untried": "its message broker is a service that the rehearsal does not know"}
    if host not in HERE:
        return _celery_answered(app, until)
    answer = f"rehearsal-{uuid.uuid4()}"
    queue = queues.partition(",")[0] or str(next(iter(app.amqp.queues)))
    # By an exchange of its own, as a project may forbid queues that its settings do not name:
    # https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-create-missing-queues
    link = app.signature("celery.accumulate", options={"exchange": answer, "routing_key": answer})
    with app.connection_for_read() as connection, connection.SimpleQueue(answer) as answers:
        app.send_task("celery.accumulate", (1,), queue=queue, link=link, ignore_result=True)
        try:
            answers.get(timeout=max(1.0, until - time.monotonic())).ack()
        except answers.Empty:
            return {"done": False, "said": "no worker took the job"}
        answers.queue.delete()
        answers.queue.exchange.delete()
    return {"done": True}


def _celery_answered(app: Any, until: float) -> Found:
    """Only whether a worker answers: what is queued on a message broker of the owner's may be taken by production."""
    said = "it does not answer"
    while time.monotonic() < until:
        try:
            if app.control.inspect(timeout=1).ping():
                return {"untried": "its message broker is not the rehearsal's", "answered": True}
        except Exception as error:  # the broker's driver has errors of its own
            said = f"{type(error).__name__}: {error}"
            time.sleep(LOOK)
    return {"done": False, "said": said}


def celery_schedule(name: str, scheduler: str) -> Found:
    """`entries` of beat's schedule with the task of each, without Celery's own; `unknown` are tasks that nobody has."""
    if os.environ.get("DJANGO_SETTINGS_MODULE"):
        _setup()
    app = _celery(name)
    app.finalize()
    app.loader.import_default_modules()
    from celery.beat import Service

    with tempfile.TemporaryDirectory() as folder:
        service = Service(app, scheduler_cls=scheduler or None, schedule_filename=str(Path(folder, "schedule")))
        made = service.get_scheduler()
        entries = {str(key): str(entry.task) for key, entry in made.schedule.items() if key != OF_CELERY}
        made.close()
    kind = f"{type(made).__module__}.{type(made).__qualname__}"
    unknown = sorted({task for task in entries.values() if task not in app.tasks})
    return {"entries": entries, "scheduler": kind, "unknown": unknown}


def _celery(name: str) -> Any:
    from celery.app.utils import find_app

    return find_app(name)


def rq_place(*words: str) -> Found:
    """Where the Redis of a worker's first queue is; `words` follow `rqworker` on its command line."""
    _setup()
    import django_rq

    known = django_rq.get_queue(_rq_queue(words)).connection.connection_pool.connection_kwargs
    return {"host": str(known.get("host", "")), "port": int(known.get("port") or 0)}


def rq_job(*words: str) -> Found:
    """The last word is how many seconds there are. Any function of the standard library is a job."""
    *words, seconds = words  # type: ignore[assignment]
    _setup()
    import django_rq

    queue = django_rq.get_queue(_rq_queue(words))
    if not queue.is_async:
        return {"untried": "its queue runs jobs without a worker"}
    job = queue.enqueue("time.time", result_ttl=60)
    status = _waited(lambda: _plain(job.get_status(refresh=True)), ("finished", "failed", "stopped"), seconds)
    return {"done": status == "finished", "said": f"the job is {status}"}


def _rq_queue(words: Any) -> str:
    return str((_parsed("rqworker", list(words)).get("args") or ["default"])[0])


def tasks_job(seconds: str) -> Found:
    """A task of Django's own interface, which the worker imports from TASKS."""
    _setup()
    sys.path.append(str(TASKS))
    from deploy_overlay_rehearsal import nothing

    kind = type(nothing.get_backend()).__name__
    if kind in ("ImmediateBackend", "DummyBackend"):
        return {"untried": f"{kind} needs no worker"}
    result = nothing.enqueue()

    def status() -> str:
        result.refresh()
        return _plain(result.status)

    became = _waited(status, ("successful", "succeeded", "failed"), seconds)
    return {"done": became.startswith("succe"), "said": f"the job is {became}"}


def procrastinate_job(seconds: str) -> Found:
    """Its own task that deletes old jobs: https://procrastinate.readthedocs.io/en/stable/howto/production/delete_finished_jobs.html"""
    _setup()
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.models import ProcrastinateJob

    names = [name for name in app.tasks if name.endswith("builtin_tasks.remove_old_jobs")]
    if not names:
        return {"untried": "it has no task of its own"}
    number = app.configure_task(names[0]).defer(max_hours=1_000_000)
    became = _waited(
        lambda: str(ProcrastinateJob.objects.get(id=number).status), ("succeeded", "failed", "aborted"), seconds
    )
    return {"done": became == "succeeded", "said": f"the job is {became}"}


def django_q_job(seconds: str) -> Found:
    """https://django-q2.readthedocs.io/en/master/tasks.html"""
    _setup()
    from django_q.conf import Conf
    from django_q.tasks import async_task, fetch

    if Conf.SYNC:
        return {"untried": "its settings run jobs without a worker"}
    number = async_task("time.time", save=True)
    task = fetch(number, wait=round(float(seconds) * 1000))
    return {"done": bool(task and task.success), "said": str(task.result) if task else "no worker took the job"}


def huey_job(seconds: str) -> Found:
    """A task of the project's that is revoked before it is queued: a worker takes it, and does nothing.

    Huey has no task of its own, and its workers know only those that the project defines.
    https://huey.readthedocs.io/en/latest/guide.html#canceling-or-pausing-tasks
    """
    _setup()
    from django.utils.module_loading import autodiscover_modules
    from huey.contrib.djhuey import HUEY

    autodiscover_modules("tasks")
    if HUEY.immediate:
        return {"untried": "its settings run jobs without a worker"}
    kinds = {kind.__name__ for kind in type(HUEY.storage).__mro__}
    for kind, local in LOCAL.items():
        if kind in kinds:
            return {"local": local}
    pool = getattr(HUEY.storage, "pool", None)
    if pool is None or pool.connection_kwargs.get("host") not in HERE:
        return {"untried": "its queue is not the rehearsal's"}
    known = list(HUEY._registry._registry.values())
    if not known:
        return {"untried": "the project has no task"}
    task = known[0]()
    HUEY.revoke(task, revoke_once=True)
    HUEY.enqueue(task)
    # Whoever takes a task that is revoked once forgets that it was.
    became = _waited(lambda: "queued" if HUEY.is_revoked(task) else "taken", ("taken",), seconds)
    return {"done": became == "taken", "how": "took a job that was revoked", "said": "no worker took the job"}


def dramatiq_job(seconds: str) -> Found:
    """The task of django-dramatiq that deletes records of old ones: https://github.com/Bogdanp/django_dramatiq#cleaning-up-old-tasks"""
    _setup()
    import dramatiq
    from django.apps import apps
    from dramatiq.errors import QueueJoinTimeout

    if not apps.is_installed("django_dramatiq"):
        return {"untried": "it has no task of its own"}
    client = getattr(dramatiq.get_broker(), "client", None)
    pool = getattr(client, "connection_pool", None)
    if pool is None or pool.connection_kwargs.get("host") not in HERE:
        return {"untried": "its message broker is not the rehearsal's"}
    from django_dramatiq.tasks import delete_old_tasks

    message = delete_old_tasks.send(max_task_age=10**9)
    try:
        # Also until it needs no second try.
        dramatiq.get_broker().join(message.queue_name, timeout=round(float(seconds) * 1000))
    except QueueJoinTimeout:
        return {"done": False, "said": "no worker took the job, or it failed"}
    return {"done": True}


def job_known(name: str, *words: str) -> Found:
    """Whether a management command takes these words, without running it; `own` where the project has it itself.

    An error of its name or options ends this process with Django's words.
    """
    _setup()
    from django.core.management import get_commands

    options = _parsed(name, list(words))
    provider = get_commands()[name]
    package = provider if isinstance(provider, str) else provider.__module__
    return {"app": package, "django": package.partition(".")[0] == "django", "options": sorted(options)}


def _parsed(name: str, words: list[str]) -> dict[str, Any]:
    from django.core.management import CommandError, get_commands, load_command_class

    commands = get_commands()
    if name not in commands:
        raise CommandError(f"Unknown command: {name!r}")
    provider = commands[name]
    command = load_command_class(provider, name) if isinstance(provider, str) else provider
    found: dict[str, Any] = vars(command.create_parser("django", name).parse_args(words))
    return found


def _waited(status: Callable[[], str], ends: tuple[str, ...], seconds: str) -> str:
    """Look until the status is one of `ends`, or the time is over; the last status."""
    until = time.monotonic() + float(seconds)
    while (now := status()) not in ends and time.monotonic() < until:
        time.sleep(LOOK)
    return now


def _plain(status: Any) -> str:
    return str(getattr(status, "value", status) or "lost").lower()


def _setup() -> None:
    import django

    django.setup()
