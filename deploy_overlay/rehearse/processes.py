"""Runs production's background processes: starts each worker and scheduler, gives it a job and stops it."""

from __future__ import annotations

import contextlib
import re
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ..base.answers import texts
from ..base.message import first_of
from ..base.plan import Process
from ..plan.backups import BACKUPS
from ..plan.processes import CLOCK
from ..plan.runs import tables
from .aliases import HERE
from .inside.work import TASKS
from .memory import Memory
from .preparation import CannotTest
from .results import FAIL, NOTE, Outcome, failed, noted, passed
from .stage import Stage, StartedProgram, group_lives, kill
from .trouble import condensed

SETTLED = (
    5.0  # seconds after which a process that still runs has not failed at its start, where the project loads in one
)
DONE_WITHIN = 60.0  # seconds for a worker to start and to do its first job
MINUTE, SPARE = 60.0, 5.0  # seconds
BEAT_KEEPS = "/tmp/celerybeat-schedule"  # as detection writes it
FEW = 4  # entries of a schedule that are named

# As Celery's consumer says it, with the password already hidden.
_UNREACHED = re.compile(
    r"Cannot connect to (?P<address>\w+://(?:\S*@)?(?P<host>\[[^\]]*\]|[^\s:/]*)\S*?)/*: (?P<why>\S.*)"
)
# As the rendered schedule.py says it.
_TABLE = re.compile(r"^(\d+) scheduled jobs?", re.MULTILINE)


class Work(NamedTuple):
    """How to give a worker a job: actions that run inside the project, and their arguments."""

    job: str
    arguments: tuple[str, ...] = ()
    place: str = ""  # the action that says where its queue is, "" if that is the database


@dataclass(frozen=True)
class Command:
    """A process by its name, and its command line in the Django root."""

    name: str
    line: str
    started: bool = True  # whether production starts it
    broker: tuple[str, ...] = ()  # variables from which the project reads the address of its queue
    apart: bool = True  # whether no disk of the site's is its disk too

    @property
    def words(self) -> list[str]:
        return shlex.split(self.line)

    @property
    def inner(self) -> list[str]:
        """The words of the program itself, also if a shell starts it."""
        words = self.words
        if words[:2] != ["sh", "-c"]:
            return words
        with contextlib.suppress(ValueError):
            return shlex.split(words[2].removeprefix("exec "))
        return words

    @property
    def work(self) -> Work | None:
        """How to give it a job; None for a process that takes none, which only has to start and keep running."""
        words = self.inner
        if self._of_celery("worker"):
            return Work("celery-job", (self.celery_app, _option(words, "--queues", "-Q")), "celery-place")
        if "rqworker" in words and "django_tasks" not in self.line:
            return Work("rq-job", tuple(words[words.index("rqworker") + 1 :]), "rq-place")
        if "db_worker" in words or "rqworker" in words:
            return Work("tasks-job")
        if "procrastinate" in words and "worker" in words:
            return Work("procrastinate-job")
        if "qcluster" in words:
            return Work("django-q-job")
        if "run_huey" in words:
            return Work("huey-job")
        if "rundramatiq" in words:
            return Work("dramatiq-job")
        return None

    @property
    def is_beat(self) -> bool:
        return self._of_celery("beat")

    @property
    def celery_app(self) -> str:
        return _option(self.inner, "--app", "-A")

    @property
    def scheduler(self) -> str:
        """The scheduler of beat, if its command line names one."""
        return _option(self.inner, "--scheduler", "-S")

    @property
    def is_clock(self) -> bool:
        """Whether it is the overlay's own schedule.py."""
        return self.name == CLOCK and self.inner[-1].endswith(".schedule")

    def _of_celery(self, kind: str) -> bool:
        words = self.inner
        names = [Path(word).name for word in words[:3]]
        return "celery" in names and kind in words and bool(self.celery_app)


def commands(processes: Sequence[Process], broker: Sequence[str] = (), *, apart: bool = True) -> list[Command]:
    """The background processes, workers first: otherwise a scheduler's task would be their first job.

    `broker`: variables from which the project reads the address of its queue. `apart`: whether each has its own disk.
    """
    listed = [one for one in processes if one.kind in ("worker", "scheduler") and one.chosen != BACKUPS]
    listed.sort(key=lambda one: one.kind == "scheduler")
    # A platform without a file for it leaves starting it to the owner, and of a server of one's own nothing is known.
    return [Command(one.name, one.command, one.state == "started", tuple(broker), apart) for one in listed]


def broker_variables(answers: Mapping[str, Any]) -> list[str]:
    """Variables from which the project reads the address of its queue."""
    stores = tables(answers, "django_stores")
    return [name for store in stores if "queue" in texts(store, "roles") for name in texts(store, "variables")]


