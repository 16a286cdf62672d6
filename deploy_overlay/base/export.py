"""Exports the files of a commit or tree to a folder, so that only what is committed is deployed.

The files are as in a builder's fresh clone, because a separate git folder writes them: no filter of this machine smudges
(Git LFS leaves its pointers, git-crypt its ciphertext), no line ends are converted but by .gitattributes, and a sparse
checkout or `$GIT_DIR/info/attributes` counts for nothing. Not `git archive`, which leaves out what is `export-ignore`.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import git
from .log import Log
from .message import Failure

Environ = Mapping[str, str | None]  # variables beside this process's own; None takes one away
_TIMEOUT = 600.0  # seconds
_MOST_NESTED = 5  # submodules in submodules
# Variables that tell git where to work, as in a hook: https://git-scm.com/docs/githooks#_description
_ELSEWHERE: Environ = dict.fromkeys(
    (
        "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT", "GIT_NAMESPACE",
    )
)  # fmt: skip


@contextlib.contextmanager
def exported(root: Path, commit: str, log: Log) -> Iterator[Path]:
    """A new folder with the files of a commit while the block runs, submodules too where they are checked out here.

    The user's index is not touched. Raises Failure if git refuses.
    """
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-") as folder:
        target = Path(folder).resolve() / "commit"
        export(root, commit, target, log)
        yield target


def export(root: Path, tree: str, target: Path, log: Log, objects: Environ | None = None) -> list[str]:
    """Write the files of a tree or commit into `target`, which is made.

    `objects` are the variables that name the object folders where the repository's own does not have all of them.
    Returns the submodules that are not checked out in `root`, and so are empty: POSIX paths from the root, sorted.
    Raises Failure if git refuses.
    """
    return sorted(_export(root, tree, target, log, objects or {}, _MOST_NESTED))


def _export(root: Path, tree: str, target: Path, log: Log, around: Environ, depth: int) -> list[str]:
    """`around` are the variables for git in `root`."""
    target.mkdir(parents=True, exist_ok=True)
    log.write(f"exporting {tree} of {root} to {target}")
    kind = read(root, "rev-parse", "--show-object-format", environ=around).text.strip()
    own, others = around.get("GIT_OBJECT_DIRECTORY"), around.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")
    alternates = os.pathsep.join([own, others] if own and others else [objects_of(root, around)])
    with git_folder(target, kind) as environ:
        environ["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = alternates
        read(target, "read-tree", tree, environ=environ)
        read(target, "checkout-index", "--all", "--force", environ=environ)
        listed = read(target, "ls-files", "--stage", "-z", environ=environ).text
    missing = []
    for entry in listed.split("\0"):
        about, _, path = entry.partition("\t")
        if not about.startswith("160000 "):
            continue
        (target / path).mkdir(parents=True, exist_ok=True)
        if not depth or not (root / path / ".git").exists():
            missing.append(path)
            continue
        within = _export(root / path, about.split()[1], target / path, log, _ELSEWHERE, depth - 1)
        missing += [f"{path}/{nested}" for nested in within]
    return missing


@contextlib.contextmanager
def git_folder(work_tree: Path, kind: str = "sha1") -> Iterator[dict[str, str | None]]:
    """A git folder of its own for a folder of files, empty, while the block runs: the variables that make git use it.

    Settings of a user or a machine would be obeyed; a builder has neither. `kind` is the object format.
    """
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-git-", ignore_cleanup_errors=True) as place:
        alone = dict(_ELSEWHERE) | {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_ATTR_NOSYSTEM": "1",
        }
        read(work_tree, "init", "--quiet", "--bare", "--template=", f"--object-format={kind}", place, environ=alone)
        yield {**alone, "GIT_DIR": place, "GIT_WORK_TREE": str(work_tree)}


def objects_of(root: Path, environ: Environ | None = None) -> str:
    """The repository's folder of objects, as GIT_ALTERNATE_OBJECT_DIRECTORIES takes it."""
    folder = read(root, "rev-parse", "--git-path", "objects", environ=environ).text.rstrip("\n")
    return alternate((root / folder).resolve())


def alternate(folder: Path) -> str:
    """https://git-scm.com/docs/git#Documentation/git.txt-GITALTERNATEOBJECTDIRECTORIES"""
    text = folder.as_posix()
    if os.pathsep not in text and not text.startswith('"'):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read(root: Path, command: str, *arguments: str, environ: Environ | None = None) -> git.Answer:
    """What a command of git says. Raises Failure, with its words, where it refuses."""
    answer = git.ask(root, command, *arguments, timeout=_TIMEOUT, environ=environ)
    if answer.status != 0:
        raise Failure(f"`git {command}` failed:\n{answer.error.strip()}", anchor="git-refused")
    return answer
