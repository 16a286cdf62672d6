"""A digest of the parts of the repository that a kept result was made with: other sources, another result."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from .repository import git
from .template import REPOSITORY


def fingerprint(sources: Iterable[str]) -> str:
    """Of the files (as they are, committed or not) at these paths and below; 24 hexadecimal digits."""
    listed = git(REPOSITORY, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *sources)
    digest = hashlib.sha256()
    for name in sorted(name for name in listed.split("\0") if name and (REPOSITORY / name).is_file()):
        digest.update(name.encode() + b"\0" + (REPOSITORY / name).read_bytes())
    return digest.hexdigest()[:24]
