"""The processes of a site and the command of each, as the platform starts it."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..base.answers import text
from ..base.plan import Kind, Process, Shell, State
from ..base.platform import Declared, Platform
from ..base.quoting import shell_word
from .application import Application, migrates_at_start, on_volume
from .backups import BACKUP, BACKUPS, NIGHT, dumps_nightly
from .runs import early_celery, is_scheduler, jobs, runs, tables

# Workers that start one process for each CPU, and the option that says how many instead. A small instance has part of a
# large machine: many CPUs are seen, and the memory is gone before the first task is done.
# https://docs.celeryq.dev/en/stable/userguide/workers.html#concurrency and https://github.com/Bogdanp/django_dramatiq#running-workers
CONCURRENCY = {"celery": "--concurrency", "dramatiq": "--processes"}
# Celery's main process lets jobs end at SIGTERM, and the processes that do them die of it where they get it too.
# https://docs.celeryq.dev/en/stable/userguide/workers.html#remap-sigterm
REMAPPED = "env REMAP_SIGTERM=SIGQUIT "
MEMORY_OF_ONE = 256  # MB: Django with its libraries, and room for a task
CLOCK = "clock"  # the process that starts scheduled jobs, as Heroku's documentation calls it
_FOR_A_SHELL = re.compile(r"[&|;<>$`*?~(){}\[\]]|^\w+=")  # what a program gets as it stands where no shell reads it
_SEVERAL = re.compile(r"[&|;]|^\w+=")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
# Names that platforms give a meaning of their own: `app` is the web process on Fly.io, `release` runs once on Heroku.
TAKEN = ("web", "app", "release", CLOCK, BACKUP)
# An image with a volume starts as root, whose volume it is at first. What runs beside the web process needs no root.
UNPRIVILEGED = "setpriv --reuid=app --regid=app --init-groups --no-new-privs "


class CommandLine:
    """Writes commands of the Django root as lines for one platform."""

    def __init__(self, shell: Shell, answers: Mapping[str, Any], application: Application) -> None:
        root = text(answers, "django_root", ".")
        start = text(answers, shell.folder, ".") if shell.folder else "."
        self.shell, self.application = shell, application
        self.folder = posixpath.relpath(root, start)  # of manage.py, from where commands start
        self.cd = "" if self.folder == "." else f"cd {shell_word(self.folder)} && "
        programs = posixpath.relpath(shell.programs, self.folder) if shell.programs else ""
        self.programs = f"{programs}/" if programs else ""

    def django(self, commands: Sequence[str]) -> str:
        """`python -m django` with these arguments, one after the other, in the Django root."""
        settings = "" if self.shell.settings else f" --settings {self.application.settings}"
        line = " && ".join(f"{self.programs}python -m django {command}{settings}" for command in commands)
        joined = len(commands) > 1 or self.cd
        return f"sh -c {shell_word(self.cd + line)}" if joined and not self.shell.joins else self.cd + line

    def python(self, arguments: str) -> str:
        """The site's Python with these arguments, in the Django root."""
        line = f"{self.cd}{self.programs}python {arguments}"
        return f"sh -c {shell_word(line)}" if self.cd and not self.shell.joins else line

    def server(self) -> str:
        """Gunicorn with the overlay's configuration."""
        configuration = f"{self.application.package}/gunicorn.conf.py"
        if self.shell.replaced or not self.cd:
            return self.long(f"gunicorn -c {configuration}")
        # It changes the folder itself: no shell stands between it and the signals of the platform.
        path = shell_word(posixpath.join(self.folder, configuration))
        return f"{self.programs}gunicorn --chdir {shell_word(self.folder)} -c {path}"

    def long(self, command: str) -> str:
        """A command that runs until it is stopped."""
        line = f"{self.cd}{'exec ' if self.shell.replaced else ''}{self.programs}{command}"
        if self.shell.joins or not (self.cd or _FOR_A_SHELL.search(command)):
            return line
        # One command takes the place of the shell, to get the platform's signals.
        several = _SEVERAL.search(_QUOTED.sub("", command))
        return f"sh -c {shell_word(line if self.cd or several else f'exec {line}')}"

    def once(self, command: str) -> str:
        """A command that ends by itself."""
        line = f"{self.cd}{self.programs}{command}"
        bare = self.shell.joins or not (self.cd or _FOR_A_SHELL.search(command))
        return line if bare else f"sh -c {shell_word(line)}"


