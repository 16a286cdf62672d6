"""Times a rehearsal of the sample against what it cannot do without, and writes the figures to docs/performance.md.

`make bench-rehearsal` runs it: Django's own checks, migrations and collectstatic alone, and with an installation kept a
rehearsal; then the installation alone, and a rehearsal that has nothing kept. All in turn, whole processes, with their
children. The processor time is what counts on a machine that does something else besides.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import apply_overlay, environment, make_project, snapshot
from tests.support.overlay import failed_checks, rehearse
from tests.support.programs import BIN, run
from tests.support.projects import Project
from tests.support.proof import minor

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- written by make bench-rehearsal -->\n", "<!-- end of what make bench-rehearsal wrote -->\n"
ALONE = (["check", "--deploy"], ["makemigrations", "--check"], ["collectstatic", "--noinput"], ["migrate", "--noinput"])
NAMES = {
    "django": "Django alone: checks, migrations, collectstatic",
    "warm": "a rehearsal, installation kept",
    "install": "the installation alone",
    "cold": "a rehearsal, nothing kept",
}


@dataclass
class Times:
    """Of each round, in seconds: `wall` that passed, and `busy` of the processors."""

    wall: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Measure what runs within this block."""
        since, before = time.monotonic(), _busy()
        yield
        self.wall.append(time.monotonic() - since)
        self.busy.append(_busy() - before)


def _busy() -> float:
    """What all processes that have ended took of the processors; those of this one have been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Bench:
    """The sample with the overlay, and a folder for what is made of it."""

    project: Project
    folder: Path

    def install(self) -> Path:
        """As a build hook installs it: the Python."""
        place = self.folder / "installed"
        shutil.rmtree(place, ignore_errors=True)
        environ = self.environment()
        run([self.project.python, "-m", "venv", place], self.project.root, environ)
        python = place / BIN / "python"
        run([python, "-m", "pip", "install", "-r", self.project.requirements], self.project.dependency_root, environ)
        return python

    def django(self) -> None:
        """The same questions without a rehearsal; on SQLite, which is faster to migrate than a server that has to start."""
        python = self.folder / "installed" / BIN / "python"
        database, static = self.folder / "alone.sqlite3", self.folder / "static"
        environ = self.environment() | {
            "DJANGO_SETTINGS_MODULE": "deploy.settings",
            "SECRET_KEY": "".join(f"{number:02x}" for number in range(40)),
            "DATABASE_URL": f"sqlite:///{database.as_posix()}",
            "STATIC_ROOT": str(static),
        }
        for words in ALONE:
            run([python, "-m", "django", *words], self.project.django_root, environ)
        database.unlink()
        shutil.rmtree(static)

    def rehearse(self, cache: Path) -> None:
        report = rehearse(self.project, env=self.environment() | {"XDG_CACHE_HOME": str(cache)})
        assert not failed_checks(report), report

    def rehearse_cold(self) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder) as cache:
            self.rehearse(Path(cache))

    def environment(self) -> dict[str, str]:
        """Downloads are kept for all of them: the network is not what is measured."""
        return environment(self.project.python, PIP_CACHE_DIR=str(self.folder / "downloads"))


def section(times: dict[str, Times], bench: Bench) -> str:
    busy = {name: statistics.median(one.busy) for name, one in times.items()}
    wall = {name: statistics.median(one.wall) for name, one in times.items()}
    table = "\n".join(f"| {NAMES[name]} | {wall[name]:.1f} | {busy[name]:.1f} |" for name in times)
    over = {name: f"{seconds['warm'] - seconds['django']:.1f}" for name, seconds in (("wall", wall), ("busy", busy))}
    python = run([bench.project.python, "-V"], bench.folder).stdout.strip()
    load, rounds = os.getloadavg()[0], len(times["warm"].wall)
    return f"""{BEGIN}## Rehearsals

The sample project for Heroku with PostgreSQL, on {os.cpu_count()} processors ({platform.machine()}) on
{datetime.date.today()} with {python}, and a load average of {load:.0f}; on a quiet machine less time passes.
Everything ran in turn, {"once" if rounds == 1 else f"{rounds} times: the median counts"},
with pip's downloads kept. Django alone runs on SQLite; a rehearsal starts PostgreSQL and Gunicorn, sends requests, saves an
upload and stops the site.

| what | passed, s | of a processor, s |
| --- | --: | --: |
{table}
| **a rehearsal over Django alone** | **{over["wall"]}** | **{over["busy"]}** |
{END}"""


def written(page: str, part: str) -> str:
    """The page with this part in the place of the one before, or at its end."""
    before, begin, rest = page.partition(BEGIN)
    return before + part + rest.partition(END)[2] if begin else f"{page.rstrip()}\n\n{part}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dry-run", action="store_true", help="write no page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-rehearsal-") as folder:
        template = Path(folder) / "template"
        snapshot(template)
        project = make_project(Path(folder) / "shelf")
        done = apply_overlay(project, template, deploy_platforms=["heroku"], django_python_version=minor(project))
        assert done.returncode == 0, done.stderr
        for words in (["add", "--all"], ["commit", "--quiet", "--message", "Add deploy-overlay"]):
            subprocess.run(["git", *words], cwd=project.root, env=environment(), check=True)
        bench = Bench(project, Path(folder))
        bench.install()
        cache = Path(folder) / "cache"
        bench.rehearse(cache)
        steps: dict[str, Callable[[], object]] = {
            "django": bench.django,
            "warm": lambda: bench.rehearse(cache),
            "install": bench.install,
            "cold": bench.rehearse_cold,
        }
        times = {name: Times() for name in steps}
        for _ in range(options.rounds):
            for name, step in steps.items():
                with times[name].one():
                    step()
                print(f"{name}: {times[name].wall[-1]:.1f} s, {times[name].busy[-1]:.1f} s busy", file=sys.stderr)
        part = section(times, bench)
        print(part)
        if not options.dry_run:
            PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), part), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
