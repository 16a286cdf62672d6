"""Which files of the user's project are the overlay's own, and which of them this run changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .answers import Answers
from .log import Log

TEMPLATE = Path(__file__).resolve().parent.parent / "template"
MARK = "deploy-overlay"  # stands in the first lines of every file that the overlay writes


def paths(answers: Answers, template: Path = TEMPLATE) -> list[str]:
    """Files of the overlay that are there, POSIX, relative to the git root; the user's own are left out."""
    kept = {path.casefold() for path in answers.texts("deploy_kept_files")}
    named = (path.replace("{{ deploy_folder }}", answers.deploy_folder) for path in _files(template))
    found = [path for path in named if path.casefold() not in kept and (answers.root / path).is_file()]
    return [*found, answers.answers_file]


def _files(folder: Path, prefix: str = "") -> Iterator[str]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(entry, f"{prefix}{entry.name}/")
        elif "_copier_conf" not in entry.name:
            yield prefix + entry.name.removesuffix(".jinja")


def uncommitted(root: Path, candidates: Sequence[str], log: Log) -> list[str]:
    """Those of the files that git sees as new or changed."""
    from .programs import run

    command = ["git", "status", "--porcelain=v1", "-z", "--untracked-files=all", "--", *candidates]
    result = run(command, cwd=root, log=log, timeout=60)
    if result.status != 0:
        return list(candidates)
    changed = {entry[3:] for entry in result.output.split("\0") if len(entry) > 3}
    return [path for path in candidates if path in changed]
