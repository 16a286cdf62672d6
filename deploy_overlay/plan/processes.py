"""The processes of a site and the command of each, as the platform starts it."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..base.answers import text
from ..base.plan import Kind, Process, Shell, State
from ..base.platform import Declared, Platform
from ..base.quoting import shell_word
from .application import Application, image


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
        return f"{self.cd}{'exec ' if self.shell.replaced else ''}{self.programs}{command}"


def processes(
    answers: Mapping[str, Any], app: Application, platform: Platform | None, line: CommandLine
) -> list[Process]:
    """The web process first. A release has one of its own, unless an image keeps its database on a volume.

    That volume belongs to the web process alone: it migrates before it serves.
    """
    on_volume = image(platform) and text(answers, "deploy_database") == "sqlite"
    web = f"sh {app.package}/start.sh" if on_volume else line.server()
    found = [Process("web", "web", web)]
    if not on_volume:
        found.append(Process("release", "release", line.django(app.release)))
    return [*found, *_workers(answers, line, platform)]


def _workers(answers: Mapping[str, Any], line: CommandLine, platform: Platform | None) -> list[Process]:
    """What runs beside the site: named as the project has it, with its service in front where two would be alike."""
    listed = answers.get("django_workers")
    workers = [worker for worker in listed if isinstance(worker, dict)] if isinstance(listed, list) else []
    alike = Counter(str(worker.get("name")) for worker in workers)
    found = []
    for worker in workers:
        name = str(worker.get("name"))
        kind: Kind = "scheduler" if name == "beat" else "worker"
        # A scheduler is started as a worker is; only one of it may run.
        declared = platform is not None and isinstance(platform.has.get("worker"), Declared)
        state: State = "not started" if declared else "by hand"
        if alike[name] > 1:
            name = f"{worker.get('service')}-{name}"
        found.append(Process(name, kind, line.long(str(worker.get("command"))), state=state))
    return found
