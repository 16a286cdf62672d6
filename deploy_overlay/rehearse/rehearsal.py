"""The rehearsal itself: the order of the checks, and which are skipped after a failure."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..base import overlay_files, sealed
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import first_of
from ..base.plan import Process, Shell
from ..base.quoting import shell_word
from ..plan.backups import BACKUPS
from ..plan.runs import keeps_uploads_free, uploads
from ..summary import by_name, local_clients, only_by_hand
from . import here
from .aliases import is_beside
from .browser import Browser
from .build import build_front_end, modules_in_place, run_before_collectstatic
from .database import SQLITE, Database, database_variables, empty_databases, open_database, unproven_release
from .differences import WRITE_ELSEWHERE, Differences, pointers
from .dumps import check_backup
from .engine import ImageStage, containers, find_engine
from .http_checks import Visit
from .installation import install
from .kept_files import check_kept_files
from .mail import check_mail
from .memory import Memory, check_memory
from .own_settings import OwnSettings
from .preparation import CannotTest, Installed, NotReady, Tree
from .processes import Command, broker_variables, check_process, commands, note_not_started
from .production import Production, Target, production
from .progress import Progress
from .project_checks import (
    LFS_CURE,
    absent_from,
    check_collectstatic,
    check_deploy,
    check_migrations,
    check_refusal,
    check_release,
    check_settings,
    check_variables,
    start_without,
)
from .results import FAIL, SKIP, Outcome, Results, failed, noted, passed
from .scheduled import check_job, usual_jobs
from .scratch import new_folder
from .server import Server, running_server
from .server_checks import WITH_SERVER, check_server
from .services import Services, start_services
from .stage import WINDOWS, Stage, StartedProgram
from .tree import leave_out, left_out, take
from .uploads import Kept, check_uploads
from .variables import build_environment, own_environment, production_environment, supplied_variables
from .without_overlay import allowed_host, own_variables

VARIABLES_CHECK = "variables"
PREPARATION = ("code", "installation", "front end")
SETTINGS_CHECK = "production settings"
DATABASE_CHECK = "empty database"
BUILD_CHECKS = ("check --deploy", "missing migrations", "collectstatic")
RELEASE_CHECK = "release"
COMMANDS_CHECK = "build commands"
CODE_CHECK = "code unchanged"
IMAGE_CHECK = "image"
MAIL_CHECK = "mail"
MEMORY_CHECK = "memory"
MISSING_CHECK = "missing"
BY_HAND_CHECK = "image built by hand"
LOCAL_CHECK = "services on localhost"
NAMED_FILES = 40  # that an image built by hand would have besides


@dataclass(frozen=True)
class Options:
    """Options of the command line; None and empty mean the default."""

    platform: str = ""
    host: str = ""
    env_file: Path | None = None
    postgres: str = ""  # address of a server on which a throw-away database is made
    here: bool = False  # in the current folder and environment
    image: str | None = None  # the name of an image, "" to build it; None runs the project without one
    only: tuple[str, ...] | None = None  # what of all that is not committed is part of it; None for everything
    fetch: bool = False  # whether production's Python is fetched where it is missing
    memory: int = 0  # MB of each process, 0 for what the platform has
    verbose: bool = False


@dataclass
class Rehearsal:
    """A running or finished rehearsal. `servable` is true once it ran for the first platform."""

    options: Options
    production: Production
    targets: tuple[Target, ...]
    scratch: Path
    log: Log
    results: Results
    tree: Tree | None = None
    differences: Differences | None = None
    installed: Installed | None = None
    image_stage: ImageStage | None = None
    database: str = "none"
    databases: dict[str, str] = field(default_factory=dict)  # variables that hold their addresses
    environ: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    static: dict[str, Any] = field(default_factory=dict)
    services: Services | None = None
    supplied: frozenset[str] = frozenset()  # names of the variables that the owner gave
    writable: tuple[Path, ...] = ()
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of each platform, what it does not build from
    files: sealed.State = field(default_factory=dict)  # of the tree as it was taken
    beside: bool = False  # whether a database is in the code folder, which is written to then
    started: bool = False  # whether anything of the site ran that could write
    servable: bool = False

    @property
    def platform_names(self) -> str:
        return ", ".join(target.name for target in self.targets)

    @property
    def stage(self) -> Stage:
        """Where the project's programs run, once it is installed."""
        assert self.tree and self.installed
        if self.image_stage:
            return self.image_stage
        bound = () if self.options.here else sealed.bound_by_write_bits()
        root = self.production.answers.django_root
        return Stage(
            self.tree.folder / root,
            self.tree.folder,
            self.scratch,
            self.production.package,
            self.log.path,
            self.installed.python,
            self.options.verbose,
            bound,
        )

    def browser(self, running: Server, target: Target) -> Browser:
        own = allowed_host(self.facts.get("ALLOWED_HOSTS")) if self.production.own else ""
        return Browser(running, self.options.host or own or target.host(self.environ), target.proxy_headers())

    def run(self, lasting: contextlib.ExitStack) -> None:
        """Run all checks; the services exist as long as `lasting`."""
        first, *others = self.targets
        supplied = supplied_variables(self.production, self.options.env_file)
        self.supplied = frozenset(supplied)
        if not self._prepare(lasting, supplied):
            rest = (SETTINGS_CHECK, DATABASE_CHECK, *BUILD_CHECKS, RELEASE_CHECK, *WITH_SERVER, *self._processes())
            self.results.skip(rest, "an earlier step failed")
            return
        self.environ = self._environ(first, supplied)
        database = self._build(lasting)
        with self._about(first), self._sealed_code(first):
            if database and self.results.run(RELEASE_CHECK, partial(self._run_release, database)):
                self.servable = self._serve(first)
            else:
                lacking = () if database else (RELEASE_CHECK,)
                self.results.skip((*lacking, *WITH_SERVER, *self._processes()), "an earlier step failed")
        for target in others:
            with self._about(target):
                self._check_other_target(target, supplied)

    def _prepare(self, lasting: contextlib.ExitStack, supplied: dict[str, str]) -> bool:
        """Take the tree, install it, build its front end; False if that does not work."""
        results, answers = self.results, self.production.answers
        if lacking := check_kept_files(answers, results):
            results.run("kept files", lambda: lacking)
        if private := only_by_hand(answers, overlay_files.paths(answers), NAMED_FILES):
            results.run(BY_HAND_CHECK, lambda: noted(". ".join(private)))
        if told := local_clients(answers):
            results.run(LOCAL_CHECK, lambda: noted(". ".join(told)))
            results.remarks.append("the code connects to localhost")
        self._start_services(lasting, supplied)
        given = {*supplied, self.production.key_variable, *database_variables(self.production, supplied)}
        if not results.run(VARIABLES_CHECK, partial(check_variables, self.production, given, answers.root)):
            results.skip(PREPARATION, "a variable is missing")
            return False
        if self.options.here:
            self.tree, self.installed = here.use_current_folder(answers, results)
            return True
        steps: dict[str, Callable[[], Outcome]] = dict(
            zip(PREPARATION, (self._take_tree, self._install, self._build_front_end), strict=True)
        )
        if self.options.image is not None:
            steps = {PREPARATION[0]: self._take_tree, IMAGE_CHECK: partial(self._use_image, lasting)}
        names = tuple(steps)
        for number, (name, step) in enumerate(steps.items()):
            try:
                made = results.run(name, _or_its_outcome(step))
            except CannotTest as error:
                results.add_unproven(str(error))
                results.skip(names[number:], "it cannot be tested on this machine")
                return False
            if not made:
                results.skip(names[number + 1 :], "an earlier step failed")
                return False
        return True

    def _take_tree(self) -> Outcome:
        self.tree = take(self.production.answers.root, self.scratch / "tree", self.log, self.options.only)
        for sentence in self.tree.unproven:
            self.results.add_unproven(sentence)
        self.differences = Differences(self.production.answers, self.tree, self.log, services_lack=self._lacks_redis)
        self.results.explain = self.differences.cure
        kept = pointers(self.tree.folder)
        if lacking := self._check_lfs(kept) or self._check_ignored_files():
            return lacking
        if self.options.image is None:  # an engine keeps to the file by itself
            self.left_out = {one.key: left_out(self.tree, self._ignore_file(one)) for one in self.targets}
            self.files = sealed.state(self.tree.folder)
            self._leave_out(self.targets[0])
        what = "the commit that is checked out"
        if changed := self.tree.changed:
            what = "what `git add --all` would commit" if self.options.only is None else "what a deployment commits"
            what += f"; not committed yet: {first_of(changed, 3)}"
        used = self._of_the_site(kept)
        if outside := [path for path in kept if path not in used]:
            return noted(f"{what}; Git LFS has the content of {first_of(outside, 3)}, which is outside the site")
        return passed(what)

    def _ignore_file(self, target: Target) -> str:
        """What keeps files out of the build, POSIX, from the git root."""
        name = target.platform.runs.ignore_file if target.platform else ".dockerignore"
        of_ours = name == ".dockerignore" and self.production.plan.own_dockerfile
        return f"{self.production.plan.folder}/Dockerfile.dockerignore" if of_ours else name

    def _leave_out(self, target: Target) -> None:
        """Let the tree be what the platform builds from, with what the build has written since."""
        if not self.tree or target.key not in self.left_out:
            return
        now = sealed.state(self.tree.folder)
        paths = [path for path in self.left_out[target.key] if now.get(path) in (None, self.files.get(path))]
        leave_out(self.tree, paths, self.scratch / "left-out", self.log)
        if self.differences:
            self.differences.leave_out(self._ignore_file(target), paths)

    def _check_lfs(self, found: Sequence[str]) -> Outcome | None:
        """A failure for files of Git LFS: a git push has the pointers alone, and so has the export that a deployment sends.

        Those outside the Django root and of the front end that is built are the site's only where collectstatic
        finds them, which says so itself.
        """
        platforms = [one.name for one in self.targets if one.platform]
        if found and not platforms:  # a project without the overlay, which may be built from a checkout that has them
            self.results.add_unproven(
                f"{first_of(found, 3)}: a platform may get only the Git LFS pointer, not the content."
            )
        used = self._of_the_site(found)
        if not used or not platforms:
            return None
        return failed(
            f"{first_of(used, 3)}: {' and '.join(platforms)} would get only the Git LFS pointer, not the content",
            LFS_CURE.format(shell_word(used[0])),
        )

    def _of_the_site(self, paths: Sequence[str]) -> list[str]:
        """Those of the paths, POSIX from the git root, that are in the Django root or in the front end that is built."""
        front = self.production.answers.values.get("django_frontend") or {}
        roots = [self.production.answers.django_root, *([str(front["root"])] if front else [])]
        return [path for path in paths if any(root in ("", ".") or path.startswith(f"{root}/") for root in roots)]

    def _check_ignored_files(self) -> Outcome | None:
        """A failure for files that a platform reads in what is pushed to it, and that git ignores."""
        assert self.differences
        for target in self.targets:
            if target.platform and target.platform.build == "source":
                told, cure = self.differences.left_out(target.platform.rendered(self.production.answers.values))
                if told:
                    return failed(f"{told}: not in git, so {target.name} would not get it", cure)
        return None

    def _use_image(self, lasting: contextlib.ExitStack) -> Outcome:
        """Build the image of the tree, or take the one that is named, and run everything in it from now on."""
        assert self.tree
        image, plan = self.options.image, self.production.plan
        if not image:
            ours = plan.own_dockerfile and not self.production.own
            dockerfile = f"{plan.folder}/Dockerfile" if ours else "Dockerfile"
            if not (self.tree.folder / dockerfile).is_file():
                return failed(
                    f"there is no {dockerfile}",
                    "Rehearse without --image, or add a platform that runs an image: `deploy-overlay add fly`.",
                )
        engine = find_engine()
        if not image:
            self.results.say("building the image")
            image = engine.build(
                self.tree.folder, dockerfile, self.production.answers.texts("django_build_secrets"), self.log
            )
            lasting.callback(engine.remove, image)
        about = engine.configuration(image)
        place = Path(about.get("WorkingDir") or "/")
        root = Path("/app") if not self.production.own else place
        scratch, container, names = lasting.enter_context(containers(engine, image, self.scratch))
        self.image_stage = ImageStage(
            place, root, scratch, self.production.package, self.log.path, Path("python"), self.options.verbose,
            engine=engine, image=image, container=container, names=names,
        )  # fmt: skip
        said = self.image_stage.run(["python", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], {})
        self.installed = Installed(Path("python"), Path(), said.output.strip())
        user = about.get("User") or "root"
        return passed(f"{Path(engine.program).stem}, Python {self.installed.version}, as the user {user}")

    def _install(self) -> Outcome:
        assert self.tree
        answers = self.production.answers
        self.installed = install(self.tree, answers.values, self.log, self.results.say, fetch=self.options.fetch)
        for sentence in self.installed.unproven:
            self.results.add_unproven(sentence)
        manager = answers.text("django_dependency_manager", "pip")
        return passed(f"as production does it, with {manager} on Python {self.installed.version}")

    def _build_front_end(self) -> Outcome:
        assert self.tree
        return build_front_end(self.tree, self.production.answers.values, self.scratch, self.log, self.results)

    def _start_services(self, lasting: contextlib.ExitStack, supplied: dict[str, str]) -> None:
        """Start what stands in for the plan's resources, and give the addresses to the variables that ask for them."""
        told = self.production.answers.values.get("django_uploads")
        public = isinstance(told, Mapping) and told.get("access") == "public"
        self.services = start_services(
            self.production.plan, supplied, public=public, scratch=self.scratch, log=self.log, say=self.results.say,
            lasting=lasting,
        )  # fmt: skip
        for sentence in self.services.unproven:
            self.results.add_unproven(sentence)
        supplied |= self.services.variables

    @property
    def _lacks_redis(self) -> bool:
        """Whether production has a Redis and this rehearsal has none."""
        return bool(self.production.plan.resource("redis")) and not (self.services and self.services.redis)

    def _check_other_target(self, target: Target, supplied: Mapping[str, str]) -> None:
        """Checks that differ on another platform: its variables, hosts and proxy."""
        if not self.servable:
            self.results.skip((SETTINGS_CHECK, *WITH_SERVER), f"the project does not run on {self.targets[0].name}")
            return
        kept = self.environ, self.facts
        self._leave_out(target)
        self.environ = {**self._environ(target, supplied), **self.databases}
        if self._run_loading(SETTINGS_CHECK, self._settings):
            with self._sealed_code(target):
                self._serve(target)
        else:
            self.results.skip(WITH_SERVER, "the production settings cannot be used")
        self.environ, self.facts = kept

    @contextlib.contextmanager
    def _about(self, target: Target) -> Iterator[None]:
        """Label checks with the platform if there are several."""
        self.results.label = target.name if len(self.targets) > 1 else ""
        yield
        self.results.label = ""

    def _build(self, lasting: contextlib.ExitStack) -> Database | None:
        """Run what a build does, and what can be said before a release; the empty database if the server can run."""
        results, stage = self.results, self.stage
        results.say("choosing a database")
        database = lasting.enter_context(
            open_database(stage, self.production, self.environ, results.say, self.options.postgres)
        )
        self.database = database.description
        for sentence in database.unproven:
            results.add_unproven(sentence)
        self.databases = dict(database.variables)
        self.environ |= self.databases
        if self.production.own:
            self.environ |= own_variables(self.production.answers.values)
        # Settings that no overlay completes: DEBUG is one finding of several, and those that follow are worth as much. The
        # same holds for a database beside the code, and for static files that nobody collects.
        if not self._run_loading(SETTINGS_CHECK, self._settings) and not (self.production.own and self.facts):
            results.skip((DATABASE_CHECK, *BUILD_CHECKS), "the production settings cannot be used")
            return None
        emptied = lasting.enter_context(empty_databases(stage, database, self.facts, self.environ))
        if not results.run(DATABASE_CHECK, lambda: emptied.outcome):
            if not self.production.own or not is_beside(self.facts["databases"], stage.repository):
                results.skip(BUILD_CHECKS, "there is no empty database")
                return None
            # The file is in the rehearsal's own tree, and empty unless git has it.
            self.beside = True
            database = replace(database, description="SQLite beside the code")
        for sentence in emptied.unproven:
            results.add_unproven(sentence)
        needed = [] if self.production.own else [self.production.key_variable, "DATABASE_URL"]
        without = {
            name: start_without(stage, self.environ, name, self.facts)
            for name in needed
            if name in self.production.required
        }
        checks = None if self._commands_before() else self._start_checks()
        for name, program in without.items():
            results.run(f"needs {name}", partial(check_refusal, stage, name, program))
        before = self._before_collectstatic()
        self._run_loading(BUILD_CHECKS[0], partial(self._checks, checks or self._start_checks()))
        if not self.found or not before:
            results.skip(BUILD_CHECKS[1:], "the project cannot be loaded" if before else "an earlier step failed")
            return None
        self._note_optional_files()
        results.run(BUILD_CHECKS[1], partial(check_migrations, stage, self.found["migrations"]))
        collected = results.run(BUILD_CHECKS[2], self._collectstatic)
        return database if collected or self.production.own else None

    def _run_loading(self, name: str, check: Callable[[], Outcome]) -> bool:
        """Run a check that loads the project, which proves nothing where that needs what this machine does not have."""
        try:
            return self.results.run(name, check)
        except CannotTest as error:
            self.results.add_unproven(str(error))
            self.results.skip((name,), "it cannot be tested on this machine")
            return False

    def _run_release(self, database: Database) -> Outcome:
        self.started = True
        if self.image_stage and not any(one.kind == "release" for one in self.production.plan.processes):
            return passed("the image runs the release when it starts, because its database is on a volume")
        outcome, output = check_release(self.stage, self.environ, database, self.production.plan.app.release)
        sentence = unproven_release(output, database) if outcome.status == FAIL else ""
        if not sentence:
            return outcome
        self.results.add_unproven(sentence)
        return Outcome(SKIP, "not finished: the database here differs from production's")

    def _note_optional_files(self) -> None:
        """Name the ignored files that the project reads where they are: production does without them."""
        if not self.differences:
            return
        wanted = {*self.facts.get("absent", ()), *self.found.get("absent", ())}
        if found := self.differences.optional(wanted):
            told = f"{', '.join(found)}: the project reads it, but git ignores it, so production lacks it"
            self.results.run("ignored files", lambda: noted(told))

    def _commands_before(self) -> tuple[str, ...]:
        """What a build runs before it collects static files; that of an image has run them."""
        return () if self.image_stage else tuple(self.production.plan.app.build[: self._collects_at()])

    def _before_collectstatic(self) -> bool:
        """Run what a build runs before it collects static files; True if the rest can be tested."""
        commands_before = self._commands_before()
        if not commands_before:
            return True
        if self.options.here:
            # They write beside the sources, and here nothing of the project is changed.
            self.results.add_unproven(
                f"The build runs {' and '.join(commands_before)} before collectstatic, which --here does not do."
            )
            return True
        building = self._building()
        absent = absent_from(building, self.environ, self.facts)
        run = partial(run_before_collectstatic, self.stage, building, absent, commands_before)
        try:
            with self._modules():
                return self.results.run(COMMANDS_CHECK, run)
        except CannotTest as error:
            self.results.add_unproven(str(error))
            self.results.skip((COMMANDS_CHECK,), "it cannot be tested on this machine")
            # Pages do without compiled translations, but not without what other commands write.
            return commands_before == ("compilemessages",)

    def _collects_at(self) -> int:
        names = [command.partition(" ")[0] for command in self.production.plan.app.build]
        return names.index("collectstatic") if "collectstatic" in names else len(names)

    def _collectstatic(self) -> Outcome:
        # The build of an image has collected them.
        build = () if self.image_stage else self.production.plan.app.build[self._collects_at() :]
        if self.options.here and (elsewhere := here.collected_elsewhere(self.facts, self.environ["STATIC_ROOT"])):
            return elsewhere
        with self._modules():
            outcome, self.static = check_collectstatic(
                self.stage, self._building(), self.environ, build, self.facts, self.found["static_elsewhere"]
            )
        return outcome

    def _modules(self) -> contextlib.AbstractContextManager[None]:
        """Node's packages where Django collects from them, as while production is built."""
        if self.options.here or self.image_stage or not self.tree:
            return contextlib.nullcontext()
        return modules_in_place(self.tree, self.production.answers.values, self.scratch)

    def _building(self) -> dict[str, str]:
        assert self.installed
        if self.production.own:  # whether its build has variables is the owner's affair, and on most platforms it has
            return self.environ
        static = {"STATIC_ROOT": self.environ["STATIC_ROOT"]} if self.options.here else {}
        return {**build_environment(self.production, self.installed, self.scratch), **static}

    def _serve(self, target: Target) -> bool:
        """Start the server, send requests, stop it; then all else that the plan has. Return whether the server kept running."""
        memory, results = Memory(), self.results
        serving = running_server(self.stage, self.production, self.environ)
        visited, uploads = partial(self._visit, target), partial(self._uploads, target)
        served = check_server(results, serving, visited, self.static, uploads, memory, health=not self.production.own)
        if services := self.services:
            mail = partial(check_mail, self.stage, self.environ, services.mail, self.supplied)
            results.run(MAIL_CHECK, partial(mail, overlay=not self.production.own))
            if services.redis:
                services.redis.empty()
        apart = target.platform is not None and not keeps_uploads_free(target.platform)
        for command in commands(target.beside, broker_variables(self.production.answers.values), apart=apart):
            self._process(command, target, memory)
        for job in (one for one in target.beside if one.kind == "cron" and one.chosen != BACKUPS):
            self._job(job, target, memory)
        for backup in (one for one in target.beside if one.chosen == BACKUPS):
            self._backup(backup, target)
        if any(peak.megabytes for peak in memory.peaks.values()):
            limit = self.options.memory or target.memory
            results.run(MEMORY_CHECK, partial(check_memory, memory, limit, target.name))
        if target.missing:
            results.run(MISSING_CHECK, partial(self._note_missing, target))
        return served

    def _process(self, command: Command, target: Target, memory: Memory) -> None:
        name = f"process {command.name}"
        if WINDOWS:
            self._add_unproven(f"{command.line} was not tested: the platform runs it on Linux.", command.started)
        elif self._lacks_redis:
            self._add_unproven(f"{command.line} was not tested: it needs Redis.", command.started)
        else:
            loading = float(self.found["loading"])
            jobs = sum(one.kind == "cron" for one in target.beside)
            check = partial(check_process, self.stage, self.environ, command, target.grace, loading, memory, jobs)
            self._run_optional(name, check, command.started, target)

    def _job(self, job: Process, target: Target, memory: Memory) -> None:
        usual = usual_jobs(self.production.answers.values)
        check = partial(check_job, self.stage, self.environ, job, usual, memory)
        self._run_optional(f"job {job.name}", check, job.state == "started", target)

    def _backup(self, process: Process, target: Target) -> None:
        assert self.services and self.services.dumps
        if WINDOWS or self.database == SQLITE:
            where = "the platform runs it on Linux" if WINDOWS else "it needs PostgreSQL"
            self.results.add_unproven(f"{process.command} was not tested: {where}.")
            return
        check = partial(check_backup, self.stage, self.environ, process, self.services.dumps, self.results.say)
        self._run_optional(f"process {process.name}", check, True, target)

    def _run_optional(self, name: str, check: Callable[[], Outcome], started: bool, target: Target) -> None:
        """Run a check of something that may be left out there: then it is told, and is no part of the verdict."""

        def unasked() -> Outcome:
            try:
                return note_not_started(check(), target.name)
            except CannotTest as error:
                return noted(f"not started on {target.name}, and not tested here: {error}")

        try:
            self.results.run(name, check if started else unasked)
        except CannotTest as error:
            self.results.add_unproven(str(error))
            self.results.skip((name,), "it cannot be tested on this machine")

    def _add_unproven(self, sentence: str, started: bool) -> None:
        """What is not proven, unless production does without it."""
        if started:
            self.results.add_unproven(sentence)

    def _note_missing(self, target: Target) -> Outcome:
        """What the project has and its production lacks there; it is the owner's choice, and no failure."""
        told = []
        for lack in target.missing:
            price = f", {lack.price} a month more" if lack.price else ""
            how = by_name(self.production.answers, "set", lack.option) if lack.option else "see deploy/README.md"
            told.append(f"{lack.text} ({how}{price})")
            self.results.remarks.append(lack.text)
        return noted("\n".join(told))

    def _processes(self) -> tuple[str, ...]:
        beside = self.targets[0].beside
        jobs = [f"job {one.name}" for one in beside if one.kind == "cron" and one.chosen != BACKUPS]
        backups = [f"process {one.name}" for one in beside if one.chosen == BACKUPS]
        return (MAIL_CHECK, *(f"process {one.name}" for one in commands(beside)), *jobs, *backups)

    @contextlib.contextmanager
    def _sealed_code(self, target: Target) -> Iterator[None]:
        """While the site runs, it cannot change its code where the platform forbids it; what it changed is told."""
        if self.options.here or self.image_stage or self.beside:
            yield
            return
        assert self.tree
        folder = self.tree.folder
        runs = target.platform
        forbidden = runs is None or runs.has_image or runs.runs.code == "read-only"
        before = sealed.state(folder, self.writable)
        if forbidden:
            sealed.seal(folder, self.writable)
        try:
            yield
        finally:
            sealed.unseal(folder)
        if not self.started:
            return
        written = sealed.changes(before, sealed.state(folder, self.writable))
        self.results.run(CODE_CHECK, partial(_unchanged, written, forbidden))

    def _uploads(self, target: Target, running: Server) -> Outcome:
        lasting = [self.stage.repository] if self.options.here else [path.resolve() for path in self.writable]
        where = uploads(self.production.answers.values)
        if volume := self.environ.get("DEPLOY_DATA"):
            lasting.append(Path("/data" if self.image_stage else volume).resolve())
        served = target.name if target.platform and target.platform.runs.serves_media else ""
        bucket = self.services.bucket if self.services else None
        kept = Kept(where, lasting, target.plan.media, served, bucket)
        return check_uploads(self.stage, self.environ, self.browser(running, target), kept, self.found["file_fields"])

    def _visit(self, target: Target, running: Server) -> Visit:
        assert self.installed
        filled = self.services.filled if self.services else {}
        given = {**filled, **self.environ}
        environ = own_environment(self.production, target, given, self.installed, self.scratch)
        environ["STATIC_ROOT"] = str(self.facts["STATIC_ROOT"] or "")  # where they were collected
        module, sealed_code = self.production.project_settings, not self.options.here
        own = OwnSettings(
            self.stage, module, environ, self.environ, in_a_copy=sealed_code, explain=self.results.explain
        )
        pages, logins = self.found["pages"], self.found["logins"]
        browser = self.browser(running, target)
        health, header = not self.production.own, str(target.header)
        return Visit(browser, self.facts, pages, logins, header, own, health=health, remarks=self.results.remarks)

    def _settings(self) -> Outcome:
        outcome, self.facts = check_settings(self.stage, self.environ, self.results)
        return outcome

    def _start_checks(self) -> StartedProgram:
        return self.stage.start_action(self.environ, "checks", str(self.stage.repository))

    def _checks(self, program: StartedProgram) -> Outcome:
        outcome, self.found = check_deploy(self.stage, program, self.facts)
        return outcome

    def _environ(self, target: Target, supplied: Mapping[str, str]) -> dict[str, str]:
        """The environment of a platform's processes, with folders for what lasts there."""
        assert self.tree and self.installed
        shell = target.platform.runs.shell if target.platform else Shell()
        app = self.tree.folder / self.production.answers.text(shell.folder or "", ".")
        environ = production_environment(self.production, target, supplied, self.installed, self.scratch, app)
        if self.options.here:
            environ["STATIC_ROOT"] = str(self.scratch / "static")
        if target.platform is None or target.platform.has_image or self.options.here:
            media = self.scratch / "data" / "media"
            media.mkdir(parents=True, exist_ok=True)
            self.writable = ()
            environ |= {"DEPLOY_DATA": str(media.parent), "MEDIA_ROOT": str(media)}
            if target.platform and not self.image_stage:
                # Set by the image that ours begins with: https://github.com/docker-library/python
                environ.setdefault("PYTHON_VERSION", self.installed.version)
        elif self.tree:
            self.writable = tuple(app / name for name in target.platform.runs.writable)
            for folder in self.writable:
                folder.mkdir(parents=True, exist_ok=True)
        if self.options.host:
            environ["DEPLOY_HOSTS"] = ",".join(filter(None, [environ.get("DEPLOY_HOSTS", ""), self.options.host]))
        return environ


