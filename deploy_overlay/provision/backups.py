"""`backup` and `restore`: the database of a site in a file on this machine, and back into an environment.

https://www.postgresql.org/docs/current/backup-dump.html
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import platformdirs

from ..adapter.cli import report_unexpected_output
from ..adapter.request import PRODUCTION, Request
from ..adapter.site import Site
from ..base import git
from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.progress import tell
from ..base.release import command
from ..base.size import in_units
from ..base.state import State
from ..platforms import title
from .databases import Contents
from .dumps import ENDING, Dump, check_readable
from .dumps import dump as dump_postgres
from .engine import Progress
from .from_sqlite import RowsPlan, has_rows_of_its_own
from .from_sqlite import look as look_at_rows
from .restore import RestorePlan
from .restore import look as look_at_postgres
from .runs import ask_once, interrupt_on_signals, on_each_platform, show, verb_command
from .sites import database_of, site_on
from .sqlite import SqliteDatabase, SqliteFile, SqliteRestorePlan, is_sqlite
from .variables import check_there

SHOWN = 12  # tables of a plan
KINDS = {"PostgreSQL": "postgres", "SQLite": "sqlite"}  # and their names in a document for machines


@dataclass(frozen=True)
class PostgresDatabase:
    """The database of a site, by the address at which this machine reaches it."""

    url: str
    log: Log
    kind = "PostgreSQL"
    ending = ENDING

    def dump(self, file: Path) -> Dump:
        return dump_postgres(self.url, file, self.log, tell)

    def look(self, file: Path) -> RestorePlan | RowsPlan:
        """Of a dump, or of a SQLite database whose rows it gets."""
        if is_sqlite(file):
            return look_at_rows(file, self.url, self.log, tell)
        return look_at_postgres(file, self.url, self.log, tell)


@dataclass(frozen=True)
class Backup:
    """A dump of the site's database, in a file on this machine. `kind` is the database's."""

    platform: str
    app: str
    kind: str
    dump: Dump | SqliteFile

    def lines(self, restoring: Callable[[str], str]) -> list[str]:
        """For people. `restoring` is the command that restores it into an environment."""
        return [
            "",
            f"deploy-overlay: backed up {self.app} on {title(self.platform)} to this machine",
            "",
            f"  file      {self.dump.path}",
            f"  content   {self.dump.contents}, {in_units(self.dump.size)}, without uploaded files",
            f"  server    {self.kind} {self.dump.contents.version}",
            "",
            "To restore it into staging or production",
            f"  {restoring('staging')}",
            f"  {restoring(PRODUCTION)}",
        ]

    def data(self) -> dict[str, Any]:
        """The same for machines."""
        contents = self.dump.contents
        return {
            "platform": self.platform,
            "app": self.app,
            "file": str(self.dump.path),
            "bytes": self.dump.size,
            KINDS[self.kind]: contents.version,
            "tables": dict(contents.tables),
        }


def backup(name: str, answers: Answers, request: Request, state: State, log: Log, file: str) -> Backup:
    """Dump the site's database on one platform into `file`, or if that is "" into a new file outside of the repository.

    Raises Failure; no file is left then.
    """
    if file:
        check_place(Path(file), answers.root)
    module, site = _open_site(name, answers, request, state, log)
    tell(f"reaching the database of {site.title} on {title(name)} ...")
    with interrupt_on_signals(), _database(module, site, log) as database:
        path = Path(file).absolute() if file else new_file(site.name, database.ending)
        return Backup(name, site.name, database.kind, database.dump(path))


@contextlib.contextmanager
def _database(module: ModuleType, site: Site, log: Log) -> Iterator[PostgresDatabase | SqliteDatabase]:
    """Raises Failure if it cannot be reached."""
    if site.database == "sqlite":
        with report_unexpected_output(site.cli.tool.title):
            inside = module.inside(site)
        yield SqliteDatabase(inside)
        return
    with database_of(module, site) as url:
        yield PostgresDatabase(url, log)


def new_file(app: str, ending: str) -> Path:
    """The path of a new, dated file outside of any repository."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    return platformdirs.user_data_path("deploy-overlay", appauthor=False) / "backups" / f"{app}-{stamp}{ending}"


def check_place(file: Path, root: Path) -> None:
    """Raises Failure for a path in the project, or in another repository that does not ignore it.

    It could be committed there, or deployed with the folder.
    """
    place = file.absolute().parent
    while not place.is_dir():
        place = place.parent
    inside = file.absolute().is_relative_to(root.absolute()) or file.resolve().is_relative_to(root.resolve())
    added = git.text(place, "rev-parse", "--is-inside-work-tree") == "true" and not git.text(
        place, "check-ignore", "--", str(file.absolute())
    )
    if inside or added:
        raise Failure(
            f"{file} is in a git repository, where the backup and all its data could be committed or deployed: choose a path "
            "elsewhere with --file, or leave --file out.",
            anchor="dump-not-written",
        )


def restore(name: str, answers: Answers, request: Request, state: State, log: Log, file: str, confirmed: str) -> int:
    """Restore a dump into the database of one environment; the exit status. `confirmed` is the name that was typed."""
    path = Path(file).absolute()  # programs of PostgreSQL are started in a folder of their own

    def work(platform: str, progress: Progress) -> None:
        _restore(platform, answers, request, state, log, path, confirmed, progress)

    line = verb_command(answers, request, "restore", file, "--platform", name)
    return on_each_platform([name], work, answers, log, done="restored", continue_with=line)