def processes(
    answers: Mapping[str, Any], app: Application, platform: Platform | None, line: CommandLine
) -> list[Process]:
    """The web process first. A release has one of its own, unless an image keeps its database on a volume.

    That volume belongs to the web process alone: it migrates before it serves.
    """
    web = f"sh {app.package}/start.sh" if on_volume(answers, platform) else line.server()
    found = [Process("web", "web", web)]
    if not migrates_at_start(answers, platform):
        found.append(Process("release", "release", line.django(app.release)))
    beside = [*_workers(answers, app, line, platform), *_jobs(answers, app, line, platform)]
    return [*found, *beside, *_backup(answers, app, line, platform)]


def _backup(
    answers: Mapping[str, Any], app: Application, line: CommandLine, platform: Platform | None
) -> Iterator[Process]:
    """What dumps the database every night, where the platform does not: once a night, or waiting for the night itself."""
    if platform is None or not dumps_nightly(answers, platform):
        return
    # By its file: of the site's own code and variables it needs nothing.
    command = f"python {app.package}/{BACKUP}.py"
    if platform.runs.crons:
        once = line.once(f"{command} now")
        yield Process(BACKUP, "cron", once, schedule=NIGHT, chosen=BACKUPS)
    else:
        yield Process(BACKUP, "scheduler", line.long(command), chosen=BACKUPS)


def _workers(
    answers: Mapping[str, Any], app: Application, line: CommandLine, platform: Platform | None
) -> list[Process]:
    """The background processes with the project's names, preceded by the service if two would be equal."""
    workers = tables(answers, "django_workers")
    alike = Counter(str(worker.get("name")) for worker in workers)
    found = []
    for worker in workers:
        name = str(worker.get("name"))
        kind: Kind = "scheduler" if is_scheduler(worker) else "worker"
        if alike[name] > 1 or name in TAKEN:
            name = f"{worker.get('service')}-{name}"
        name = _plain(name)
        command = _sized(worker, kind, platform)
        if early := early_celery({"django_workers": [worker]}):
            command = command.replace(f"--app {early} ", f"--app {app.package}.celery ", 1)
        # A scheduler is started as a worker is; only one of it may run.
        state = _state(answers, kind, "worker", platform)
        found.append(Process(name, kind, line.long(command), state=state, chosen=kind))
    return found


def _sized(worker: Mapping[str, Any], kind: Kind, platform: Platform | None) -> str:
    """The command of a worker with as many processes as the memory of the platform's smallest size has room for.

    Where the project says how many itself, or runs in no known amount of memory, the command stays as it is.
    """
    command = str(worker.get("command"))
    if kind == "worker" and command.startswith("celery ") and platform is not None and platform.runs.signals_all:
        command = REMAPPED + command
    option = CONCURRENCY.get(str(worker.get("service")))
    if (
        option is None
        or kind == "scheduler"
        or platform is None
        or worker.get("concurrency") == "own"
        or option in command
    ):
        return command
    return f"{command} {option} {max(1, platform.runs.memory // MEMORY_OF_ONE)}"


def remaps_signals(answers: Mapping[str, Any], chosen: Iterable[Platform]) -> bool:
    """Whether Celery takes another signal for SIGTERM somewhere, at which it has to be told how long a job may take."""
    workers = tables(answers, "django_workers")
    celery = any(worker.get("service") == "celery" and not is_scheduler(worker) for worker in workers)
    return celery and any(platform.runs.signals_all for platform in chosen)


def _plain(name: str) -> str:
    """The name of letters, digits, hyphens and underscores, as every platform takes it."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)


def _jobs(answers: Mapping[str, Any], app: Application, line: CommandLine, platform: Platform | None) -> list[Process]:
    """Scheduled jobs, the usual ones beside the project's own once the owner has jobs run at all.

    Where the platform starts none itself, one more process does: the overlay's schedule.py.
    """
    state = _state(answers, "cron", "cron", platform)
    listed = tables(answers, "django_schedule") if "cron" in runs(answers) else jobs(answers)
    found = [
        Process(
            _plain(str(job.get("name"))),
            "cron",
            line.once(str(job.get("command"))),
            schedule=str(job.get("schedule")),
            state=state,
            chosen="cron",
        )
        for job in listed
    ]
    if found and platform is not None and not platform.runs.crons and state != "by hand":
        command = line.long(f"python -m {app.package}.schedule")
        found.append(Process(CLOCK, "scheduler", command, state=state, chosen="cron"))
    return found


def _state(answers: Mapping[str, Any], kind: str, declared: str, platform: Platform | None) -> State:
    """By hand where the platform does not declare it, started where the owner chose it."""
    if platform is None or not isinstance(platform.has.get(declared), Declared):
        return "by hand"
    return "started" if kind in runs(answers) else "not started"