def _unchanged(written: list[str], forbidden: bool) -> Outcome:
    if not written:
        return passed("the site wrote nothing to the folder of its code")
    told = first_of(written, 5)
    if not forbidden:
        return noted(f"the site wrote to the folder of its code, which the platform discards at each restart: {told}")
    return failed(
        f"the site wrote to the folder of its code, which it cannot do in production: {told}",
        f"{WRITE_ELSEWHERE[0].upper()}{WRITE_ELSEWHERE[1:]}",
    )


def _or_its_outcome(step: Callable[[], Outcome]) -> Callable[[], Outcome]:
    def run() -> Outcome:
        try:
            return step()
        except NotReady as error:
            return error.outcome

    return run


@contextlib.contextmanager
def rehearsed(options: Options, answers: Answers, log: Log, progress: Progress) -> Iterator[Rehearsal]:
    """Rehearse the project of these answers; services and temporary folders exist until the context ends.

    Raises Failure if the rehearsal cannot begin.
    """
    made = production(answers)
    targets = (made.target(options.platform),) if options.platform else made.targets
    made = replace(made, targets=targets)
    with contextlib.ExitStack() as lasting:
        scratch = lasting.enter_context(new_folder())
        rehearsal = Rehearsal(options, made, targets, scratch, log, Results(progress.say))
        try:
            rehearsal.run(lasting)
        finally:
            progress.clear()
        yield rehearsal
