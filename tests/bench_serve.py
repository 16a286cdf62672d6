"""Compares our rendered server with those of other tools, and with other servers for the same files.

`make bench-serve` runs it and writes docs/performance.md. The server has one processor; wrk and PostgreSQL share another.
Everything is on loopback, in turn, for seconds; the ratio within a run counts. Needs wrk, and PostgreSQL on this machine.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import http.client
import os
import platform
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy_overlay.rehearse.memory import used
from tests import rivals
from tests.rivals import Deployed
from tests.support import Browser, interpreter, snapshot
from tests.support.cluster import Cluster, cluster
from tests.support.gunicorn import end
from tests.support.installing import python_with
from tests.support.page import write_part
from tests.support.postgres import sql
from tests.support.projects import DJANGO, USUAL_DJANGO
from tests.support.serving import free_port
from tests.support.wrk import Load, load, need_wrk

CONNECTIONS = 16
UPLOAD = 1_000_000  # bytes
# As a browser asks through the platform's proxy.
HEADERS = {
    "Host": rivals.HOST,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "203.0.113.7",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-US,en;q=0.5",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}
LOADS = ("page", "form", "static", "upload", "mix")
# Every answer must be 200: wrk itself takes a redirect for a success.
COUNTED = """
local threads = {}
function setup(thread) table.insert(threads, thread) end
function init() others = 0 end
function response(status) if status ~= 200 then others = others + 1 end end
function done()
  local all = 0
  for _, thread in ipairs(threads) do all = all + thread:get("others") end
  io.write("other than 200: " .. all .. "\\n")
end
"""
SCRIPTS = {
    "page": "",
    "static": "",
    # Every second request sends the form; without a password, because checking one takes the same time everywhere.
    "form": """
local body = "csrfmiddlewaretoken=TOKEN&username=ada&password="
local number = 0
function request()
  number = number + 1
  wrk.headers["Cookie"] = "csrftoken=COOKIE"
  if number % 2 == 1 then
    wrk.headers["Content-Type"] = nil
    return wrk.format("GET")
  end
  wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
  wrk.headers["Origin"] = "https://HOST"
  return wrk.format("POST", nil, nil, body)
end
""",
    "upload": """
wrk.method = "POST"
wrk.headers["Content-Type"] = "multipart/form-data; boundary=edge"
wrk.body = '--edge\\r\\nContent-Disposition: form-data; name="file"; filename="f.bin"\\r\\n'
  .. 'Content-Type: application/octet-stream\\r\\n\\r\\n' .. string.rep("x", SIZE) .. "\\r\\n--edge--\\r\\n"
""",
    "mix": """
local number = 0
function request()
  number = number + 1
  return wrk.format("GET", number % 10 == 0 and "/measured/wait/" or "/measured/page/")
end
""",
}


@dataclass(frozen=True)
class Subject:
    """A site and how it is served: the words after `python -m`, in which {port} is replaced."""

    name: str
    site: Deployed
    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    python: Path | None = None


@dataclass
class Running:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def browser(self) -> Browser:
        return Browser(self.origin, HEADERS)

    def memory(self) -> float:
        """MB of the server's processes together; what they share is counted once."""
        return used(self.process.pid)


def on_processor(number: int) -> list[str]:
    """Words before a command that keep it on one processor, with a priority above what else runs here, if allowed."""
    first = ["nice", "-n", "-15"] if os.geteuid() == 0 else []
    return [*first, "taskset", "-c", str(number)]


@contextlib.contextmanager
def served(subject: Subject, database: str, folder: Path) -> Iterator[Running]:
    """The subject's server while the block runs."""
    port = free_port()
    environ = subject.site.environ(database) | {"PORT": str(port)} | subject.variables
    words = [word.replace("{port}", str(port)) for word in subject.command]
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*on_processor(0), subject.python or subject.site.python, "-m", *words],
            cwd=subject.site.root, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    running = Running(process, port, log)
    try:
        wait_for(running)
        yield running
    finally:
        end(process)


def wait_for(running: Running, patience: float = 60.0) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until and running.process.poll() is None:
        with contextlib.suppress(OSError):
            if running.browser.get("/accounts/login/").status == 200:
                return
        time.sleep(0.02)
    raise AssertionError(running.log.read_text(encoding="utf-8", errors="replace"))


