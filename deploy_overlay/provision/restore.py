"""Replaces the content of a database by that of a dump, in one transaction: whatever happens, it is whole.

What the database holds is dropped and the dump is loaded between BEGIN and COMMIT of one connection, and COMMIT is sent only
after pg_restore has read the dump to its end. So an interrupted run leaves the old content, also where this machine loses
its power. pg_restore writes SQL for psql: by itself it would leave what the dump does not have, and what it writes for a
newer server (https://www.postgresql.org/docs/17/runtime-config-client.html#GUC-TRANSACTION-TIMEOUT) an older one refuses.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from ..base.log import Log
from ..base.message import Failure, command_line
from ..base.programs import own_group, text_of
from ..base.progress import show_progress
from .databases import OF_SITE, Contents, Database, Say, connect, connection_failure, first_error, psql
from .dumps import Dump, read

LOCKED = "30s"  # how long a running site may use what will be dropped
HEAD = 1 << 16  # bytes from the beginning in which pg_restore sets what its session needs
NEWER = b"SET transaction_timeout = 0;\n"  # from version 17
MARK = "deploy-overlay: transaction "
# Extensions that a site does not need: statistics of the server.
OF_SERVER = ("pg_stat_statements", "plpgsql", "pg_repack", "pg_cron", "pgaudit", "pg_prewarm", "pg_buffercache")
# Lines of a dump's list that are not the site's: https://www.postgresql.org/docs/current/app-pgrestore.html (--use-list).
# Event triggers belong to superusers, comments on other owners' objects are refused, and every database has the schema public.
_NOT_OF_SITE = (
    r"EVENT TRIGGER - .*", r"COMMENT - EVENT TRIGGER .*", r"COMMENT - EXTENSION .*", r"COMMENT - SCHEMA public .*",
    r"SCHEMA - (?:public|_heroku) .*", r"[A-Z ]+ _heroku .*", rf"EXTENSION - (?:{'|'.join(OF_SERVER)}) .*",
)  # fmt: skip

_MEMBER = """EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = '{catalog}'::regclass AND d.objid = {oid} AND d.deptype IN ('e', 'i'))"""
# A schema stays if somebody else owns it, or if it has extensions, which perhaps only the platform can create.
_STAYS = f"""(NOT pg_has_role(n.nspowner, 'USAGE')
    OR EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extnamespace = n.oid)
    OR {_MEMBER.format(catalog="pg_catalog.pg_namespace", oid="n.oid")})"""
KEPT_SCHEMAS = (
    f"SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE {OF_SITE} AND n.nspname <> 'public' AND {_STAYS};"
)


def _drop_query(kind: str, catalog: str, prefix: str, more: str = "", arguments: str = "") -> str:
    """Part of the query for what is dropped: the objects of one catalog that do not belong to an extension or another object."""
    name = f"format('%I.%I{'(%s)' if arguments else ''}', n.nspname, o.{prefix}name{arguments})"
    return f"""SELECT {kind} AS kind, {name} AS name
    FROM pg_catalog.{catalog} o JOIN pg_catalog.pg_namespace n ON n.oid = o.{prefix}namespace
    WHERE {OF_SITE} {more} AND NOT {_MEMBER.format(catalog=f"pg_catalog.{catalog}", oid="o.oid")}"""


_RELATION = """CASE o.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'
    WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END"""
# Tables first, because they take their dependents with them.
EVERYTHING = "\n    UNION ALL ".join(
    (
        _drop_query(_RELATION, "pg_class", "rel", "AND o.relkind IN ('r', 'p', 'f')"),
        _drop_query(_RELATION, "pg_class", "rel", "AND o.relkind IN ('v', 'm', 'S')"),
        _drop_query("'ROUTINE'", "pg_proc", "pro", arguments=", pg_catalog.pg_get_function_identity_arguments(o.oid)"),
        _drop_query(
            "'TYPE'",
            "pg_type",
            "typ",
            "AND (o.typtype IN ('e', 'd', 'r') OR o.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class c "
            "WHERE c.oid = o.typrelid AND c.relkind = 'c'))",
        ),
        _drop_query("'COLLATION'", "pg_collation", "coll"),
        _drop_query("'TEXT SEARCH CONFIGURATION'", "pg_ts_config", "cfg"),
        _drop_query("'TEXT SEARCH DICTIONARY'", "pg_ts_dict", "dict"),
    )
)
EMPTY = f"""
SET LOCAL client_min_messages = warning;
DO $deploy_overlay$
DECLARE one record;
BEGIN
  FOR one IN {EVERYTHING}
  LOOP
    EXECUTE format('DROP %s IF EXISTS %s CASCADE', one.kind, one.name);
  END LOOP;
  FOR one IN SELECT n.nspname AS name FROM pg_catalog.pg_namespace n
    WHERE {OF_SITE} AND n.nspname <> 'public' AND NOT {_STAYS}
  LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', one.name);
  END LOOP;
  PERFORM lo_unlink(l.oid) FROM pg_catalog.pg_largeobject_metadata l WHERE pg_has_role(l.lomowner, 'USAGE');
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public') THEN
    CREATE SCHEMA public;
  END IF;
