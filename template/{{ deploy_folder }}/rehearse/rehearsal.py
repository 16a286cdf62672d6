"""The rehearsal itself: which check comes after which, and what is left out when one of them fails."""

from __future__ import annotations

import contextlib
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from . import database as databases
from . import forms, http_checks, overlay, project_checks, server, surroundings
from .browser import Browser, NoAnswer
from .overlay import Overlay, Platform
from .program import Stage, undisturbed
from .record import Book, Outcome, failed

SETTINGS = "production settings"
DATABASE = "empty database"
BEFORE_SERVER = ("check --deploy", "missing migrations", "migrate", "collectstatic")
SERVER = "server"
OVER_HTTP = ("health page", "pages", "static file", "https redirect", "secure cookies", "form post", "wrong host")
STOP = "stop on SIGTERM"
WITH_SERVER = (SERVER, *OVER_HTTP, STOP)


@dataclass(frozen=True)
class Options:
    """What the command line asks for; None and empty mean the default."""

    platform: str | None = None
    host: str | None = None
    env_file: Path | None = None
    verbose: bool = False


@dataclass
class Rehearsal:
    """A rehearsal as it goes on, and its results when it is over. `servable` once the project answers over HTTP."""

    stage: Stage
    overlay: Overlay
    platforms: tuple[Platform, ...]
    supplied: Mapping[str, str]
    book: Book
    host: str | None = None
    database: str = "none"
    environ: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    static: dict[str, Any] = field(default_factory=dict)
    servable: bool = False

    @property
    def platform_names(self) -> str:
        return ", ".join(platform.name for platform in self.platforms)

    def browser(self, running: server.Server, platform: Platform) -> Browser:
        return Browser(running, self.host or platform.host(self.environ), platform.proxy_headers())

    def run(self, lasting: contextlib.ExitStack) -> None:
        """Make all checks; the database lasts as long as `lasting` does."""
        first, *others = self.platforms
        self.environ = self._environ(first)
        prepared = self._prepared(lasting)
        with self._about(first):
            if prepared:
                self._served(first)
            else:
                self.book.skip(WITH_SERVER, "the steps before it failed")
        for platform in others:
            with self._about(platform):
                self._also(platform)

    def _also(self, platform: Platform) -> None:
        """What is different on another platform: its variables, hosts and proxy."""
        if not self.servable:
            self.book.skip((SETTINGS, *WITH_SERVER), f"the project does not run for {self.platforms[0].name}")
            return
        kept = self.environ, self.facts
        self.environ = {**self._environ(platform), "DATABASE_URL": self.environ["DATABASE_URL"]}
        if self.book.run(SETTINGS, self._settings):
            self._served(platform)
        else:
            self.book.skip(WITH_SERVER, "the production settings cannot be used")
        self.environ, self.facts = kept

    @contextlib.contextmanager
    def _about(self, platform: Platform) -> Iterator[None]:
        """Name the platform on its checks where there are several."""
        self.book.label = platform.name if len(self.platforms) > 1 else ""
        yield
        self.book.label = ""

    def _prepared(self, lasting: contextlib.ExitStack) -> bool:
        """Everything before the server runs; False when it cannot run."""
        book, stage = self.book, self.stage
        if not book.run("variables", partial(project_checks.variables, self.overlay, self.environ, stage)):
            book.skip((SETTINGS, DATABASE, *BEFORE_SERVER), "a variable is missing")
            return False
        if self.environ.get("PYTHONPATH"):
            book.leave_open("PYTHONPATH of this shell was kept: what is found through it is on no platform.")
        book.say("choosing a database")
        database = lasting.enter_context(databases.opened(stage, self.overlay, self.environ))
        self.database = database.description
        for sentence in database.unproven:
            book.leave_open(sentence)
        self.environ["DATABASE_URL"] = database.url
        if not book.run(SETTINGS, self._settings):
            book.skip((DATABASE, *BEFORE_SERVER), "the production settings cannot be used")
            return False
        outcome, self.environ = lasting.enter_context(databases.emptied(stage, database, self.facts, self.environ))
        if not book.run(DATABASE, lambda: outcome):
            book.skip(BEFORE_SERVER, "there is no empty database")
            return False
        if note := databases.engine_note(database, self.facts):
            book.leave_open(note)
        for name in (self.overlay.key_variable, "DATABASE_URL"):
            if name in self.overlay.required:
                refuses = partial(project_checks.refuses, stage, self.environ, name, self.facts)
                book.run(f"needs {name}", refuses)
        book.run(BEFORE_SERVER[0], self._checks)
        if not self.found:
            book.skip(BEFORE_SERVER[1:], "the project cannot be loaded")
            return False
        book.run(BEFORE_SERVER[1], partial(project_checks.migrations, stage, self.environ))
        migrated = book.run(BEFORE_SERVER[2], partial(project_checks.migrate, stage, self.environ, database))
        collected = book.run(BEFORE_SERVER[3], self._collectstatic)
        return migrated and collected

    def _served(self, platform: Platform) -> None:
        """Start the server, ask it over HTTP, stop it."""
        with contextlib.ExitStack() as lasting:
            running: list[server.Server] = []

            def start() -> Outcome:
                started = lasting.enter_context(server.running(self.stage, self.overlay, self.environ))
                running.append(started)
                return server.answered(started)

            if not self.book.run(SERVER, _guarded(start)):
                self.book.skip((*OVER_HTTP, STOP), "the server does not run")
                return
            self.servable = True
            browser = self.browser(running[0], platform)
            visit = http_checks.Visit(
                browser, self.facts, self.found["pages"], self.found["logins"], str(platform.header)
            )
            checks: tuple[Callable[[], Outcome], ...] = (
                partial(http_checks.health, visit),
                partial(http_checks.pages, visit),
                partial(http_checks.static_file, visit, self.static),
                partial(http_checks.https_redirect, visit),
                partial(http_checks.cookies, visit),
                partial(forms.form_post, visit),
                partial(http_checks.wrong_host, visit),
                running[0].stop,
            )
            names = (*OVER_HTTP, STOP)
            for number, (name, check) in enumerate(zip(names, checks, strict=True)):
                alive = running[0].process.poll() is None
                if not alive:
                    self.servable = False
                    self.book.skip(names[number:], "the server has ended")
                    return
                self.book.run(name, _guarded(check))

    def _settings(self) -> Outcome:
        outcome, self.facts = project_checks.settings(self.stage, self.environ, self.book)
        return outcome

    def _checks(self) -> Outcome:
        outcome, self.found = project_checks.deploy_check(self.stage, self.environ)
        return outcome

    def _collectstatic(self) -> Outcome:
        outcome, self.static = project_checks.collectstatic(self.stage, self.environ, self.facts)
        return outcome

    def _environ(self, platform: Platform) -> dict[str, str]:
        static_root = self.stage.scratch / "static"
        environ = surroundings.production(self.overlay, platform, self.supplied, surroundings.shell(), static_root)
        if self.host:
            environ["DEPLOY_HOSTS"] = ",".join(filter(None, [environ.get("DEPLOY_HOSTS", ""), self.host]))
        return environ


