"""The files of a commit in a folder of their own: what is deployed is what is committed, whatever lies beside it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .environment import outside_copier
from .log import Log
from .message import Failure
from .programs import run

_TIMEOUT = 600.0  # seconds
_MOST_NESTED = 5  # submodules in submodules


@contextlib.contextmanager
def exported(root: Path, commit: str, log: Log) -> Iterator[Path]:
    """A new folder with the files of a commit while the block runs, submodules too where they are checked out here.

    Not `git archive`, which leaves out what .gitattributes marks `export-ignore`; the user's index is not touched.
    Raises Failure where git refuses.
    """
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-") as folder:
        target = Path(folder).resolve() / "commit"
        target.mkdir()
        _export(root, commit, target, log, _MOST_NESTED)
        yield target


def _export(root: Path, commit: str, target: Path, log: Log, depth: int) -> None:
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-index-") as place:
        index = {"GIT_INDEX_FILE": os.path.join(place, "index")}  # noqa: PTH118
        _git(root, log, index, "read-tree", commit)
        _git(root, log, index, "checkout-index", "--all", "--force", f"--prefix={target.as_posix()}/")
    for entry in _git(root, log, {}, "ls-tree", "-r", "-z", commit).split("\0"):
        about, _, path = entry.partition("\t")
        if about.startswith("160000 ") and depth and (root / path / ".git").exists():
            (target / path).mkdir(parents=True, exist_ok=True)
            _export(root / path, about.split()[2], target / path, log, depth - 1)


def _git(root: Path, log: Log, environ: dict[str, str], *argv: str) -> str:
    quiet = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
    done = run(
        ["git", *quiet, *argv], cwd=root, log=log, timeout=_TIMEOUT, environ=outside_copier() | environ, apart=True
    )
    if done.status != 0:
        raise Failure(f"`git {argv[0]}` failed:\n{done.reason}", anchor="git-refused")
    return done.output
