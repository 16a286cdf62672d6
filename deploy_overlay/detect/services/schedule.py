"""Scheduled jobs: those in settings and deployment files, and those that the project should run too."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...base.evidence import Evidence, Fact
from ..production import installed_apps, production_names
from ..project import Project
from ..settings import Module, known
from .cron import command_of, lines, workflow_lines
from .times import five_fields

PROJECT, USUAL = "project", "usual"
IN_DATABASE = ("django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db")
# Names of other processes of a site.
_TAKEN = frozenset({"web", "release", "worker", "beat", "scheduler", "clock"})
_CALL_COMMAND = "django.core.management.call_command"
_WORD = re.compile(r"[\w./:=@,+-]+")


class _Usual(NamedTuple):
    """A command that should run regularly, according to its library's documentation (`source`)."""

    app: str
    command: str
    schedule: str
    source: str
    needed: bool = False  # whether the project does not work properly without it


_USUAL = (
    _Usual(
        "django.contrib.sessions",
        "clearsessions",
        "17 3 * * *",
        "https://docs.djangoproject.com/en/stable/topics/http/sessions/#clearing-the-session-store",
    ),
    _Usual(
        "rest_framework_simplejwt.token_blacklist",
        "flushexpiredtokens",
        "27 3 * * *",
        "https://django-rest-framework-simplejwt.readthedocs.io/en/latest/blacklist_app.html",
    ),
    _Usual(
        "oauth2_provider",
        "cleartokens",
        "37 3 * * *",
        "https://django-oauth-toolkit.readthedocs.io/en/latest/management_commands.html#cleartokens",
    ),
    # "We recommend running this command once an hour." The name is that of Wagtail 4.1 and later.
    _Usual(
        "wagtail",
        "publish_scheduled",
        "7 * * * *",
        "https://docs.wagtail.org/en/stable/reference/management_commands.html#publish-scheduled",
    ),
    # Only these commands send the mail that these apps store in the database.
    _Usual(
        "mailer",
        "send_mail",
        "* * * * *",
        "https://github.com/pinax/django-mailer/#clear-queue-with-command-extensions",
        needed=True,
    ),
    _Usual(
        "post_office",
        "send_queued_mail",
        "* * * * *",
        "https://github.com/ui/django-post_office#quickstart",
        needed=True,
    ),
)
_MAIL_BACKENDS = {"mailer": "mailer.backend.", "post_office": "post_office."}


class _Job(NamedTuple):
    name: str
    command: str
    schedule: str
    source: str
    place: Evidence


def django_schedule(project: Project) -> Fact:
    """A list of mappings with `name`, `command`, to run in the Django root, and `schedule`, five fields of cron in UTC.

    `source` is `project` for existing jobs, `usual` for jobs that every project of this kind should run. Each command is
    listed once, from the settings or else from a deployment file.
    """
    jobs: dict[str, _Job] = {}
    read = production_names(project)
    found = [*_in_files(project), *(_by_crontab(project, read) if read else ())]
    if read is not None:
        found += [*_by_cron_classes(project, read), *_usual(project, read)]
    for job in found:
        if job.schedule:
            jobs.setdefault(job.command, job)
    tables = [
        {"name": name, "command": job.command, "schedule": job.schedule, "source": job.source}
        for name, job in _named(list(jobs.values()))
    ]
    return Fact(tables, tuple(dict.fromkeys(job.place for job in jobs.values())))


def _named(jobs: list[_Job]) -> Iterator[tuple[str, _Job]]:
    """Give each job a unique name among the site's processes: with its arguments, where several run one command."""
    used = set(_TAKEN)
    shared = Counter(job.name for job in jobs)
    for job in jobs:
        words = job.name + (job.command.partition(f" {job.name}")[2] if shared[job.name] > 1 else "")
        name = re.sub(r"[^\w+]+", "-", words, flags=re.ASCII).strip("-")[:40] or "job"
        base = f"{name}-job" if name in _TAKEN else name
        name = next(one for one in (base, *(f"{base}-{number}" for number in range(2, 1000))) if one not in used)
        used.add(name)
        yield name, job


