"""Converts files that the user keeps in git with CRLF to LF for the merge, and back.

Copier compares lines byte by byte. If git itself converts (core.autocrlf, .gitattributes), the index has LF and there is
nothing to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..base import git
from ..base.atomic_file import write_atomically


def convert_to_lf(root: Path, paths: Sequence[str]) -> list[str]:
    """Convert files that git has with CRLF only to LF, also in the index, which Copier reads. Returns their paths."""
    listed = git.output(root, "ls-files", "--eol", "-z", "--", *(f":(literal){path}" for path in paths)) or b""
    entries = (entry.partition("\t") for entry in listed.decode("utf-8", "surrogateescape").split("\0") if entry)
    found = [path for about, _, path in entries if about.split()[0] == "i/crlf" and (root / path).is_file()]
    for path in found:
        file = root / path
        write_atomically(file, file.read_bytes().replace(b"\r\n", b"\n"))
    if found:
        git.output(root, "-c", "core.autocrlf=false", "add", "--", *(f":(literal){path}" for path in found))
    return found


def restore_crlf(root: Path, paths: Sequence[str]) -> None:
    """Convert the remaining files back to CRLF, and reset them in the index unless they have conflicts."""
    for path in paths:
        file = root / path
        if file.is_file():
            write_atomically(file, file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        if not git.output(root, "ls-files", "--unmerged", "--", f":(literal){path}"):
            git.output(root, "reset", "--quiet", "--", f":(literal){path}")