@contextlib.contextmanager
def rehearsed(options: Options, say: Callable[[str], None]) -> Iterator[Rehearsal]:
    """Rehearse in the current folder; database and temporary folder last until the context is left.

    Raises:
        Stop: the rehearsal cannot begin; the sentence says what to change.
    """
    parts = overlay.load()
    platforms = (parts.platform(options.platform),) if options.platform else parts.platforms
    from_file = surroundings.read_env_file(options.env_file) if options.env_file else {}
    supplied = surroundings.given(parts, surroundings.shell(), from_file)
    root = Path.cwd()
    repository = surroundings.repository(root)
    with contextlib.ExitStack() as lasting:
        scratch = lasting.enter_context(_scratch())
        log = surroundings.log_file(repository) or scratch / "rehearsal.log"
        stage = Stage(root, repository, scratch, parts.package, log, options.verbose)
        rehearsal = Rehearsal(stage, parts, platforms, supplied, Book(say), options.host)
        rehearsal.run(lasting)
        yield rehearsal


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="rehearsal-")).resolve()
    try:
        yield folder
    finally:
        with undisturbed():
            shutil.rmtree(folder, onerror=_writable)


def _writable(remove: Callable[..., object], path: str, error: object) -> None:
    """Windows does not delete files that are read-only; what cannot be deleted at all stays in the temporary folder."""
    with contextlib.suppress(OSError):
        Path(path).chmod(stat.S_IRWXU)
        remove(path)


def _guarded(check: Callable[[], Outcome]) -> Callable[[], Outcome]:
    """The check with a server that went away or went silent as its failure."""

    def guarded() -> Outcome:
        try:
            return check()
        except server.NotServing as error:
            return error.outcome
        except NoAnswer as error:
            return failed(str(error), "Look at the server's output for what it was doing.")

    return guarded
