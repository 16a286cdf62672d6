"""Keeps a release for the tests of updates from it: `python -m tests.slow.update.keep VERSION [COMMIT]`.

What Copier reads of the commit goes to tests/slow/update/releases/VERSION.patch, and its name to releases.yml. The patch makes
the version from nothing, so a clone without history or tags, or one that a rewritten history came to, tests it too.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support import git
from tests.support.template import REPOSITORY
from tests.support.versions import KEPT, RELEASES, releases

NOTHING = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # git's name for a tree without files
READ_BY_COPIER = ("copier.yml", "questions", "extensions", "hooks", "deploy_overlay", "template")


def patch(commit: str) -> str:
    """The difference between nothing and what Copier reads of a commit; the same on every machine."""
    options = ("--no-ext-diff", "--no-textconv", "--no-renames", "--no-color", "--full-index", "--src-prefix=a/")
    return git(REPOSITORY, "diff", *options, "--dst-prefix=b/", NOTHING, commit, "--", *READ_BY_COPIER)


def keep(version: str, commit: str) -> Path:
    name = git(REPOSITORY, "rev-parse", "--verify", f"{commit}^{{commit}}").strip()
    file = KEPT / f"{version}.patch"
    file.write_text(patch(name), encoding="utf-8", newline="\n")
    if version not in releases():
        with RELEASES.open("a", encoding="utf-8", newline="\n") as listed:
            listed.write(f"{version}: {name}\n")
    return file


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python -m tests.slow.update.keep VERSION [COMMIT]")
    print(keep(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else "HEAD"))
