"""Files that the user keeps in git with CRLF: merged with LF, as the template has them, and given back their own.

Copier compares lines byte by byte. Where git itself converts (core.autocrlf, .gitattributes), the index has LF and
nothing is to be done.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..base import git
from ..base.whole_file import write_whole


def made_lf(root: Path, paths: Sequence[str]) -> list[str]:
    """Writes those of the paths that git has with CRLF alone with LF, to the index too: that is what Copier reads."""
    listed = git.output(root, "ls-files", "--eol", "-z", "--", *(f":(literal){path}" for path in paths)) or b""
    entries = (entry.partition("\t") for entry in listed.decode("utf-8", "surrogateescape").split("\0") if entry)
    found = [path for about, _, path in entries if about.split()[0] == "i/crlf" and (root / path).is_file()]
    for path in found:
        file = root / path
        write_whole(file, file.read_bytes().replace(b"\r\n", b"\n"))
    if found:
        git.output(root, "-c", "core.autocrlf=false", "add", "--", *(f":(literal){path}" for path in found))
    return found


def made_crlf(root: Path, paths: Sequence[str]) -> None:
    """Gives the files that are still there their line ends back; the index, conflicts apart, is as committed again."""
    for path in paths:
        file = root / path
        if file.is_file():
            write_whole(file, file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        if not git.output(root, "ls-files", "--unmerged", "--", f":(literal){path}"):
            git.output(root, "reset", "--quiet", "--", f":(literal){path}")
