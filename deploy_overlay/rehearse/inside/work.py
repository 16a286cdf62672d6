"""Gives background workers something to do that changes nothing, and says what became of it.

Each function answers with `done`; else `said`, why not; or `untried`, why nothing can be asked of this worker.
"""

from __future__ import annotations

import contextlib
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
ENDS = ("task-succeeded", "task-failed", "task-rejected", "task-revoked")
ANSWERED = 5.0  # seconds for a worker that runs
LOOK = 0.1  # seconds between two looks at a job

Found = dict[str, Any]


def celery_place(name: str) -> Found:
    """`host` and `port` of the message broker."""
    with _celery(name).connection_for_write() as connection:
        known = connection.transport_cls in ("redis", "rediss", "amqp", "amqps", "pyamqp", "librabbitmq", "valkey")
        port = connection.port or (connection.transport.default_port if known else 0)
        return {"host": connection.hostname or "", "port": int(port or 0)} if known else {"host": "", "port": 0}


def celery_job(name: str, seconds: str) -> Found:
    """A task that every Celery app has, `celery.accumulate`, which only returns what it is given; its end is an event.

    https://docs.celeryq.dev/en/stable/userguide/monitoring.html#real-time-processing
    """
    app, until = _celery(name), time.monotonic() + float(seconds)
    if not app.conf.worker_enable_remote_control:
        return {"untried": "its settings turn remote control off"}
    found, said = None, "it does not answer"
    while not found and time.monotonic() < until:
        try:
            found = app.control.inspect(timeout=1).active_queues()
        except Exception as error:  # the broker's driver has errors of its own
            said = f"{type(error).__name__}: {error}"
            time.sleep(LOOK)
    if not found:
        return {"done": False, "said": said}
    place = celery_place(name)
    if place["host"] not in HERE:
        return {"untried": "its message broker is not of this rehearsal", "answered": True}
    worker, queues = next(iter(found.items()))
    return _celery_round_trip(app, worker, str(queues[0]["name"]), until)


def _celery_round_trip(app: Any, worker: str, queue: str, until: float) -> Found:
    from celery.events.receiver import EventReceiver

    identity, became = str(uuid.uuid4()), {}

    def seen(event: dict[str, Any]) -> None:
        """One of these comes every two seconds, a heartbeat if nothing else."""
        if event.get("uuid") == identity and event.get("type") in ENDS:
            became.update(event)
        receiver.should_stop = bool(became) or time.monotonic() > until

    class Watching(EventReceiver):  # type: ignore[misc]
        def on_consume_ready(self, *arguments: Any, **options: Any) -> None:
            super().on_consume_ready(*arguments, **options)
            app.send_task("celery.accumulate", (1,), queue=queue, task_id=identity, ignore_result=True)

    # With its answer, as what it did before that is told to nobody.
    app.control.enable_events(destination=[worker], reply=True, timeout=ANSWERED, limit=1)
    with app.connection_for_read() as connection:
        receiver = Watching(connection, handlers={"*": seen}, app=app)
        with contextlib.suppress(TimeoutError):
            receiver.capture(limit=None, timeout=max(1.0, until - time.monotonic()), wakeup=False)
    if became.get("type") == "task-succeeded":
        return {"done": True}
    return {"done": False, "said": str(became.get("exception") or "the job was taken by nobody")}


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
    return {"done": bool(task and task.success), "said": str(task.result) if task else "the job was taken by nobody"}


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
