"""What runs beside the web process: the commands that start workers and schedulers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...base.evidence import Evidence, Fact
from ...base.files import join, parent
from ..dependencies import line_of
from ..deployed import deploy_files
from ..production import installed_apps, production_names
from ..project import Project
from ..settings import GAP, Module

# App: the management command of its worker, as its documentation has it.
BY_APP = {
    "huey.contrib.djhuey": ("huey", "run_huey"),
    "django_q": ("django-q", "qcluster"),
    "django_dramatiq": ("dramatiq", "rundramatiq"),
    "procrastinate.contrib.django": ("procrastinate", "procrastinate worker"),
}
# Backend of Django's TASKS: the command of its worker. https://docs.djangoproject.com/en/stable/topics/tasks/
BY_TASK_BACKEND = (
    (re.compile(r"^django_tasks(_db|\.backends\.database)\."), "db_worker"),
    (re.compile(r"^django_tasks(_rq|\.backends\.rq)\."), "rqworker --job-class django_tasks.backends.rq.Job"),
)
# Processes of a Procfile that are no workers, whatever they are called; others begin with what starts one.
_NO_WORKER = re.compile(r"\b(migrate|collectstatic|runserver|test|gunicorn|uwsgi|daphne|uvicorn|hypercorn)\b")
_STARTS_WORKER = re.compile(r"(python3?\s+(\./)?manage\.py|\./manage\.py|celery|rq|dramatiq|procrastinate)\s+(?=\S)")
# What a command of a Procfile starts, by a word in it.
_OF_COMMAND = (
    (re.compile(r"\bcelery\b"), "celery"),
    (re.compile(r"rqworker|\brq\b"), "rq"),
    (re.compile(r"run_huey|huey_consumer"), "huey"),
    (re.compile(r"rundramatiq|\bdramatiq\b"), "dramatiq"),
    (re.compile(r"qcluster"), "django-q"),
    (re.compile(r"db_worker"), "django-tasks"),
    (re.compile(r"procrastinate"), "procrastinate"),
    (re.compile(r"manage\.py"), "command"),
)
_COMMANDED = re.compile(r"\bcelery\s+(?:-A|--app)[= ]\s*([\w.]+)(?::\w+)?|\bcelery\b.*\s(?:-A|--app)[= ]\s*([\w.]+)")
_BEAT = re.compile(r"\bcelery\b.*\sbeat\b|\bcelery\b.*\s(-B|--beat)\b")
BEAT_SETTINGS = ("CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE")
DATABASE_BEAT = "django_celery_beat.schedulers:DatabaseScheduler"


def django_workers(project: Project) -> Fact:
    """A list of mappings with `service` (as in django_services), `name` and `command`, to run in the Django root.

    The commands follow DJANGO_SETTINGS_MODULE. Two with one `service` are a worker and its scheduler, of which only one
    may run. A service whose command cannot be told from the project is not in the list.
    """
    found = [*_celery(project), *_by_app(project), *_rq(project), *_tasks(project)]
    found += [worker for worker in _processes(project) if worker[0] not in {service for service, *_ in found}]
    return Fact(
        [{"service": service, "name": name, "command": command} for service, name, command, _ in found],
        tuple(place for _, _, _, place in found),
    )


Worker = tuple[str, str, str, Evidence]


def _celery(project: Project) -> Iterator[Worker]:
    app, place = celery_app(project)
    if not app or place is None:
        return
    yield "celery", "worker", f"celery --app {app} worker --loglevel INFO", place
    apps, place_of_apps = installed_apps(project)
    if "django_celery_beat" in apps and place_of_apps:
        yield "celery", "beat", f"celery --app {app} beat --loglevel INFO --scheduler {DATABASE_BEAT}", place_of_apps
    elif scheduled := _schedule(project, place.path):
        # The schedule's own file is written to a folder that a release may empty.
        yield (
            "celery",
            "beat",
            f"celery --app {app} beat --loglevel INFO --schedule /tmp/celerybeat-schedule",
            scheduled,
        )


def _schedule(project: Project, path: str) -> Evidence | None:
    read = production_names(project)
    for name in BEAT_SETTINGS:
        if read is not None and name in read.places and read.names.get(name):
            return read.places[name]
    line = line_of(project.repository, path, r"\bbeat_schedule\b|add_periodic_task") if path.endswith(".py") else None
    if line:
        return Evidence(path, line, "has a schedule")
    for file in deploy_files(project):
        for _, place in file.matches(_BEAT):
            return place
    return None


def celery_app(project: Project) -> tuple[str, Evidence | None]:
    """The module of the Celery application, as `celery --app` takes it; "" when there is none."""
    for file in deploy_files(project):
        for match, place in file.matches(_COMMANDED):
            named = match.group(1) or match.group(2)
            if project.locate(named):
                return named, place
    package = str(project.fact("django_settings_module").value).partition(".")[0]
    found = [
        (dotted.partition(".")[0] != package, dotted.count("."), dotted, place) for dotted, place in _defined(project)
    ]
    for _, _, dotted, place in sorted(found, key=lambda one: one[:3]):
        return dotted, place
    return "", None


def _defined(project: Project) -> Iterator[tuple[str, Evidence]]:
    """Every Celery application in the first levels of the code, as a module."""
    repository = project.repository
    roots = sorted((root for root in project.code_roots() if root != "."), key=len, reverse=True)
    for folder in repository.folders():
        root = next((root for root in roots if f"{folder}/".startswith(f"{root}/")), ".")
        if folder == root or folder[len(root) + 1 if root != "." else 0 :].count("/") > 1:
            continue
        names = repository.listing(folder)
        files = [
            name for name in names.files if name.endswith(".py") and (name.startswith("celery") or name == "tasks.py")
        ]
        files += [f"{name}/__init__.py" for name in names.folders if name.startswith("celery")]
        for path in (join(folder, name) for name in files):
            line = line_of(repository, path, r"=\s*(celery\.)?Celery\(") if repository.is_file(path) else None
            module = re.sub(r"(/__init__)?\.py$", "", path if root == "." else path[len(root) + 1 :]).replace("/", ".")
            if line and project.locate(module) == path:
                yield module, Evidence(path, line, "defines a Celery application")


def _processes(project: Project) -> Iterator[Worker]:
    """The other processes of a Procfile that is about production, where it lies in the Django root or above it."""
    for file in deploy_files(project):
        above = parent(file.path)
        if file.kind != "procfile" or not (above in (".", project.root) or project.root.startswith(f"{above}/")):
            continue
        for match, place in file.matches(re.compile(r"^([\w-]+):\s*(\S.*)$")):
            name, command = match.group(1), match.group(2).strip()
            service = next((key for pattern, key in _OF_COMMAND if pattern.search(command)), "")
            if (
                service
                and name not in ("web", "release")
                and _STARTS_WORKER.match(command)
                and not _NO_WORKER.search(command)
            ):
                command = re.sub(r"^(python3?\s+)?(\./)?manage\.py\b", "python -m django", command)
                yield service, name, command, place
        return


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
