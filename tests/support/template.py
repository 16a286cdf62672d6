"""The template under test: what the working tree holds now, committed or not, as a tagged repository of its own."""

import shutil
from pathlib import Path

from .repository import adopt, git

REPOSITORY = Path(__file__).resolve().parents[2]


def snapshot(to: Path, version: str = "v1.0.0", *, whole: bool = False) -> Path:
    """Copy the tracked, modified and new files that are not ignored to a fresh repository with this tag.

    Without the tests, which no copy reads, unless it is to be the `whole` repository that users clone.
    A dirty template would be rendered from its latest tag, and one rendered with `-r HEAD` names a commit that is lost.
    """
    listed = git(REPOSITORY, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        source = REPOSITORY / name
        if not source.is_file() or (name.startswith("tests/") and not whole):
            continue
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    adopt(to, version)
    git(to, "tag", version)
    return to