END
$deploy_overlay$;
"""


@dataclass(frozen=True)
class RestorePlan:
    """A dump and the database for it, both checked; nothing is changed yet. `before` is the data that will be lost."""

    dump: Dump
    database: Database
    before: Contents

    def carry_out(self) -> Contents:
        """Replace the data. Returns the contents afterwards.

        Raises Failure, which says whether the database is unchanged, if that is known.
        """
        _check_extensions(self)
        kept = [row[0] for row in self.database.ask(KEPT_SCHEMAS)]
        with tempfile.TemporaryDirectory(prefix="deploy-overlay-") as folder:
            listing = Path(folder, "list")
            listing.write_text("\n".join(_select_entries(self.dump.listing, kept)), encoding="utf-8")
            with show_progress(f"restoring {self.dump.path.name} ..."):
                load(_unpacking(self, listing))
        with contextlib.suppress(Failure):  # slow answers until the server does it by itself, nothing else
            self.database.ask("ANALYZE;")
        return self.database.contents()


def look(file: Path, url: str, log: Log, say: Say) -> RestorePlan:
    """Read a dump completely, and check the database for it.

    Raises Failure if the dump is not complete, or the database does not answer.
    """
    dump = read(file, log, say)
    database = connect(url, log, say)
    return RestorePlan(dump, database, database.contents())


def restore(file: Path, url: str, log: Log, say: Say) -> Contents:
    """Replace the data in the database at an address with a dump. Returns the contents afterwards. Raises Failure."""
    return look(file, url, log, say).carry_out()


def _check_extensions(restoring: RestorePlan) -> None:
    wanted = [name for name in restoring.dump.extensions if name not in OF_SERVER]
    if not wanted:
        return
    there = {row[0] for row in restoring.database.ask("SELECT name FROM pg_catalog.pg_available_extensions;")}
    missing = [name for name in wanted if name not in there]
    if missing:
        several = len(missing) != 1
        raise Failure(
            f"The dump uses the extension{'s' if several else ''} {', '.join(missing)}, which the server at "
            f"{restoring.database.where} does not have. Nothing was changed. Install {'them' if several else 'it'} there, or "
            "choose another server.",
            anchor="restore-failed",
        )


def _select_entries(listing: Sequence[str], kept: Sequence[str]) -> Iterator[str]:
    """The lines of a dump's list to restore. `kept` are schemas that exist already."""
    stays = (rf"SCHEMA - {re.escape(name)} .*" for name in kept)
    pattern = re.compile(rf"\d+; \d+ \d+ (?:{'|'.join((*_NOT_OF_SITE, *stays))})")
    yield from (line for line in listing if not pattern.match(line))


@dataclass(frozen=True)
class Loading:
    """A program that writes SQL, and the database that reads it in one transaction; `first` is SQL before that."""

    database: Database
    before: Contents  # of the database
    unpack: Sequence[str]
    first: str = ""


def _unpacking(restoring: RestorePlan, listing: Path) -> Loading:
    database, dump = restoring.database, restoring.dump
    programs = max(database.programs, dump.programs, key=lambda one: one.major)
    unpack = [programs.program("pg_restore"), "--file=-", f"--use-list={listing}", "--no-owner", "--no-acl"]
    unpack += ["--no-tablespaces", "--no-publications", "--no-subscriptions", "--no-security-labels", str(dump.path)]
    return Loading(replace(database, programs=programs), restoring.before, unpack, EMPTY)