def _in_files(project: Project) -> Iterator[_Job]:
    for line in (*lines(project), *workflow_lines(project)):
        command = command_of(project, line.command)
        if command:
            yield _Job(_command_name(command), command, five_fields(line.schedule), PROJECT, line.place)


def _command_name(command: str) -> str:
    words = command.removeprefix("python -m ").split()
    return words[1] if len(words) > 1 else words[0].rpartition(".")[2]


def _by_crontab(project: Project, read: Module) -> Iterator[_Job]:
    """django-crontab's jobs: a management command as itself, a function by the hash that django-crontab gives it.

    The hash is of the whole entry, so that a changed one fails, loudly, until it is detected again.
    https://github.com/kraiz/django-crontab#config and `Crontab.__hash_job` there
    """
    apps, _ = installed_apps(project)
    listed = read.names.get("CRONJOBS")
    place = read.places.get("CRONJOBS")
    if place is None or "django_crontab" not in apps or not isinstance(listed, (list, tuple)):
        return
    for entry in listed[:100]:
        if not isinstance(entry, (list, tuple)) or len(entry) < 2 or not _is_known(list(entry[:2])):
            continue
        schedule, path = str(entry[0]), str(entry[1])
        arguments = entry[2] if len(entry) > 2 and not isinstance(entry[2], str) else []
        options = entry[3] if len(entry) > 3 else {}
        name = path.rpartition(".")[2]
        command = ""
        if path == _CALL_COMMAND and not options and _is_known(arguments) and arguments:
            words = [str(word) for word in arguments]
            if all(_WORD.fullmatch(word) for word in words):
                command, name = " ".join(["python -m django", *words]), words[0]
        elif path == _CALL_COMMAND and isinstance(arguments, (list, tuple)) and arguments:
            name = str(arguments[0])
        if not command and _is_known(list(entry)):
            text = json.dumps(entry, sort_keys=True)
            command = f"python -m django crontab run {hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}"
        elif not command and not arguments and not options and re.fullmatch(r"[\w.]+\.\w+", path):
            # Its suffix, and so its hash, is computed. Call the function itself, without django-crontab's lock.
            module, _, function = path.rpartition(".")
            code = f"import django; django.setup(); from {module} import {function}; {function}()"
            command = f"python -c '{code}'"
        if command:
            yield _Job(name, command, five_fields(schedule), PROJECT, place)


def _is_known(value: Any) -> bool:
    """Whether the value consists of known constants."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_known(part) for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(_is_known, value))
    return known(value) and not isinstance(value, bytes)


def _by_cron_classes(project: Project, read: Module) -> Iterator[_Job]:
    """django-cron starts due jobs each time that it is called: https://django-cron.readthedocs.io/en/latest/installation.html"""
    apps, _ = installed_apps(project)
    classes, place = read.names.get("CRON_CLASSES"), read.places.get("CRON_CLASSES")
    if place is not None and classes and "django_cron" in apps:
        yield _Job("runcrons", "python -m django runcrons", "*/5 * * * *", PROJECT, place)


def _usual(project: Project, read: Module) -> Iterator[_Job]:
    apps, place = installed_apps(project)
    names = {app.partition(".apps.")[0] for app in apps}
    engine = read.names.get("SESSION_ENGINE", IN_DATABASE[0])
    mail = read.names.get("EMAIL_BACKEND")
    for one in _USUAL:
        if one.app not in names or place is None or project.locate(one.app) is not None:
            continue
        if one.command == "clearsessions" and engine not in IN_DATABASE:
            continue
        if one.needed and not (isinstance(mail, str) and mail.startswith(_MAIL_BACKENDS[one.app])):
            continue
        if one.app == "post_office" and _by_celery(read):
            continue
        source = PROJECT if one.needed else USUAL
        yield _Job(one.command, f"python -m django {one.command}", one.schedule, source, place)


def _by_celery(read: Module) -> bool:
    """Whether Celery sends the mail that django-post_office queues: https://github.com/ui/django-post_office#integration-with-celery"""
    options = read.names.get("POST_OFFICE")
    return isinstance(options, dict) and "CELERY_ENABLED" in options and options["CELERY_ENABLED"] is not False
