"""Runs the version of deploy-overlay that a project records, if it is not this one.

That version is a clone of its source, kept in the user's cache folder: Copier's hooks run from one too, so it needs nothing
but what is installed here. A version that has no command yet, or a clone that cannot be had, is told, and this one runs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..base import git
from ..base.log import Log, say, start
from ..base.message import Failure, command_line
from ..base.programs import status_of
from ..base.release import PROGRAM, REPOSITORY, Release, command, recorded
from .own import HANDED_OVER, has_template, own_release, started_by_another_version
from .project import Project

DOOR = Path("hooks", "command.py")  # of a version that has a command
CLONING = 600.0  # seconds


def check_trusted(release: Release, argv: Sequence[str], *, trust: bool) -> None:
    """Raises Failure for a source or version that anybody may have written into the answers file.

    Its code would run with the user's rights. Trusted are our own repository, the source of the command that runs, what the
    user trusts with --trust, and what is in Copier's settings.
    https://copier.readthedocs.io/en/stable/settings/#trusted-locations
    """
    own = own_release()
    if trust or release.is_the_same_as(own):
        return
    ours = release.key in (Release(REPOSITORY).key, own.key)
    if ours and (release.is_local or release.is_named or not release.version):
        return
    if _in_copiers_settings(release.source):
        return
    again = command_line([PROGRAM, *argv, "--trust"])
    if ours:
        raise Failure(
            f"The answers file records the commit {release.version}, which is not a released version and may come from "
            f"anybody. If you trust it, run `{again}`.",
            anchor="source-not-trusted",
        )
    raise Failure(
        f"The answers file names {release.source} as the source of the overlay, and its code would run with your rights. "
        f"If you trust it, run `{again}`.",
        anchor="source-not-trusted",
    )


def _in_copiers_settings(source: str) -> bool:
    from copier import is_trusted_repository, load_settings
    from copier.errors import SettingsError

    try:
        return bool(is_trusted_repository(load_settings().trust, source))
    except SettingsError:
        return False


def run_recorded(project: Project, argv: Sequence[str], *, trust: bool, needs_template: bool) -> int | None:
    """Run the command in the version that the project records. Its exit status, or None to continue with this version.

    `needs_template` says that the verb reads the template's files, which an installed package does not have.
    """
    if started_by_another_version() or project.answers is None or not project.answers.values.get("_src_path"):
        return None
    release, own = recorded(project.answers.values), own_release()
    check_trusted(release, argv, trust=trust)
    if release.is_the_same_as(own):
        return (
            None
            if has_template() or not needs_template
            else _start_version(clone(release, project.root), release, argv)
        )
    try:
        folder = clone(release, project.root)
    except Failure as failure:
        if needs_template:
            raise
        say(f"{failure} So {_named(own)} runs instead.")
        return None
    if (folder / DOOR).is_file():
        return _start_version(folder, release, argv)
    say(f"this project has {release.version}, which has no command, so {_named(own)} runs.")
    say(f"to move the project to it: {command(project.answers.values, 'update', answers_file=project.answers_file)}")
    return None if has_template() or not needs_template else _start_version(clone(own, project.root), own, argv)


def _named(release: Release) -> str:
    return release.version or release.source


def _start_version(folder: Path, release: Release, argv: Sequence[str]) -> int:
    told = {HANDED_OVER: f"{release.version} {release.source}"}
    return status_of([sys.executable, str(folder / DOOR), *argv], Path.cwd(), os.environ | told)


def clone(release: Release, root: Path) -> Path:
    """A clone of the source at the version, made on first use; the log goes to the project at `root`.

    Raises Failure if it cannot be fetched.
    """
    if not release.version and release.is_local:
        return release.folder
    from platformdirs import user_cache_path

    kept = user_cache_path(PROGRAM) / "releases"
    name = hashlib.sha256(f"{release.address} {release.ref}".encode()).hexdigest()[:20]
    folder = kept / name
    if (folder / "copier.yml").is_file():
        return folder
    try:
        kept.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".", dir=kept))
    except OSError as error:
        raise Failure(
            f"{kept} cannot be written ({error.strerror}): make the folder writable, or set XDG_CACHE_HOME.",
            anchor="version-not-to-be-had",
        ) from None
    try:
        _fetch(release, fresh, start(git.overlay_folder(root), "fetch"))
        try:
            fresh.rename(folder)
        except OSError:
            if not (folder / "copier.yml").is_file():  # another run was faster
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _fetch(release: Release, folder: Path, log: Log) -> None:
    say(f"fetching {release.version or 'the newest version'} of {release.source} ...")
    # A tag needs only its commit; a hash needs the whole history.
    short = ("--depth", "1", "--branch", release.ref) if release.is_named else ()
    done = _run_git(log, folder, "clone", "--quiet", "--no-checkout", *short, "--", release.address, str(folder))
    if done.status == 0:
        done = _run_git(
            log, folder, "checkout", "--quiet", "--detach", *([] if short or not release.ref else [release.ref])
        )
    if done.status != 0:
        reason = next((line for line in reversed(done.error.splitlines()) if line.strip()), "no reason given")
        raise Failure(
            f"{release.version or 'The newest version'} of {release.source} cannot be fetched ({reason.strip()}).",
            anchor="version-not-to-be-had",
        )


def _run_git(log: Log, folder: Path, *arguments: str) -> git.Answer:
    done = git.ask(folder, *arguments, timeout=CLONING)
    log.write(f"$ {command_line(['git', *arguments])}\n{done.error}\nexit status {done.status}")
    return done
