"""A new site has no rows: its first deployment ends by offering those of the local SQLite database."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from types import ModuleType

from ..adapter.site import Site
from ..base.log import Log
from ..base.message import Failure
from ..base.scrub import scrubbed
from .backups import can_back_up, copy_rows
from .from_sqlite import has_rows_of_its_own
from .sqlite import SqliteFile, read


def local_data(site: Site) -> SqliteFile | None:
    """The local database, if it has rows that no migration wrote."""
    folders = dict.fromkeys((site.root / site.answers.django_root, site.root))
    for path in (path for folder in folders for path in sorted(folder.glob("*.sqlite3")) if _has_content(path)):
        with contextlib.suppress(Failure):  # it is none, or a server is just writing to it
            found = read(path)
            if has_rows_of_its_own(found.contents):
                return found
    return None


def offer_rows(module: ModuleType, site: Site, local: SqliteFile | None, log: Log) -> bool:
    """Ask once whether the new site gets the rows of the local database; whether it has them now."""
    if local is None or not can_back_up(module, site):
        return False
    question = f"Copy the rows of {local.path.name} ({local.contents}) to the new site, with its users?"
    if not site.prompts.offer(question, done=True):
        return False
    try:
        there = copy_rows(module, site, local.path, log)
    except Failure as failure:
        log.write(f"rows were not copied: {failure}")
        text = f"{failure}\nThe site is deployed all the same. To try again:\n    {restore_command(site, local)}"
        print(scrubbed(text), file=sys.stderr, flush=True)
        return False
    print(f"Copied: the site has {there} now.", flush=True)
    return True


def restore_command(site: Site, local: SqliteFile) -> str:
    path = local.path.relative_to(site.root) if local.path.is_relative_to(site.root) else local.path
    return site.command("restore", path.as_posix())


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
