"""Committed files that the .dockerignore would exclude, although the image must contain them."""

from __future__ import annotations

from ...base import git
from ...base.dockerignore import DATA, SECRETS, readmitted
from ...base.evidence import Evidence, Fact
from ...base.files import join
from ..project import Project

LONGEST = 400  # characters of a path


def django_image_keeps(project: Project) -> Fact:
    """Paths from the git root for `!` lines of the .dockerignore; a letter that means something there is `?`."""
    patterns = [*SECRETS, *DATA, join(project.root, "media"), join(project.root, "staticfiles"), "**/node_modules"]
    options = [f"--exclude={pattern}" for pattern in patterns if not pattern.startswith("!")]
    output = git.output(project.repository.root, "ls-files", "-z", "--cached", "--ignored", *options)
    committed = [path for path in (output or b"").decode("utf-8", "surrogateescape").split("\0") if path]
    committed = [path for path in committed if not _installed_again(project, path)]
    if not committed:
        return Fact([])
    kept = [path for path in readmitted(patterns, committed) if len(path) <= LONGEST and path.isprintable()]
    return Fact(kept, tuple(Evidence(path, None, "committed, so it belongs in the image") for path in kept[:3]))


def _installed_again(project: Project, path: str) -> bool:
    """Whether a package.json next to a committed node_modules lists its packages."""
    before, inside, _ = f"/{path}".partition("/node_modules/")
    return bool(inside) and project.repository.is_file(join(before.lstrip("/"), "package.json"))
