"""Processes beside the web server that deployment files start: in a Procfile, by uWSGI, Supervisor, systemd, Compose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ...base.evidence import Evidence
from ...base.files import parent
from ..deployed import DeployFile, deploy_files
from ..project import Project

# Processes that are no workers, whatever they are called; others begin with what starts one.
_NO_WORKER = re.compile(
    r"\b(migrate|collectstatic|runserver|runserver_plus|test|check|flower|createsuperuser|loaddata|compilemessages|shell"
    r"|gunicorn|uwsgi|daphne|uvicorn|hypercorn|granian|waitress-serve)\b"
)
_STARTS_WORKER = re.compile(r"(python3?\s+(\./)?manage\.py|\./manage\.py|celery|rq|dramatiq|procrastinate)\s+(?=\S)")
# What a command starts, by a word in it.
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
# What stands before the program: a shell, an environment's runner, a folder.
_BEFORE = re.compile(
    r"^(?:(?:exec|nohup|time)\s+|(?:/\S*/)?(?:ba|da)?sh\s+-l?c\s+|(?:poetry|uv|pipenv|pdm)\s+run\s+|\w+=\S*\s+|env\s+(?=\w+=))+"
)
_PROGRAM = re.compile(
    r"^(?:[\w.@%~{}$()-]*/)+(?=(?:python3?(?:\.\d+)?|celery|rq|dramatiq|procrastinate)\s)|^\./(?=celery\s)"
)
_UWSGI = re.compile(
    r"^\s*(?:legion-|smart-|cron-)?attach-daemon2?\s*=\s*(?:\S+\.pid\s+)?(?:.*\bcmd=)?[\"']?(?P<command>[^\"',]+)"
)
_SECTION = re.compile(r"^\s*\[program:(?P<name>[\w.-]+)\]")
_COMMAND = re.compile(r"^\s*command\s*=\s*(?P<command>\S.*)$")
_UNIT = re.compile(r"^\s*ExecStart\s*=\s*[-@:+!]*(?P<command>\S.*)$")
_SERVICE = re.compile(r"^ {2,4}(?P<name>[\w-]+):\s*$")
_SERVICE_COMMAND = re.compile(r"^\s+command:\s*(?P<command>\S.*)$")


class Process(NamedTuple):
    """A process beside the web server; `service` as in django_services, "command" for one of the project's own."""

    service: str
    name: str
    command: str
    place: Evidence


def processes(project: Project) -> list[Process]:
    """Those of the Procfile that is about production; without one, those of the other files, each command once."""
    for file in deploy_files(project):
        above = parent(file.path)
        if file.kind == "procfile" and (above in (".", project.root) or project.root.startswith(f"{above}/")):
            return list(_workers(_in_procfile(file)))
    found: dict[str, Process] = {}
    for file in deploy_files(project):
        for one in _workers(_elsewhere(file)):
            found.setdefault(one.command, one)
    return list(found.values())


def _workers(commands: Iterator[tuple[str, str, Evidence]]) -> Iterator[Process]:
    for name, written, place in commands:
        command = _plain(written)
        service = next((key for pattern, key in _OF_COMMAND if pattern.search(command)), "")
        if (
            service
            and name not in ("web", "release")
            and _STARTS_WORKER.match(command)
            and not _NO_WORKER.search(command)
        ):
            command = re.sub(r"^(python3?\s+)?(\./)?manage\.py\b", "python -m django", command)
            yield Process(service, name or service_name(command), command, place)


def _plain(command: str) -> str:
    """The command without what only its file or machine needs: a list's brackets, a shell, a path to the program."""
    command = command.strip()
    if command.startswith("["):
        command = " ".join(re.findall(r"[\"']([^\"']*)[\"']", command))
    command = command.strip("\"' ")
    command = _BEFORE.sub("", command).strip("\"' ")
    command = _PROGRAM.sub("", command)
    command = re.sub(r"^python3?(?:\.\d+)?\s+(?:\S*/)?manage\.py\b", "python manage.py", command)
    return re.sub(r"^python3?(?:\.\d+)?\s+-m\s+celery\b", "celery", command)


def service_name(command: str) -> str:
    """A name for a process that its file gives none: the management command, or the program."""
    words = re.findall(r"[\w-]+", re.sub(r"^python -m django\s+", "", command))
    return words[0] if words else "worker"


def _in_procfile(file: DeployFile) -> Iterator[tuple[str, str, Evidence]]:
    for match, place in file.matches(re.compile(r"^([\w-]+):\s*(\S.*)$")):
        yield match.group(1), match.group(2), place


def _elsewhere(file: DeployFile) -> Iterator[tuple[str, str, Evidence]]:
    name = ""
    for number, line in file.lines:
        place = Evidence(file.path, number, line.strip()[:100])
        if file.kind == "server":
            section = _SECTION.match(line)
            name = section["name"] if section else name
            found = _UWSGI.match(line)
            if found:
                yield "", found["command"], place
            elif program := (_COMMAND.match(line) or _UNIT.match(line)):
                unit = file.path.rpartition("/")[2].partition(".")[0].partition("@")[0]
                yield name or unit, program["command"], place
        elif file.kind == "compose":
            section = _SERVICE.match(line)
            name = section["name"] if section else name
            if found := _SERVICE_COMMAND.match(line):
                yield name, found["command"], place
