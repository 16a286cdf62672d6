"""Moves the user's edits along with files of the overlay that have another path since this update.

Copier only compares files of the same path. If the Django project or the Docker files have moved, or a version renames a
file, the three-way merge is done here, in the same way as Copier does it.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from ..base import git
from ..base.answers import Answers
from ..base.atomic_file import write_atomically
from ..base.log import Log
from .changes import Changes
from .renamed import renamed_path
from .rendered_again import files, render_again

_LABELS = ("before updating", "last update", "after updating")  # Copier's own
_DOCKER = {"Dockerfile": "Dockerfile", ".dockerignore": "Dockerfile.dockerignore"}  # at the root, in the package


def move_edits(before: Answers, answers: Answers, found: Changes, log: Log) -> dict[str, str]:
    """Write the merged files to their new paths; return old paths by new ones. Most updates move nothing."""
    old_folder, new_folder = before.deploy_folder, answers.deploy_folder
    docker = {*_DOCKER, *(f"{folder}/{name}" for folder in (old_folder, new_folder) for name in _DOCKER.values())}
    renamed = [path for path in found.gone if renamed_path(path, old_folder, new_folder)]
    if old_folder == new_folder and not docker & set(found.gone) and not renamed:
        return {}
    with render_again(before, log) as old, render_again(answers, log) as new:
        if old is None or new is None:
            return {}
        was, now = files(old), files(new)
        moved = [
            (path, place)
            for path in was
            for place in places(path, old_folder, new_folder)
            if path not in now and place in now and place not in was
        ]
        for path, place in moved:
            _merge(answers.root, path, place, was[path], now[place])
    return {place: path for path, place in moved}


def places(path: str, old_folder: str, new_folder: str) -> list[str]:
    """Paths that a file may have now."""
    inside = path.removeprefix(f"{old_folder}/") if path.startswith(f"{old_folder}/") else ""
    renamed = renamed_path(path, old_folder, new_folder)
    if renamed:
        return [renamed]
    outside = {name: root for root, name in _DOCKER.items()}
    found = [f"{new_folder}/{inside}"] if inside else []
    if inside in outside:
        found.append(outside[inside])
    if path in _DOCKER:
        found.append(f"{new_folder}/{_DOCKER[path]}")
    return found


def _merge(root: Path, path: str, place: str, base: bytes, new: bytes) -> None:
    own = git.content(root, "HEAD", place)
    if own is None:
        own = git.content(root, "HEAD", path)
    target = root / place
    git.output(root, "reset", "--quiet", "--", f":(literal){place}")
    if own is None:  # the user had deleted it: it stays so
        target.unlink(missing_ok=True)
        return
    crlf = own.count(b"\r\n") == own.count(b"\n") > 0
    own = own.replace(b"\r\n", b"\n") if crlf else own
    with TemporaryDirectory(prefix="deploy-overlay-") as name:
        versions = [Path(name) / label for label in _LABELS]
        for file, content in zip(versions, (own, base, new), strict=True):
            file.write_bytes(content)
        labels = [part for label in _LABELS for part in ("-L", label)]
        git.output(root, "merge-file", *labels, *map(str, versions))
        merged = versions[0].read_bytes()
    conflict = f"<<<<<<< {_LABELS[0]}".encode() in merged.splitlines()
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, merged.replace(b"\n", b"\r\n") if crlf else merged)
    if conflict:
        _mark_unmerged(root, place, (base, own, new))


def _mark_unmerged(root: Path, place: str, stages: tuple[bytes, bytes, bytes]) -> None:
    """Stages 1, 2 and 3 of the index, so that `git status` names the conflict: git-update-index(1)."""
    lines = [f"0 {'0' * 40}\t{place}"]
    for number, content in enumerate(stages, 1):
        name = (git.output(root, "hash-object", "-w", "--stdin", stdin=content) or b"").decode().strip()
        lines.append(f"100644 {name} {number}\t{place}")
    git.output(root, "update-index", "--index-info", stdin="\n".join([*lines, ""]).encode())
