"""Background processes: the commands that start workers and schedulers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...base.evidence import Evidence, Fact
from ..dependencies import installed
from ..deployed import deploy_files
from ..production import installed_apps, production_names
from ..project import Project
from ..settings import GAP, Module
from .celery import celery_app, own_scheduler, queues, reads_early, schedule, sets_concurrency, worker_options
from .channels import channel_names

# App: the name of the process and the management command that runs it, as the app's documentation has it.
BY_APP = {
    "huey.contrib.djhuey": ("huey", "worker", "run_huey"),
    "django_q": ("django-q", "worker", "qcluster"),
    "django_dramatiq": ("dramatiq", "worker", "rundramatiq"),
    "procrastinate.contrib.django": ("procrastinate", "worker", "procrastinate worker"),
    "background_task": ("background-tasks", "worker", "process_tasks"),
    # https://github.com/codingjoe/django-crontask
    "crontask": ("crontask", "scheduler", "crontask"),
}
# Backend of Django's TASKS: the command of its worker. Django's own run a task where it is enqueued, or not at all.
# https://docs.djangoproject.com/en/stable/topics/tasks/ and https://github.com/RealOrangeOne/django-tasks-db
BY_TASK_BACKEND = (
    (re.compile(r"^django_tasks(_db|\.backends\.database)\."), "db_worker"),
    (re.compile(r"^django_tasks_rq\."), "rqworker --job-class django_tasks_rq.Job"),
    (re.compile(r"^django_tasks\.backends\.rq\."), "rqworker --job-class django_tasks.backends.rq.Job"),
)
# Deployment files for production, which count more than the documentation.
_PRODUCTIONS = ("procfile", "platform", "server")
DATABASE_BEAT = "django_celery_beat.schedulers:DatabaseScheduler"


def django_workers(project: Project) -> Fact:
    """A list of mappings with `service` (as in django_services), `name` and `command`, to run in the Django root.

    The commands follow DJANGO_SETTINGS_MODULE. Two with one `service` are a worker and its scheduler, of which only one
    may run; a scheduler is called `beat` or `scheduler`. `concurrency` is `own` where the settings or the command say how
    many processes the worker has. `early` is the Celery application's module where importing it reads variables, which
    production has to have filled by then. A service whose command the project does not show is not in the list.
    """
    celery = list(_celery(project))
    usual = [*_by_app(project), *_rq(project), *_tasks(project), *_channels(project)]
    started: list[Worker] = []
    if deploy_files(project):
        started = list(_started(project))
    shown = {worker.service for worker in started if worker.production}
    found = [*celery, *(worker for worker in usual if worker.service not in shown)]
    known = {worker.service for worker in found}
    found += [worker for worker in started if worker.service not in known]
    return Fact([_table(worker) for worker in found], tuple(worker.place for worker in found))


class Worker(NamedTuple):
    service: str
    name: str
    command: str
    place: Evidence
    production: bool = False  # whether a file for production starts it
    own_concurrency: bool = False
    early: str = ""


def _table(worker: Worker) -> dict[str, str]:
    table = {"service": worker.service, "name": worker.name, "command": worker.command}
    table |= {"concurrency": "own"} if worker.own_concurrency else {}
    return table | ({"early": worker.early} if worker.early else {})


def _started(project: Project) -> Iterator[Worker]:
    """The processes that deployment files start."""
    from .processes import processes  # many projects have no such file

    kinds = {file.path: file.kind for file in deploy_files(project)}
    for process in processes(project):
        production = kinds.get(process.place.path) in _PRODUCTIONS
        yield Worker(process.service, process.name, process.command, process.place, production)


def _celery(project: Project) -> Iterator[Worker]:
    app, place = celery_app(project)
    if not app or place is None:
        return
    taken = f"--queues {','.join(queues(project))}" if queues(project) else ""
    options = worker_options(project)
    own = sets_concurrency(project) or bool(re.search(r"-c\b|--concurrency|--autoscale", options))
    early = app if reads_early(project, app) else ""
    command = " ".join(filter(None, (f"celery --app {app} worker --loglevel INFO", options, taken)))
    yield Worker("celery", "worker", command, place, own_concurrency=own, early=early)
    apps, place_of_apps = installed_apps(project)
    beat = f"celery --app {app} beat --loglevel INFO"
    in_database = "django_celery_beat" in apps and place_of_apps
    scheduled = None if in_database else schedule(project, place.path)
    if not in_database and scheduled is None:
        return
    scheduler = own_scheduler(project)
    if scheduler and scheduler != "settings":
        beat += f" --scheduler {scheduler}"
    elif not scheduler:
        # The schedule's file is in a folder that a release may empty.
        beat += f" --scheduler {DATABASE_BEAT}" if in_database else " --schedule /tmp/celerybeat-schedule"
    shown = place_of_apps if in_database and place_of_apps else scheduled or place
    yield Worker("celery", "beat", beat, shown, early=early)


def _by_app(project: Project) -> Iterator[Worker]:
    apps, place = installed_apps(project)
    for app, (service, name, command) in BY_APP.items():
        if place and app in apps and project.locate(app) is None:
            yield Worker(service, name, f"python -m django {command}", place)


def _rq(project: Project) -> Iterator[Worker]:
    apps, place = installed_apps(project)
    read = production_names(project)
    if place is None or "django_rq" not in apps:
        return
    queues = read.names.get("RQ_QUEUES") if read else None
    names = [name for name in queues if isinstance(name, str) and GAP not in name] if isinstance(queues, dict) else []
    yield Worker("rq", "worker", f"python -m django rqworker {' '.join(names or ['default'])}", place)
    # https://github.com/rq/django-rq#support-for-scheduled-jobs and https://github.com/rq/rq-scheduler
    packages = installed(project)
    scheduler = next((packages[name] for name in ("rq-scheduler", "django-rq-scheduler") if name in packages), None)
    if scheduler:
        yield Worker("rq", "scheduler", f"python -m django rqscheduler --queue {(names or ['default'])[0]}", scheduler)


def _tasks(project: Project) -> Iterator[Worker]:
    """A worker for each backend of Django's TASKS that needs one, for all its queues."""
    read: Module | None = production_names(project)
    tasks = read.names.get("TASKS") if read else None
    for alias, options in tasks.items() if isinstance(tasks, dict) and read is not None else ():
        backend = options.get("BACKEND") if isinstance(options, dict) else None
        for pattern, command in BY_TASK_BACKEND:
            if not isinstance(backend, str) or not pattern.match(backend) or read is None:
                continue
            queues = options.get("QUEUES") if isinstance(options, dict) else None
            names = (
                [name for name in queues if isinstance(name, str) and re.fullmatch(r"[\w.-]+", name)]
                if isinstance(queues, (list, tuple))
                else []
            )
            if command == "db_worker":
                command += f" --queue-name {','.join(names)}" if names and names != ["default"] else ""
                command += f" --backend {alias}" if alias != "default" and re.fullmatch(r"[\w.-]+", str(alias)) else ""
            else:
                command += f" {' '.join(names)}" if names else ""
            name = "worker" if alias == "default" else f"worker-{alias}"
            yield Worker("django-tasks", name, f"python -m django {command}", read.places["TASKS"])


def _channels(project: Project) -> Iterator[Worker]:
    """Consumers of named channels: https://channels.readthedocs.io/en/stable/topics/worker.html"""
    names, place = channel_names(project)
    if names and place:
        yield Worker("channels", "worker", f"python -m django runworker {' '.join(names)}", place)
