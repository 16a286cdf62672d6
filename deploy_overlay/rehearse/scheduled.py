"""Checks scheduled jobs: Django's own and the usual ones run once; the project's own are only checked.

A job of the project may send mail or call a service, which a rehearsal must not do unasked.
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from ..base.plan import Process
from ..plan.runs import USUAL, tables
from .memory import Memory
from .results import Outcome, failed, passed
from .stage import Stage, StartedProgram, kill
from .trouble import condensed

# Of minute, hour, day of the month, month and weekday: https://manpages.debian.org/stable/cron/crontab.5.en.html
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
MANAGE = ["python", "-m", "django"]


def check_job(
    stage: Stage, environ: Mapping[str, str], job: Process, usual: Sequence[str], memory: Memory | None = None
) -> Outcome:
    """The schedule can be read, and the command runs; or where it is the project's own, there is such a command.

    `usual` are the commands that any project of this kind should run, which are known to be harmless.
    """
    if trouble := schedule_trouble(job.schedule):
        return failed(f"the schedule {job.schedule!r} {trouble}", "Correct it: minute hour day month weekday, in UTC.")
    words = shlex.split(job.command)
    if words[:2] == ["sh", "-c"]:
        return passed(f"its shell command was not run; its schedule is {job.schedule}")
    if words[:3] != MANAGE or len(words) < 4:
        return _program(stage, environ, job, words)
    known = stage.inside(environ, "job-known", *words[3:])
    if known.data is None:
        error = condensed(known.output, stage.repository)
        return failed(f"{job.command} cannot run: {error}", "Correct the command of this job, or remove it.")
    if not known.data["django"] and job.command not in usual:
        what = "the command and its options exist; it was not run, because it is not one of Django's own"
        return passed(f"{what}; its schedule is {job.schedule}")
    return _run(stage, environ, job, words, memory or Memory())


def schedule_trouble(schedule: str) -> str:
    """The problem of five cron fields, as the end of a sentence; empty if they are valid."""
    fields = schedule.split()
    if len(fields) != len(FIELDS):
        return f"has {len(fields)} fields instead of 5"
    for text, (name, lowest, highest) in zip(fields, FIELDS, strict=True):
        for part in text.split(","):
            span, slash, step = part.partition("/")
            numbers = [] if span == "*" else span.split("-")
            if not all(number.isdecimal() and lowest <= int(number) <= highest for number in numbers):
                return f"has the {name} {text}, which is not between {lowest} and {highest}"
            if slash and not (step.isdecimal() and int(step)):
                return f"has the {name} {text}, whose step is not a number"
            if len(numbers) > 2 or (len(numbers) == 2 and int(numbers[0]) > int(numbers[1])):
                return f"has the {name} {text}, which ends before it begins"
    return ""


def _program(stage: Stage, environ: Mapping[str, str], job: Process, words: Sequence[str]) -> Outcome:
    program = words[0] if words else ""
    found = shutil.which(program, path=environ.get("PATH")) or (stage.django_root / program).is_file()
    if not program or not found:
        return failed(
            f"{job.command} cannot be started: there is no program {program}",
            "Correct the command of this job, or add what provides it to the dependencies that production installs.",
        )
    return passed(f"{program} exists; it was not run; its schedule is {job.schedule}")


def _run(stage: Stage, environ: Mapping[str, str], job: Process, words: Sequence[str], memory: Memory) -> Outcome:
    program = StartedProgram(stage, words, environ)
    try:
        with memory.of(job.name, stage.seen_from_here(program.process), started=job.state == "started"):
            result = program.result()
    finally:
        kill(program.process)
    if result.code == 0:
        return passed(f"{job.command} ran; its schedule is {job.schedule}")
    error = condensed(result.output, stage.repository)
    return failed(
        f"{job.command} ended with exit code {result.code}: {error}", "Run it in your shell, and fix the error."
    )


def usual_jobs(answers: Mapping[str, Any]) -> list[str]:
    """The commands of the jobs that any project of this kind should run."""
    return [str(one.get("command")) for one in tables(answers, "django_schedule") if one.get("source") == USUAL]