def check_process(
    stage: Stage,
    environ: Mapping[str, str],
    command: Command,
    grace: int,
    loading: float = 1.0,
    memory: Memory | None = None,
    jobs: int = 0,
) -> Outcome:
    """The process starts, does a job where it can be given one, else stays, and stops on SIGTERM within `grace` seconds.

    `loading` is how many seconds the project takes to load on this machine: an error at its start comes after that. `jobs`
    is how many a process that starts scheduled jobs has to find.

    Raises CannotTest if the message broker is on another machine and cannot be reached from this one.
    """
    settled = SETTLED * max(1.0, loading)
    said = stage.scratch / f"process-{command.name}.log"
    if trouble := _wrong_place(stage, environ, command):
        return trouble
    scheduled = _schedule(stage, environ, command)
    if scheduled and scheduled.status == FAIL:
        return scheduled
    if command.is_clock:
        _wait_for_a_quiet_time(settled)
    with said.open("wb") as output:
        try:
            # What beat keeps between its starts is that of another project here, where production has a machine for each.
            kept = str(stage.scratch / "celerybeat-schedule")
            words = [word.replace(BEAT_KEEPS, kept) for word in command.words]
            process = stage.start(words, with_tasks(environ, command), output)
        except OSError as error:
            return failed(
                f"{command.words[0]} cannot be started: {error.strerror}",
                "Add what provides it to the dependencies that production installs.",
            )
    watched = memory or Memory()
    try:
        with watched.of(command.name, stage.seen_from_here(process), started=command.started):
            followed = _followed(stage, environ, command, process, said, settled)
            if followed.status != FAIL and command.is_clock:
                followed = _table_read(_text(said), command, jobs)
            if followed.status == FAIL:
                return followed
            stopped = _stopped(stage, process, command, grace)
    finally:
        kill(process)
        stage.keep(f"$ {command.line}\n{_text(said)}")
    return _joined(scheduled, followed, stopped)


def note_not_started(outcome: Outcome, place: str) -> Outcome:
    """The outcome as a note, for a process that production does not start."""
    if outcome.status == FAIL:
        return noted(f"not started on {place}, where it would fail: {outcome.detail}")
    return Outcome(outcome.status, f"not started on {place}; here: {outcome.detail}")


def with_tasks(environ: Mapping[str, str], command: Command) -> dict[str, str]:
    """The environment of a worker that has to import the rehearsal's task, from a folder with nothing else."""
    if not command.work or command.work.job != "tasks-job":
        return dict(environ)
    path = [*filter(None, [environ.get("PYTHONPATH", "")]), str(TASKS)]
    return {**environ, "PYTHONPATH": ":".join(path)}


def _wrong_place(stage: Stage, environ: Mapping[str, str], command: Command) -> Outcome | None:
    """A failure if the queue is on this machine because of the code or a default, and not because of a variable.

    Production has none there, and the jobs in it are the developer's.
    """
    work = command.work
    if not work or not work.place:
        return None
    found = stage.inside(environ, work.place, *work.arguments)
    if found.data is None:
        return None  # the process itself says what is wrong
    host, port = str(found.data["host"]), int(found.data["port"])
    given = any(re.search(rf"(?<!\d){port}(?!\d)", value) for value in environ.values())
    if not port or host not in HERE or given:
        return None
    unset = " or ".join(name for name in command.broker if not environ.get(name))
    why = f"{unset} is not set" if unset else "no variable names it"
    return failed(
        f"{command.line} cannot reach its message broker at {host}:{port}: {why}, and production has none there",
        f"{f'Set {unset}' if unset else 'Read its address from a variable. Set that'} on the platform, and here in a file for "
        "--env-file FILE.",
    )


def _schedule(stage: Stage, environ: Mapping[str, str], command: Command) -> Outcome | None:
    """The outcome of reading beat's schedule; None for other processes."""
    if not command.is_beat:
        return None
    found = stage.inside(environ, "celery-schedule", command.celery_app, command.scheduler)
    if found.data is None:
        error = condensed(found.output, stage.repository)
        return failed(f"{command.line} cannot read its schedule: {error}", "Correct the schedule.")
    entries: dict[str, str] = found.data["entries"]
    if not entries:
        place = "the database" if "Database" in found.data["scheduler"] else "its settings"
        return noted(f"found no entry in {place}")
    named = first_of(list(entries), FEW)
    if unknown := found.data["unknown"]:
        return noted(f"found {named} in its schedule, but the project has no task {first_of(unknown, FEW)}")
    return passed(f"found {named} in its schedule")


def _wait_for_a_quiet_time(seconds: float) -> None:
    """Wait until no minute begins for so long, because schedule.py then starts the project's own jobs."""
    left = MINUTE - time.time() % MINUTE
    if left < seconds + SPARE:
        time.sleep(left)


def _table_read(said: str, command: Command, jobs: int) -> Outcome:
    found = _TABLE.search(said)
    if not found or int(found[1]) != jobs:
        read = f"read {found[1]} scheduled jobs" if found else "did not read its scheduled jobs"
        return failed(
            f"{command.line} {read}; the plan has {jobs}",
            "Run `deploy-overlay update`, which writes deploy/schedule.py again.",
        )
    return passed(f"read {jobs} scheduled job{'s' if jobs != 1 else ''}")


