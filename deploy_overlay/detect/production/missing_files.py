"""Files and modules that the settings require and no platform has: secrets outside git, /etc/config.json."""

from __future__ import annotations

import re

from ...base.evidence import Evidence
from ...base.message import Failure
from ..project import Project
from ..repository import tracked
from ..settings import Run

_EVERYWHERE = ("/proc/", "/sys/", "/dev/", "/etc/hostname", "/etc/hosts", "/etc/os-release")
# Written by a front-end build: https://vite.dev/guide/backend-integration
_BUILT = re.compile(r"manifest|stats|assets|dist|build", re.IGNORECASE)
# Written when the project is installed: https://setuptools-scm.readthedocs.io/en/stable/usage/
GENERATED = re.compile(r"(^|[._])version$|\.(generated|build)\w*$", re.IGNORECASE)


def refuse_missing(project: Project, run: Run) -> None:
    """Raise Failure for the first required file or module that is not in the repository."""
    _refuse_modules(project, run)
    for path, place in run.opened.items():
        if isinstance(path, frozenset):
            raise _refusal(place, f"opens the file that {' or '.join(sorted(path))} names")
        if path.startswith(_EVERYWHERE) or (_BUILT.search(path) and project.fact("django_frontend").value):
            continue
        # Where git does not even know the settings, it does not tell what a clone will have.
        kept = tracked(project, [path, place.path])
        gone = not project.repository.is_file(path) or (place.path in kept and path not in kept)
        if path.startswith(("/", "..")) or gone:
            raise _refusal(place, f"opens {path}, which is not in the repository")


def _refuse_modules(project: Project, run: Run) -> None:
    """For modules that are not there: settings of another machine."""
    for name, place in run.absent.items():
        if not GENERATED.search(name.removesuffix(".py")):
            included = place.note.startswith("includes ")
            without = 'include optional("...")' if included else "import it only if it exists (try, except ImportError)"
            raise Failure(
                f"{place.path}:{place.line} {place.note}, which is not in the repository, so the site would not start on "
                f"a platform. Commit it, with environment variables (os.environ) in place of its secrets, or {without}, and "
                "run this again.",
                anchor="settings-not-in-repository",
            )


def _refusal(place: Evidence, what: str) -> Failure:
    return Failure(
        f"{place.path}:{place.line} {what}, so the site would not start on a platform. Use environment "
        "variables instead (os.environ), or check that it exists (os.path.exists), commit, and run this again.",
        anchor="settings-open-a-file",
    )
