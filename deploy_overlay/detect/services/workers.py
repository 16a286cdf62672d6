"""What runs beside the web process: the commands that start workers and schedulers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...base.evidence import Evidence, Fact
from ..deployed import deploy_files
from ..production import installed_apps, production_names
from ..project import Project
from ..settings import GAP, Module
from .celery import celery_app, queues, schedule

# App: the management command of its worker, as its documentation has it.
BY_APP = {
    "huey.contrib.djhuey": ("huey", "run_huey"),
    "django_q": ("django-q", "qcluster"),
    "django_dramatiq": ("dramatiq", "rundramatiq"),
    "procrastinate.contrib.django": ("procrastinate", "procrastinate worker"),
    "background_task": ("background-tasks", "process_tasks"),
}
# Backend of Django's TASKS: the command of its worker. https://docs.djangoproject.com/en/stable/topics/tasks/
BY_TASK_BACKEND = (
    (re.compile(r"^django_tasks(_db|\.backends\.database)\."), "db_worker"),
    (re.compile(r"^django_tasks(_rq|\.backends\.rq)\."), "rqworker --job-class django_tasks.backends.rq.Job"),
)
DATABASE_BEAT = "django_celery_beat.schedulers:DatabaseScheduler"


def django_workers(project: Project) -> Fact:
    """A list of mappings with `service` (as in django_services), `name` and `command`, to run in the Django root.

    The commands follow DJANGO_SETTINGS_MODULE. Two with one `service` are a worker and its scheduler, of which only one
    may run. A service whose command the project does not show is not in the list.
    """
    found = [*_celery(project), *_by_app(project), *_rq(project), *_tasks(project)]
    if deploy_files(project):
        found += _started({service for service, *_ in found}, project)
    return Fact(
        [{"service": service, "name": name, "command": command} for service, name, command, _ in found],
        tuple(place for _, _, _, place in found),
    )


Worker = tuple[str, str, str, Evidence]


def _started(known: set[str], project: Project) -> Iterator[Worker]:
    """What deployment files start, of services that are not known already."""
    from .processes import processes  # many projects have no such file

    for process in processes(project):
        if process.service not in known:
            yield process.service, process.name, process.command, process.place


def _celery(project: Project) -> Iterator[Worker]:
    app, place = celery_app(project)
    if not app or place is None:
        return
    taken = f" --queues {','.join(queues(project))}" if queues(project) else ""
    yield "celery", "worker", f"celery --app {app} worker --loglevel INFO{taken}", place
    apps, place_of_apps = installed_apps(project)
    if "django_celery_beat" in apps and place_of_apps:
        yield "celery", "beat", f"celery --app {app} beat --loglevel INFO --scheduler {DATABASE_BEAT}", place_of_apps
    elif scheduled := schedule(project, place.path):
        # The schedule's own file is written to a folder that a release may empty.
        yield (
            "celery",
            "beat",
            f"celery --app {app} beat --loglevel INFO --schedule /tmp/celerybeat-schedule",
            scheduled,
        )


def _by_app(project: Project) -> Iterator[Worker]:
    apps, place = installed_apps(project)
    for app, (service, command) in BY_APP.items():
        if place and app in apps:
            yield service, "worker", f"python -m django {command}", place


def _rq(project: Project) -> Iterator[Worker]:
    apps, place = installed_apps(project)
    read = production_names(project)
    if place is None or "django_rq" not in apps:
        return
    queues = read.names.get("RQ_QUEUES") if read else None
    names = [name for name in queues if isinstance(name, str) and GAP not in name] if isinstance(queues, dict) else []
    yield "rq", "worker", f"python -m django rqworker {' '.join(names or ['default'])}", place


def _tasks(project: Project) -> Iterator[Worker]:
    read: Module | None = production_names(project)
    tasks = read.names.get("TASKS") if read else None
    default = tasks.get("default") if isinstance(tasks, dict) else None
    backend = default.get("BACKEND") if isinstance(default, dict) else None
    if read is None or not isinstance(backend, str):
        return
    for pattern, command in BY_TASK_BACKEND:
        if pattern.match(backend):
            yield "django-tasks", "worker", f"python -m django {command}", read.places["TASKS"]