def load(loading: Loading) -> None:
    """Raises Failure unless the transaction was committed."""
    database = loading.database
    command = [*psql(database.programs), "--file=-"]
    database.log.write(f"$ {command_line(loading.unpack)} | {command_line(command)}")
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as errors:
        ended = _PipeResult()
        try:
            _pipe(loading, command, said, errors, ended)
        except KeyboardInterrupt:
            ended.interrupted = True
        told = text_of(errors)
        database.log.write(f"{told}exit status {ended.unpacked} of the first, {ended.loaded} of psql")
        if (ended.unpacked, ended.loaded) != (0, 0):
            begun = next(iter(re.findall(rf"{MARK}(\d+)", text_of(said))), "")
            _check_outcome(loading, ended, begun, told)


@dataclass
class _PipeResult:
    """How far a restore came: the exit status of both programs, and whether COMMIT was sent."""

    unpacked: int | None = None
    loaded: int | None = None
    committing: bool = False
    interrupted: bool = False


def _pipe(loading: Loading, load: Sequence[str], said: IO[bytes], errors: IO[bytes], ended: _PipeResult) -> None:
    """Pipe the program into the other one, between BEGIN and COMMIT."""
    database, unpack = loading.database, loading.unpack
    environ = dict(database.environ)
    without = {name: value for name, value in environ.items() if name != "PGPASSWORD"}
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(_running(unpack, without, subprocess.DEVNULL, subprocess.PIPE, errors))
        target = stack.enter_context(_running(load, environ, subprocess.PIPE, said, errors))
        assert source.stdout is not None and target.stdin is not None
        with contextlib.suppress(BrokenPipeError, OSError):  # psql has ended and said why
            begin = f"BEGIN;\nSELECT '{MARK}' || txid_current();\nSET LOCAL lock_timeout = '{LOCKED}';"
            target.stdin.write(f"{begin}\n{loading.first}\n".encode())
            head = source.stdout.read(HEAD)
            target.stdin.write(head.replace(NEWER, b"", 1) if database.major < 17 else head)
            shutil.copyfileobj(source.stdout, target.stdin, 1 << 20)
            ended.unpacked = source.wait()
            if ended.unpacked == 0:
                target.stdin.flush()
                ended.committing = True
                target.stdin.write(b"\nCOMMIT;\n")
                target.stdin.close()
                ended.loaded = target.wait()
        if ended.unpacked is None:
            ended.loaded = target.wait()


@contextlib.contextmanager
def _running(
    command: Sequence[str], environ: Mapping[str, str], stdin: int, stdout: int | IO[bytes], stderr: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is stopped on exit, which also ends its connection and transaction.

    Ctrl-C stops only this process, which then says what became of the database.
    """
    process = subprocess.Popen(
        list(command),
        cwd=Path(command[0]).parent,
        env=dict(environ),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        **own_group(),
    )
    try:
        yield process
    finally:
        process.kill()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        process.wait()


def _check_outcome(loading: Loading, ended: _PipeResult, begun: str, told: str) -> None:
    """Raises Failure with the state of the database, unless the restore succeeded all the same."""
    database = loading.database
    status = _status(database, begun) if ended.committing else "aborted"
    if status == "committed":
        return
    holds = f"The database is unchanged: {loading.before}."
    if status != "aborted":
        holds = (
            "The server does not answer, so the database may have the old or the new data. It never has a mix of both."
        )
    lost = connection_failure(told, database.where)
    if ended.interrupted:
        raise Failure(f"The restore was interrupted. {holds} Run this again.", anchor="restore-failed")
    if lost is not None:
        raise Failure(f"The restore failed. {holds} {lost}", anchor="restore-failed")
    if "lock timeout" in told:
        raise Failure(
            f"The restore failed because the site is using its database. {holds} Stop the site (maintenance mode, or no "
            "processes), then run this again.",
            anchor="restore-failed",
        )
    raise Failure(
        f"The restore failed: {first_error(told)}. {holds} Fix that, then run this again.", anchor="restore-failed"
    )


def _status(database: Database, begun: str) -> str:
    """What became of a transaction: https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT"""
    for pause in (0, 1, 2, 4, 8):
        time.sleep(pause)  # the server may still be working on it
        with contextlib.suppress(Failure):
            rows = database.ask(f"SELECT txid_status({int(begun or 0)});")
            if rows and rows[0][0] in ("committed", "aborted"):
                return rows[0][0]
    return ""