def _restore(
    name: str,
    answers: Answers,
    request: Request,
    state: State,
    log: Log,
    path: Path,
    confirmed: str,
    progress: Progress,
) -> None:
    check_readable(path)
    module, site = _open_site(name, answers, request, state, log)
    production = request.environment == PRODUCTION
    tell(f"reaching the database of {site.title} on {title(name)} ...")
    with _database(module, site, log) as database:
        restoring = database.look(path)
        show(_plan(restoring, database.kind, site, name))
        if production:
            _confirm(site, confirmed)
        else:
            ask_once(site.prompts, f"Replace all data in the database of {site.title}?", "Nothing was restored")
        kept: Dump | SqliteFile | None = None
        if production and restoring.before.tables:
            kept = database.dump(new_file(f"{site.name}-before", database.ending))
            progress.done.append(f"backup of the previous data, {kept.path}")
        there = restoring.carry_out()
    progress.done.append(f"{site.title} restored")
    show(_summary(answers, request, site, name, there, kept))


def copy_rows(module: ModuleType, site: Site, file: Path, log: Log) -> Contents:
    """Give a new site the rows of a local SQLite database. Raises Failure, also if the site has rows of its own already."""
    with interrupt_on_signals(), _database(module, site, log) as database:
        plan = database.look(file)
        if has_rows_of_its_own(plan.before):
            raise Failure(
                f"{site.title} has rows already ({plan.before}), so those of {file.name} were not copied.",
                anchor="rows-do-not-fit",
            )
        return plan.carry_out()


def _open_site(name: str, answers: Answers, request: Request, state: State, log: Log) -> tuple[ModuleType, Site]:
    """The site on a platform, checked: it exists there, and this machine can reach its database."""
    module, site = site_on(name, answers, request, state, log)
    if not can_back_up(module, site):
        raise Failure(
            f"This machine cannot reach databases on {title(name)}: {answers.deploy_folder}/README.md says how to back up.",
            anchor="platform-without-verb",
        )
    check_there(module, site)
    return module, site


def can_back_up(module: ModuleType, site: Site) -> bool:
    """Whether this machine reaches the database that the site has on its platform."""
    return hasattr(module, "inside" if site.database == "sqlite" else "database")


def _confirm(site: Site, confirmed: str) -> None:
    """Ask for the name of the app before its data is lost. Raises Failure for another name, or without a terminal."""
    typed = confirmed or site.prompts.ask_text(f"This replaces all data in production. Type {site.name} to continue:")
    if typed == site.name:
        return
    if not typed and not site.request.terminal:
        raise Failure(
            f"Nothing was restored, because there is no terminal to confirm in: add --confirm {site.name}.",
            anchor="nobody-said-yes",
        )
    raise Failure(f"Nothing was restored: {typed!r} is not {site.name}.", anchor="nobody-said-yes")


def _plan(restoring: RestorePlan | RowsPlan | SqliteRestorePlan, kind: str, site: Site, name: str) -> list[str]:
    """The data before and after the restore."""
    dump, before = restoring.dump, restoring.before
    of_file = isinstance(dump, SqliteFile)
    lines = ["", f"{title(name)}: plan to replace all data in the database of {site.title}", ""]
    lines += [f"  now    {before}  ({kind} {before.version})"]
    own = "SQLite" if of_file else kind
    lines += [f"  dump   {dump.contents}  ({own} {dump.contents.version}, {dump.path.name})", ""]
    lines += _compare_tables(before.tables, dump.contents.tables)
    if isinstance(dump, Dump) and dump.contents.major > before.major:
        lines += [
            "",
            f"The dump comes from PostgreSQL {dump.contents.version}. If it uses a feature that {before.version} lacks, the "
            "restore fails and changes nothing.",
        ]
    return [*lines, ""]


def _compare_tables(before: Mapping[str, int], after: Mapping[str, int]) -> list[str]:
    """The tables with the most rows, before and after."""
    names = sorted({*before, *after}, key=lambda one: (-max(before.get(one, 0), after.get(one, 0)), one))
    shown = names[:SHOWN]
    width = max((len(name) for name in shown), default=0)
    rows = [f"  {name:<{width}}  {_format_count(before, name):>12}  {_format_count(after, name):>12}" for name in shown]
    more = [f"  and {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return [f"  {'rows of':<{width}}  {'now':>12}  {'dump':>12}", *rows, *more] if rows else []


def _format_count(tables: Mapping[str, int], name: str) -> str:
    return f"{tables[name]:,}" if name in tables else "no table"


def _summary(
    answers: Answers, request: Request, site: Site, name: str, there: Contents, kept: Dump | SqliteFile | None
) -> list[str]:
    lines = ["", f"deploy-overlay: the database of {site.title} on {title(name)} is restored: {there}", ""]
    if kept:
        lines += [
            "The previous data is in",
            f"  {kept.path}",
            "To restore it",
            f"  {verb_command(answers, request, 'restore', str(kept.path), '--platform', name)}",
            "",
        ]
    lines += ["If the code is newer than the dump, deploy again or migrate"]
    words = ("run", "--platform", name, *request.option, "manage", "migrate")
    lines += [f"  {command(answers.values, *words, answers_file=answers.answers_file)}"]
    return lines