def _followed(
    stage: Stage,
    environ: Mapping[str, str],
    command: Command,
    process: subprocess.Popen[bytes],
    said: Path,
    settled: float,
) -> Outcome:
    """Wait until its job is done, or, if it takes none, until it has run long enough."""
    work, started = command.work, time.monotonic()
    deadline = started + (DONE_WITHIN + settled if work else settled)
    with _start_job(stage, environ, work) as job:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                return _died(stage, command, process, said)
            if work and (unreached := _unreached(command, _text(said))):
                return unreached
            if job and job.process.poll() is not None:
                judged = _judged(stage, command, job, said)
                if judged:
                    return judged
                # It cannot be given a job, and has to stay as what can be asked nothing.
                job, deadline = None, started + settled
            time.sleep(0.1)
        if job:
            kill(job.process)
            return _judged(stage, command, job, said) or passed("started and kept running")
    return passed("started and kept running; no job was sent" if work else "started and kept running")


@contextlib.contextmanager
def _start_job(stage: Stage, environ: Mapping[str, str], work: Work | None) -> Iterator[StartedProgram | None]:
    if work is None:
        yield None
        return
    job = stage.start_action(environ, work.job, *work.arguments, f"{DONE_WITHIN:.0f}")
    try:
        yield job
    finally:
        kill(job.process)


def _judged(stage: Stage, command: Command, job: StartedProgram, said: Path) -> Outcome | None:
    """The outcome of the job; None for a worker that takes none."""
    result = job.result()
    found: Mapping[str, Any] = result.data or {}
    if found.get("done"):
        return passed(str(found.get("how", "did a job")))
    if found.get("answered"):
        return passed(f"answered, and was given no job, as {found['untried']}")
    if "local" in found and (command.apart or "memory" in str(found["local"])):
        return failed(
            f"{command.line} gets no job of the site: its queue is {found['local']}, and the site runs elsewhere",
            "Keep the queue in Redis or PostgreSQL.",
        )
    if "untried" in found or "local" in found:
        return None
    if not found:
        error = condensed(result.output, stage.repository)
        cure = "Correct this error: the site could not queue jobs either."
        return failed(f"no job could be sent to {command.line}: {error}", _newer_driver(error) or cure)
    error = condensed(_text(said), stage.repository)
    return failed(
        f"{command.line} did no job within {DONE_WITHIN:.0f} seconds ({found.get('said')}): {error}",
        "Read the address of the message broker from the environment, as production sets it.",
    )


def _newer_driver(error: str) -> str:
    """The fix if Celery's newest kombu refuses a pinned driver: Celery's extra requires one that fits. Else empty."""
    found = re.search(r"VersionMismatch: .*requires (?P<name>\w+?)(?:-py)? versions? (?P<wanted>[\d.]+)", error)
    if not found:
        return ""
    name, wanted = found["name"], found["wanted"]
    return f"Require {name}>={wanted} in what production installs, or celery[{name}], which asks for one that fits."


def _died(stage: Stage, command: Command, process: subprocess.Popen[bytes], said: Path) -> Outcome:
    error = condensed(_text(said), stage.repository)
    cure = "Correct this error: the platform would restart the process again and again."
    return failed(f"{command.line} ended with exit code {process.returncode}: {error}", cure)


def _unreached(command: Command, said: str) -> Outcome | None:
    """A failure if the message broker is expected on the site's own machine, where production has none."""
    found = _UNREACHED.search(said)
    if not found:
        return None
    told = f"{command.line} cannot reach its message broker at {found['address']}: {found['why'].rstrip('.')}"
    if found["host"].strip("[]") not in HERE:
        raise CannotTest(
            f"{told}. Run this again where it can be reached, or name another one in a file for --env-file."
        )
    return failed(
        told, "Read its address from a variable. Set that on the platform, and here in a file for --env-file FILE."
    )


def _stopped(stage: Stage, process: subprocess.Popen[bytes], command: Command, grace: int) -> Outcome:
    stage.terminate(process)
    started = time.monotonic()
    try:
        process.wait(timeout=grace)
    except subprocess.TimeoutExpired:
        return failed(
            f"{command.line} still ran {grace} seconds after SIGTERM, when the platform kills it",
            "Stop on SIGTERM: https://docs.python.org/3/library/signal.html",
        )
    if group_lives(process):
        return failed(
            f"{command.line} left processes behind when it stopped", "Stop every process that it started on SIGTERM."
        )
    return passed(f"stopped in {time.monotonic() - started:.1f} of at most {grace} seconds")


def _joined(*outcomes: Outcome | None) -> Outcome:
    """One outcome for several: the failure, else all details."""
    made = [one for one in outcomes if one]
    if bad := next((one for one in made if one.status == FAIL), None):
        return bad
    told = ", ".join(one.detail for one in made)
    return noted(told) if any(one.status == NOTE for one in made) else passed(told)


def _option(words: Sequence[str], *names: str) -> str:
    """The value of an option, after a space or `=`."""
    for number, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else "".join(words[number + 1 : number + 2])
    return ""


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
