"""Measures what replacing Gunicorn's workers costs visitors, and writes the figures to docs/performance.md.

`make bench-server` runs it, on a quiet machine; wrk (a package of Debian) makes the load, on loopback alone and for
seconds. Beside it, something asks for /healthz every 50 ms, as a platform does, and notes how long it waited.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import re
import socket
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import apply_overlay, snapshot
from tests.support.gunicorn import ENVIRON, SECURE, gunicorn
from tests.support.installing import python_with
from tests.support.page import write_part
from tests.support.programs import environment, interpreter, run
from tests.support.projects import DJANGO, Project
from tests.support.wrk import load, need_wrk
from tests.template.conftest import PACKAGES, small_project

CONNECTIONS = 32
PROBE_EVERY, PROBE_PATIENCE = 0.05, 10.0  # seconds
# Real projects take seconds to import; this one is as slow as a site with the admin, an API and a dozen packages.
SLOW_IMPORT = "\nimport time\n_until = time.process_time() + 1.0\nwhile time.process_time() < _until:\n    pass\n"
SETTINGS: dict[str, list[str]] = {
    "2,000 requests, jitter 200": ["--max-requests=2000", "--max-requests-jitter=200"],
    "2,000, jitter 2,000": ["--max-requests=2000", "--max-requests-jitter=2000"],
    "2,000, jitter 200, preload": ["--max-requests=2000", "--max-requests-jitter=200", "--preload"],
    "20,000, jitter 20,000": ["--max-requests=20000", "--max-requests-jitter=20000"],
    "never (the overlay's choice)": ["--max-requests=0"],
}


@dataclass
class Probe:
    """How long a health check waited, in seconds, and how many had no good answer."""

    port: int
    waits: list[float] = field(default_factory=list)
    failures: int = 0

    def ask_until(self, done: threading.Event) -> None:
        while not done.wait(PROBE_EVERY):
            begun = time.monotonic()
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=PROBE_PATIENCE) as asking:
                    asking.sendall(b"GET /healthz HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n")
                    self.failures += not asking.recv(12).startswith(b"HTTP/1.1 200")
            except OSError:
                self.failures += 1
            self.waits.append(time.monotonic() - begun)


@dataclass(frozen=True)
class Round:
    """One run of one setting."""

    rate: float  # answers a second
    p99: float  # ms
    bad: int  # answers that were no success, connections that broke, probes that failed
    gap: float  # s, the longest wait of a probe
    restarts: int
    memory: float  # MB, of the largest worker in the end


def measured(project: Project, python: Path, options: list[str], path: str, seconds: int) -> Round:
    with gunicorn(project.root, python, *options, DATABASE_URL="sqlite:///db.sqlite3") as server:
        probe, done = Probe(server.port), threading.Event()
        asking = threading.Thread(target=probe.ask_until, args=[done])
        asking.start()
        headers = {"Host": "library.fly.dev", **SECURE}
        answers = load(
            f"http://127.0.0.1:{server.port}{path}", connections=CONNECTIONS, seconds=seconds, headers=headers
        )
        done.set()
        asking.join()
        return Round(
            rate=answers.rate,
            p99=answers.p99,
            bad=answers.bad + probe.failures,
            gap=max(probe.waits),
            restarts=server.said().count("Autorestarting worker"),
            memory=max(map(resident, workers(server.process.pid))),
        )


def workers(parent: int) -> list[int]:
    """The processes that a Gunicorn started."""
    return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()]


def resident(process: int) -> float:
    """The memory that a process holds, in MB; nothing of one that has just ended."""
    held = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text(encoding="utf-8"))
    return int(held[1]) / 1000 if held else 0.0


def section(rows: dict[str, list[Round]], seconds: int, python: Path) -> str:
    gunicorn = run([python, "-c", "import gunicorn; print(gunicorn.__version__)"], Path.cwd()).stdout.strip()
    table = "\n".join(
        f"| {name} | {statistics.median(one.rate for one in rounds):,.0f} | {max(one.p99 for one in rounds):,.0f} "
        f"| {max(one.gap for one in rounds):.1f} | {sum(one.bad for one in rounds)} | {sum(one.restarts for one in rounds)} "
        f"| {max(one.memory for one in rounds):.0f} |"
        for name, rounds in rows.items()
    )
    rounds = len(next(iter(rows.values())))
    return f"""## Replacing workers

Two workers with four threads serve one static file to {CONNECTIONS} connections of wrk for {seconds} seconds, {rounds} times
each, in turn, on 2 processors ({platform.machine()}) on {datetime.date.today()} with Gunicorn {gunicorn}. The project takes a
second of processor time to import. *Responses a second* is the median. The 99th percentile and the longest wait of a health
check are the worst of all rounds. *Failed* counts unsuccessful responses, broken connections and failed health checks.
Memory is that of the largest worker at the end.

| a worker is replaced after | responses a second | 99th percentile, ms | longest wait, s | failed | replaced | memory, MB |
| --- | --: | --: | --: | --: | --: | --: |
{table}"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--only", default="", help="settings whose name has this in it; writes no page")
    options = parser.parse_args()
    need_wrk()
    with tempfile.TemporaryDirectory(prefix="bench-server-") as folder:
        template = Path(folder) / "template"
        snapshot(template)
        project = small_project(Path(folder) / "library")
        done = apply_overlay(project, template, deploy_platforms=["fly"])
        assert done.returncode == 0, done.stderr
        python = python_with(interpreter(*DJANGO["5.2"]), "django~=5.2.0", *PACKAGES)
        (project.root / "assets").mkdir()
        (project.root / "assets" / "site.css").write_text("body { color: rebeccapurple; }\n" * 80, encoding="utf-8")
        settings = project.root / "mysite" / "settings.py"
        extra = '\nSTATICFILES_DIRS = [BASE_DIR / "assets"]\n'
        settings.write_text(settings.read_text(encoding="utf-8") + extra, encoding="utf-8")
        environ = environment(python) | ENVIRON | {"DATABASE_URL": "sqlite:///db.sqlite3"}
        run([python, "-m", "django", "collectstatic", "--noinput"], project.root, environ)
        with (project.root / "mysite" / "wsgi.py").open("a", encoding="utf-8") as application:
            application.write(SLOW_IMPORT)
        path = "/static/" + next((project.root / "staticfiles").glob("site.*.css")).name
        chosen = {name: given for name, given in SETTINGS.items() if options.only in name}
        rows: dict[str, list[Round]] = {name: [] for name in chosen}
        for _ in range(options.rounds):
            for name, given in chosen.items():
                rows[name].append(measured(project, python, given, path, options.seconds))
                print(name, rows[name][-1], flush=True)
        part = section(rows, options.seconds, python)
        print(part)
        if not options.only:
            write_part("bench-server", part)


if __name__ == "__main__":
    main()
