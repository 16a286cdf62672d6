"""Starts scheduled jobs: `python -m deploy.schedule`. Added by deploy-overlay.

Run only one. Times are UTC, in cron's five fields: minute, hour, day of the month, month, day of
the week (0 is Sunday). A job that is still running is not started again, and jobs that were due
while this process was down are skipped.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timezone

logger = logging.getLogger("schedule")
JOBS = (
    ("clearsessions", "0 4 * * *", "python -m django clearsessions"),
)
# Seconds that jobs get to finish after SIGTERM, and then to stop; platforms wait 30.
PATIENCE, STOPPING = 24, 4
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def is_due(schedule, moment):
    """Whether the schedule includes the minute of `moment`, a datetime.

    If day of the month and day of the week are both restricted, either is enough.
    https://manpages.debian.org/stable/cron/crontab.5.en.html
    """
    fields = schedule.split()
    now = (moment.minute, moment.hour, moment.day, moment.month, moment.isoweekday() % 7)
    minute, hour, day, month, weekday = (
        value in _values(field, *limits) for field, value, limits in zip(fields, now, RANGES)
    )
    if now[4] == 0:  # Sunday is 7 too
        weekday = weekday or 7 in _values(fields[4], 0, 7)
    any_day = fields[2].startswith("*") or fields[4].startswith("*")
    return minute and hour and month and (day and weekday if any_day else day or weekday)


def _values(field, lowest, highest):
    """The numbers of a field such as `*/15` or `1-5,20`."""
    found = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            first, last = lowest, highest
        elif step and not last:
            last = highest
        found.update(range(int(first), int(last or first) + 1, int(step or 1)))
    return found


class Clock:
    """Starts jobs as processes. Call `tick` about once a second, with time.time()."""

    def __init__(self, jobs, now):
        self.jobs, self.running = jobs, {}
        self.minute = now // 60  # skipped, because a previous process may have started its jobs

    def tick(self, now):
        self.look()
        if now // 60 > self.minute:
            self.minute = now // 60
            moment = datetime.fromtimestamp(self.minute * 60, timezone.utc)
            for name, schedule, command in self.jobs:
                if is_due(schedule, moment):
                    self.start(name, command)

    def start(self, name, command):
        if command in self.running:
            logger.info("%s: not started, it is still running", name)
            return
        logger.info("%s: started", name)
        # In its own session, so that it can be stopped with its child processes.
        process = subprocess.Popen(command, shell=True, start_new_session=True)
        self.running[command] = name, process

    def look(self):
        """Report the jobs that have ended."""
        for command, (name, process) in list(self.running.items()):
            if process.poll() is not None:
                logger.info("%s: ended with exit code %s", name, process.returncode)
                del self.running[command]

    def stop(self, patience, stopping):
        """Wait `patience` seconds for jobs to finish, then terminate them and wait `stopping` seconds."""
        self.wait(patience)
        for name, process in self.running.values():
            logger.info("%s: stopped, because the scheduler is shutting down", name)
            os.killpg(process.pid, signal.SIGTERM)
        self.wait(stopping)

    def wait(self, seconds):
        until = time.monotonic() + seconds
        while self.running and time.monotonic() < until:
            self.look()
            time.sleep(0.1)


def main(now=time.time):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    from . import logs
    from .environment import require

    require()
    ending = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.append(True))
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    if logs.AS_JSON:
        logs.as_json(logging.getLogger())
    clock = Clock(JOBS, now())
    logger.info("%s scheduled jobs", len(JOBS))
    while not ending:
        clock.tick(now())
        time.sleep(1)
    clock.stop(PATIENCE, STOPPING)


if __name__ == "__main__":
    sys.exit(main())
