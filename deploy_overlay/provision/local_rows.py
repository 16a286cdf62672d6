"""A new site has no rows: its first deployment ends by offering those of the local SQLite database."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from types import ModuleType

from ..adapter.site import Site
from ..base.log import Log
from ..base.message import Failure, counted
from ..base.scrub import scrubbed
from ..plan.runs import uploads as kept
from .backups import can_back_up, copy_rows
from .from_sqlite import has_rows_of_its_own
from .sqlite import SqliteFile, read
from .uploads import Folder, can_take_uploads
from .uploads import look as look_at_uploads

MEDIA = ("media", "mediafiles", "uploads")  # usual names of MEDIA_ROOT


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


def offer_uploads(module: ModuleType, site: Site, log: Log) -> None:
    """Ask once whether the files that the copied rows name are copied too."""
    folders = (place / name for place in (site.root / site.answers.django_root, site.root) for name in MEDIA)
    folder = next((found for one in folders if one.is_dir() and (found := Folder(one)).files), None)
    if folder is None or not can_take_uploads(module) or not kept(site.answers.values):
        return
    shown = folder.path.relative_to(site.root).as_posix()
    if not site.prompts.offer(f"Copy the {counted(len(folder.files), 'file')} of {shown} to its uploads?", done=True):
        return
    try:
        copied = look_at_uploads(module.inside(site), folder).carry_out()
    except Failure as failure:
        log.write(f"uploads were not copied: {failure}")
        line = site.command("uploads", "push", shown)
        print(scrubbed(f"{failure}\nTo try again:\n    {line}"), file=sys.stderr, flush=True)
        return
    print(f"Copied: {counted(copied, 'file')}.", flush=True)


def restore_command(site: Site, local: SqliteFile) -> str:
    path = local.path.relative_to(site.root) if local.path.is_relative_to(site.root) else local.path
    return site.command("restore", path.as_posix())


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
