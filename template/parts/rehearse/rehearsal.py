"""The rehearsal itself: the order of the checks, and which are skipped after a failure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from .browser import Browser
from .database import emptied_database, opened_database, other_databases
from .http_checks import Visit
from .overlay import Overlay, Platform, load_overlay
from .own_settings import OwnSettings
from .program import Stage
from .progress import Progress
from .project_checks import (
    check_collectstatic,
    check_deploy,
    check_image_build,
    check_migrate,
    check_migrations,
    check_refusal,
    check_settings,
    check_variables,
)
from .record import Book, Outcome
from .scratch import new_folder
from .served import WITH_SERVER, check_served
from .server import Server, running_server
from .surroundings import (
    build_environment,
    own_environment,
    production_environment,
    rehearsal_log,
    repository_above,
    shell_environment,
    supplied_by_file,
    supplied_variables,
)

SETTINGS_CHECK = "production settings"
DATABASE_CHECK = "empty database"
BEFORE_SERVER = ("check --deploy", "missing migrations", "migrate", "collectstatic", "image build")


@dataclass(frozen=True)
class Options:
    """Options of the command line; None and empty mean the default."""

    platform: str | None = None
    host: str | None = None
    env_file: Path | None = None
    verbose: bool = False


@dataclass
class Rehearsal:
    """A running or finished rehearsal. `servable` is true once it ran for the first platform."""

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

    def browser(self, running: Server, platform: Platform) -> Browser:
        host = self.host or platform.host(self.environ, self.facts.get("ALLOWED_HOSTS") or ())
        return Browser(running, host, platform.proxy_headers())

    def run(self, lasting: contextlib.ExitStack) -> None:
        """Run all checks; the database exists as long as `lasting`."""
        first, *others = self.platforms
        self.environ = self._environ(first)
        prepared = self._prepared(lasting)
        with self._about(first):
            if prepared:
                self.servable = self._served(first)
            else:
                self.book.skip(WITH_SERVER, "an earlier step failed")
        for platform in others:
            with self._about(platform):
                self._also(platform)

    def _also(self, platform: Platform) -> None:
        """Checks that differ on another platform: its variables, hosts and proxy."""
        if not self.servable:
            self.book.skip((SETTINGS_CHECK, *WITH_SERVER), f"the project does not run for {self.platforms[0].name}")
            return
        kept = self.environ, self.facts
        self.environ = {**self._environ(platform), "DATABASE_URL": self.environ["DATABASE_URL"]}
        if self.book.run(SETTINGS_CHECK, self._settings):
            self._served(platform)
        else:
            self.book.skip(WITH_SERVER, "the production settings cannot be used")
        self.environ, self.facts = kept

    @contextlib.contextmanager
    def _about(self, platform: Platform) -> Iterator[None]:
        """Label checks with the platform if there are several."""
        self.book.label = platform.name if len(self.platforms) > 1 else ""
        yield
        self.book.label = ""

    def _prepared(self, lasting: contextlib.ExitStack) -> bool:
        """Run everything before the server; False if the server cannot run."""
        book, stage = self.book, self.stage
        if not book.run("variables", partial(check_variables, self.overlay, self.environ, stage)):
            book.skip((SETTINGS_CHECK, DATABASE_CHECK, *BEFORE_SERVER), "a variable is missing")
            return False
        if note := self.overlay.another_python():
            book.leave_open(note)
        if self.environ.get("PYTHONPATH"):
            book.leave_open("PYTHONPATH of this shell was used: modules found through it are missing on a platform.")
        book.say("choosing a database")
        database = lasting.enter_context(opened_database(stage, self.overlay, self.environ))
        self.database = database.description
        for sentence in database.unproven:
            book.leave_open(sentence)
        self.environ["DATABASE_URL"] = database.url
        if not book.run(SETTINGS_CHECK, self._settings):
            book.skip((DATABASE_CHECK, *BEFORE_SERVER), "the production settings cannot be used")
            return False
        outcome, self.environ = lasting.enter_context(emptied_database(stage, database, self.facts, self.environ))
        if not book.run(DATABASE_CHECK, lambda: outcome):
            book.skip(BEFORE_SERVER, "there is no empty database")
            return False
        if note := other_databases(database, self.facts):
            book.leave_open(note)
        for name in (self.overlay.key_variable, "DATABASE_URL"):
            if name in self.overlay.required:
                refuses = partial(check_refusal, stage, self.environ, name, self.facts)
                book.run(f"needs {name}", refuses)
        book.run(BEFORE_SERVER[0], self._checks)
        if not self.found:
            book.skip(BEFORE_SERVER[1:], "the project cannot be loaded")
            return False
        book.run(BEFORE_SERVER[1], partial(check_migrations, stage, self.environ))
        migrated = book.run(
            BEFORE_SERVER[2], partial(check_migrate, stage, self.environ, database, self.overlay.before_migrate)
        )
        collected = book.run(BEFORE_SERVER[3], self._collectstatic)
        building = build_environment(self.overlay, shell_environment(), stage.scratch)
        book.run(BEFORE_SERVER[4], partial(check_image_build, stage, building))
        return migrated and collected

    def _served(self, platform: Platform) -> bool:
        """Start the server, send requests, stop it; return whether it kept running."""
        serving = running_server(self.stage, self.overlay, self.environ)
        return check_served(self.book, serving, partial(self._visit, platform), self.static)

    def _visit(self, platform: Platform, running: Server) -> Visit:
        scratch = self.stage.scratch
        environ = own_environment(self.overlay, platform, self.environ, shell_environment(), scratch)
        own = OwnSettings(self.stage, self.overlay.project_settings, environ, self.environ)
        pages, logins, (unbuilt, _) = self.found["pages"], self.found["logins"], self.overlay.built()
        browser = self.browser(running, platform)
        return Visit(browser, self.facts, pages, logins, str(platform.header), own, unbuilt)

    def _settings(self) -> Outcome:
        outcome, self.facts = check_settings(self.stage, self.environ, self.book)
        return outcome

    def _checks(self) -> Outcome:
        outcome, self.found = check_deploy(self.stage, self.environ)
        return outcome

    def _collectstatic(self) -> Outcome:
        before, after = self.overlay.built()
        if before:
            # They write beside the sources, and a rehearsal changes nothing of the project.
            self.book.leave_open(f"A build runs {' and '.join(before)} before collectstatic: not run here.")
        outcome, self.static = check_collectstatic(self.stage, self.environ, self.facts, after)
        return outcome

    def _environ(self, platform: Platform) -> dict[str, str]:
        static_root = self.stage.scratch / "static"
        environ = production_environment(self.overlay, platform, self.supplied, shell_environment(), static_root)
        if self.host:
            environ["DEPLOY_HOSTS"] = ",".join(filter(None, [environ.get("DEPLOY_HOSTS", ""), self.host]))
        return environ


@contextlib.contextmanager
def rehearsed(options: Options, progress: Progress) -> Iterator[Rehearsal]:
    """Rehearse in the current folder; the database and temporary folder exist until the context ends.

    Raises:
        Stop: the rehearsal cannot begin; the sentence says what to change.
    """
    parts = load_overlay()
    platforms = (parts.platform(options.platform),) if options.platform else parts.platforms
    from_file = supplied_by_file(options.env_file) if options.env_file else {}
    supplied = supplied_variables(parts, shell_environment(), from_file)
    root = Path.cwd()
    repository = repository_above(root)
    with contextlib.ExitStack() as lasting:
        scratch = lasting.enter_context(new_folder())
        log = rehearsal_log(repository) or scratch / "rehearsal.log"
        stage = Stage(root, repository, scratch, parts.package, log, options.verbose)
        rehearsal = Rehearsal(stage, parts, platforms, supplied, Book(progress.say), options.host)
        try:
            rehearsal.run(lasting)
        finally:
            progress.clear()
        yield rehearsal