@dataclass(frozen=True)
class Prepared:
    """The address and the wrk script of each load, for one site."""

    paths: Mapping[str, str]
    scripts: Mapping[str, Path]


def prepared(running: Running, folder: Path) -> Prepared:
    """Check that every kind of request is answered as it should be, and write the scripts that send them."""
    browser = running.browser
    page = browser.get("/measured/page/")
    assert page.status == 200 and "500 books" in page.text, page.text
    form = browser.get("/accounts/login/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token
    cookie = next(one.value for one in browser.cookies if one.name == "csrftoken")
    assert "errorlist" in browser.post("/accounts/login/", {"username": "ada", "password": ""}).text
    sent = browser.get("/measured/wait/")
    assert sent.text == "done"
    admin = browser.get("/admin/login/").text
    static = re.search(r'href="(/static/admin/css/base[.\w]*\.css)"', admin)
    assert static and browser.get(static[1]).status == 200, admin
    words = {"TOKEN": token[1], "COOKIE": cookie or "", "HOST": rivals.HOST, "SIZE": str(UPLOAD)}
    scripts = {}
    for name, script in SCRIPTS.items():
        for word, value in words.items():
            script = script.replace(word, value)
        scripts[name] = folder / f"{name}.lua"
        scripts[name].write_text(COUNTED + script, encoding="utf-8")
    return Prepared(
        {"page": "/measured/page/", "form": "/accounts/login/", "static": static[1], "upload": "/measured/upload/",
         "mix": "/measured/page/"},
        scripts,
    )  # fmt: skip


def measured(running: Running, ready: Prepared, kind: str, seconds: int, connections: int = CONNECTIONS) -> Load:
    return load(
        running.origin + ready.paths[kind], connections=connections, seconds=seconds, headers=HEADERS,
        script=ready.scripts[kind], before=on_processor(1),
    )  # fmt: skip


def migrated(site: Deployed, database: Cluster, name: str) -> str:
    """A database with 500 books for this site; its address."""
    sql(database.url, f"CREATE DATABASE {name}")
    url = database.url.rpartition("/")[0] + f"/{name}"
    site.manage(url, "migrate", "--verbosity", "0")
    sql(
        url,
        "INSERT INTO auth_user (username, password, is_superuser, first_name, last_name, email, is_staff, is_active, "
        "date_joined) VALUES ('ada', '!', false, '', '', '', false, true, now())",
        "INSERT INTO books_author (name) SELECT 'Author ' || n FROM generate_series(1, 50) n",
        "INSERT INTO books_book (title, author_id, owner_id, cover, description, added) SELECT 'Book ' || n, "
        "(SELECT min(id) FROM books_author) + n % 50, (SELECT id FROM auth_user), '', '', now() "
        "FROM generate_series(1, 500) n",
        "ANALYZE",
    )
    return url


# The same files under other servers; Granian and gevent are installed for the comparison alone.
OTHERS = ("gevent", "packaging", "granian", "uvicorn[standard]", "uvicorn-worker")


def subjects(sites: Sequence[Deployed]) -> list[Subject]:
    """Each site as its tool serves it."""
    return [Subject(site.name, site, _on_port(site.command)) for site in sites]


def servers(site: Deployed) -> list[Subject]:
    """Our site under the servers that could be chosen, for a machine with one processor."""
    more = python_with(interpreter(*DJANGO[USUAL_DJANGO]), *rivals.requirements(site.root), *OTHERS)
    ours = _on_port(site.command)
    granian = ("granian", "--host", "127.0.0.1", "--port", "{port}", "--access-log", "--workers", "2", "--interface")
    rows: dict[str, tuple[str, ...]] = {
        "`deploy/server.py`, 1 process of 8 threads": ours,
        "the same, 2 of 4": (*ours, "--workers", "2", "--threads", "4"),
        "the same, 2 of 8": (*ours, "--workers", "2"),
        "the same, 4 of 4": (*ours, "--workers", "4", "--threads", "4"),
        "the same, 2 of 4, loaded once (`--preload`)": (*ours, "--workers", "2", "--threads", "4", "--preload"),
        "`gthread`, 1 of 8": (*ours, "--worker-class", "gthread"),
        "`gthread`, 2 of 4": (*ours, "--worker-class", "gthread", "--workers", "2", "--threads", "4"),
        "`sync`, 4 processes, loaded once": (
            *ours, "--worker-class", "sync", "--threads", "1", "--workers", "4", "--preload",
        ),
        "`gevent`, 2 processes": (*ours, "--worker-class", "gevent", "--workers", "2"),
        "Granian, WSGI, 2 of 4": (*granian, "wsgi", "--blocking-threads", "4", f"{rivals.NAME}.wsgi:application"),
        "Granian, ASGI, 2 processes": (*granian, "asginl", f"{rivals.NAME}.asgi:application"),
        "`uvicorn-worker`, 2 processes": (
            *ours, "--worker-class", "uvicorn_worker.UvicornWorker", "--workers", "2", f"{rivals.NAME}.asgi:application",
        ),
    }  # fmt: skip
    return [Subject(name, site, command, python=more) for name, command in rows.items()]


def _on_port(command: Sequence[str]) -> tuple[str, ...]:
    return tuple(":{port}" if word == ":8000" else word for word in command)


@dataclass
class Figures:
    """What the rounds of one subject measured."""

    loads: dict[str, list[Load]] = field(default_factory=dict)
    memory: list[float] = field(default_factory=list)  # MB, after the loads
    starts: list[float] = field(default_factory=list)  # s until the first page

    def rate(self, kind: str) -> float:
        return statistics.median(one.rate for one in self.loads[kind])

    def p99(self, kind: str) -> float:
        return statistics.median(one.p99 for one in self.loads[kind])

    def spread(self, kind: str) -> str:
        rates = [one.rate for one in self.loads[kind]]
        return f"{min(rates):,.0f} to {max(rates):,.0f}"

    def bad(self) -> int:
        return sum(one.bad for rounds in self.loads.values() for one in rounds)


def compared(
    rows: Sequence[Subject], urls: Mapping[str, str], folder: Path, rounds: int, seconds: int
) -> dict[str, Figures]:
    """The figures of each subject by name, measured in turn."""
    found: dict[str, Figures] = {row.name: Figures() for row in rows}
    for _ in range(rounds):
        for row in rows:
            figures, begun = found[row.name], time.monotonic()
            with served(row, urls[row.site.name], folder) as running:
                figures.starts.append(time.monotonic() - begun)
                ready = prepared(running, folder)
                measured(running, ready, "page", 1)  # the first requests open connections and compile templates
                for kind in LOADS:
                    figures.loads.setdefault(kind, []).append(measured(running, ready, kind, seconds))
                figures.memory.append(running.memory())
            told = "  ".join(f"{kind} {figures.loads[kind][-1].rate:,.0f}" for kind in LOADS)
            print(f"{row.name}: {told}  {figures.memory[-1]:.0f} MB", flush=True)
    return found


@dataclass
class Visitors:
    """People who ask for a page again and again, each on a connection that is kept as a browser keeps it."""

    port: int
    path: str
    every: float  # seconds between two requests of one visitor
    asked: list[tuple[float, float, bool]] = field(
        default_factory=list
    )  # when, how long in seconds, whether with success

    @contextlib.contextmanager
    def visiting(self, number: int) -> Iterator[None]:
        over = threading.Event()
        threads = [threading.Thread(target=self.visit, args=[over]) for _ in range(number)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def visit(self, over: threading.Event) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not over.wait(self.every):
            begun, good = time.monotonic(), False
            try:
                connection.request("GET", self.path, headers=HEADERS)
                answer = connection.getresponse()
                answer.read()
                good = answer.status == 200
            except (OSError, http.client.HTTPException):
                connection.close()
            self.asked.append((begun, time.monotonic() - begun, good))
        connection.close()

    def failed(self, since: float = 0.0) -> int:
        return sum(not good for begun, _, good in self.asked if begun >= since)

    def longest(self) -> float:
        return max(lasted for _, lasted, _ in self.asked)


def database_restarted(row: Subject, url: str, database: Cluster, folder: Path) -> tuple[int, int, int, float]:
    """Requests while PostgreSQL restarts: all, failed, failed of those asked once it was back, and the longest wait."""
    with served(row, url, folder) as running:
        visitors = Visitors(running.port, "/measured/page/", 0.05)
        with visitors.visiting(6):
            time.sleep(2)
            database.stop()
            time.sleep(1)
            database.start()
            back = time.monotonic()
            time.sleep(4)
    return len(visitors.asked), visitors.failed(), visitors.failed(back), visitors.longest()


def restarted(row: Subject, url: str, folder: Path, signals: int) -> tuple[int, int, float]:
    """Requests while new workers take over, again and again: all, failed, and the longest wait."""
    with served(row, url, folder) as running:
        visitors = Visitors(running.port, "/measured/page/", 0.02)
        with visitors.visiting(6):
            for _ in range(signals):
                time.sleep(1)
                running.process.send_signal(signal.SIGHUP)
                time.sleep(3)
    return len(visitors.asked), visitors.failed(), visitors.longest()


def gap(row: Subject, url: str, folder: Path, seconds: int) -> tuple[Load, int, float]:
    """A load of pages, and of the health checks beside it how many failed, and the longest wait."""
    with served(row, url, folder) as running:
        ready = prepared(running, folder)
        checks = Visitors(running.port, "/healthz", 0.05)
        with checks.visiting(1):
            pages = measured(running, ready, "page", seconds)
    return pages, checks.failed(), checks.longest()


def idle(row: Subject, url: str, folder: Path, number: int, seconds: int) -> tuple[float, float, int]:
    """Pages a second without and with this many connections on which nobody asks, and answers that were no success."""
    with served(row, url, folder) as running, contextlib.ExitStack() as stack:
        ready = prepared(running, folder)
        alone = measured(running, ready, "page", seconds)
        for _ in range(number):
            stack.enter_context(socket.create_connection(("127.0.0.1", running.port), timeout=10))
        beside = measured(running, ready, "page", seconds)
    return alone.rate, beside.rate, alone.bad + beside.bad


def section(
    tools: Mapping[str, Figures],
    choices: Mapping[str, Figures],
    others: str,
    versions: str,
    options: argparse.Namespace,
) -> str:
    """The part of the page."""
    first, *rivals_ = tools
    names = {"page": "page with three queries", "form": "login form, asked for and sent", "static": "static file of 22 kB",
             "upload": "upload of 1 MB", "mix": "pages; one of ten waits 200 ms"}  # fmt: skip
    rows = []
    for kind in LOADS:
        mine = tools[first]
        cells = [f"{mine.rate(kind):,.0f} ({mine.spread(kind)})"]
        for name in rivals_:
            cells.append(f"{tools[name].rate(kind):,.0f} ({tools[name].spread(kind)})")
        one = tools[rivals_[0]]
        cells += [f"**{mine.rate(kind) / one.rate(kind):.2f}**", f"{mine.p99(kind):,.0f} : {one.p99(kind):,.0f}"]
        rows.append(f"| {names[kind]} | " + " | ".join(cells) + " |")
    bad = ", ".join(f"{name} {figures.bad()}" for name, figures in tools.items())
    memory = ", ".join(f"{name} {statistics.median(figures.memory):.0f}" for name, figures in tools.items())
    choice = "\n".join(
        f"| {name} | "
        + " | ".join(f"{figures.rate(kind):,.0f}" for kind in LOADS)
        + f" | {figures.p99('page'):,.0f} | {figures.p99('mix'):,.0f} | {statistics.median(figures.memory):.0f} "
        f"| {figures.bad()} |"
        for name, figures in choices.items()
    )
    return f"""## Serving

The sample project with 500 books as each tool deploys it to Fly.io, on PostgreSQL, with the same Python. The server has one
processor; wrk, with {CONNECTIONS} connections and a browser's headers, and PostgreSQL share the other one. Each load runs for
{options.seconds} seconds, {options.rounds} rounds in turn, on {platform.machine()} on {datetime.date.today()}. Before it, the
machine had a load average of {options.before:.1f}. The table shows the median of the responses a second, with the lowest and the
highest; the 99th percentile, in milliseconds, is the median of the rounds.

{textwrap.fill(versions, 120)}

| load | ours | {" | ".join(rivals_)} | ours : {rivals_[0]} | 99th percentile |
| --- | --: |{" --: |" * len(rivals_)} --: | --: |
{chr(10).join(rows)}

Responses other than 200, and broken connections: {bad}. Memory of all
processes after the loads, in MB: {memory}.
{SCANNER_NOTE}

{others}

### Other servers

Our files with the servers that we could have chosen, in responses a second on the same processor. *Bad* counts responses other
than 200 and broken connections. [A decision](decisions/0027-threads-wait-for-requests-together.md) explains the choice.

| server | page | form | static | upload | mix | p99 page, ms | p99 mix, ms | memory, MB | bad |
| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |
{choice}"""


SCANNER_NOTE = (
    "django-simple-deploy and flyctl start two `sync` workers, which open a connection to PostgreSQL for each request and close\n"
    "the visitor's after it. The form is checked without a password, because hashing one takes the same time everywhere."
)


def steady(rows: Sequence[Subject], urls: Mapping[str, str], database: Cluster, folder: Path, minutes: float) -> str:
    """What happens under load for long, at restarts and with idle visitors: a table of ours and the first rival."""
    cells: dict[str, list[str]] = {}
    for row in rows:
        url = urls[row.site.name]
        asked, failed, later, longest = database_restarted(row, url, database, folder)
        cells.setdefault("PostgreSQL is away for a second: failed of all; of those asked afterwards", []).append(
            f"{failed} of {asked}; {later}"
        )
        asked, failed, longest = restarted(row, url, folder, 3)
        cells.setdefault("workers are replaced three times (SIGHUP): failed of all; the longest wait, s", []).append(
            f"{failed} of {asked}; {longest:.2f}"
        )
        alone, beside, bad = idle(row, url, folder, 1000, 5)
        cells.setdefault("pages a second beside 1,000 idle connections : without; bad", []).append(
            f"{beside:,.0f} : {alone:,.0f}; {bad}"
        )
        print(row.name, cells, flush=True)
    pages, failed, longest = gap(rows[0], urls[rows[0].site.name], folder, max(1, round(minutes * 60)))
    heads = " | ".join(row.name for row in rows)
    table = "\n".join(f"| {name} | {' | '.join(values)} |" for name, values in cells.items())
    return f"""Six visitors ask for the page all the time, each on one connection:

| what happens | {heads} |
| --- |{" --: |" * len(rows)}
{table}

In {minutes:g} minutes of full load, ours gave {pages.answers:,} pages, and {pages.bad} answers were bad. Of the health
checks beside it, one every 50 ms, {failed} failed, and the longest took {longest:.2f} s."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-serve", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=10.0, help="of full load")
    options = parser.parse_args()
    options.before = os.getloadavg()[1]
    need_wrk()
    with tempfile.TemporaryDirectory(prefix="bench-serve-") as name, cluster(on_processor(1)) as database:
        folder = Path(name)
        for part in ("ours", "simple", "scanner"):
            (folder / part).mkdir()
        sites = [
            rivals.ours(folder / "ours", snapshot(folder / "template")),
            rivals.simple_deploy(folder / "simple"),
            rivals.scanner(folder / "scanner"),
        ]
        urls = {}
        for number, site in enumerate(sites):
            site.manage(database.url, "collectstatic", "--noinput", "--verbosity", "0")
            urls[site.name] = migrated(site, database, f"site_{number}")
        tools = subjects(sites)
        with tempfile.TemporaryDirectory(prefix="bench-serve-logs-") as logs:
            compared_ = compared(tools, urls, Path(logs), options.rounds, options.seconds)
            choices = compared(servers(sites[0]), urls, Path(logs), max(1, options.rounds // 2), options.seconds)
            others = steady(tools[:2], urls, database, Path(logs), options.minutes)
        text = section(compared_, choices, others, told_versions(sites, servers(sites[0])[0], database), options)
    print(text)
    write_part("bench-serve", text)


def told_versions(sites: Sequence[Deployed], other: Subject, database: Cluster) -> str:
    ours, simple = (site.packages() for site in sites[:2])
    more = Deployed("", other.site.root, other.python or other.site.python, (), {}).packages()
    names = [f"{name} {ours[name]}" for name in ("gunicorn", "django", "whitenoise", "psycopg")]
    names += [f"{name} {simple[name]}" for name in ("psycopg2-binary", *rivals.SIMPLE_DEPLOY) if name in simple]
    names += [f"{name} {more[name]}" for name in ("granian", "gevent", "uvicorn", "uvicorn-worker")]
    return f"Versions: PostgreSQL {database.programs.version}, {', '.join(names)}."


if __name__ == "__main__":
    main()
