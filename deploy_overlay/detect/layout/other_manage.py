"""Other files named manage.py, which a platform may mistake for the project's."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ...base.files import join
from ..project import Project

MAX_FOLDERS = 1000
LEVELS = 2  # folders below the root, as far as Heroku looks


def django_other_manage_py(project: Project) -> Fact:
    """Paths of every other manage.py in the first levels."""
    own = join(project.root, "manage.py")
    folders, found = ["."], []
    for level in range(LEVELS + 1):
        below: list[str] = []
        for folder in folders:
            path = join(folder, "manage.py")
            if path != own and project.repository.is_file(path):
                found.append(path)
            if level < LEVELS:  # the last level is not listed: its folders may hold all of the files there are
                names = project.repository.listing(folder).folders
                below += [join(folder, name) for name in names if name not in (".git", "node_modules")]
        folders = below[:MAX_FOLDERS]
    return Fact(found, tuple(Evidence(path, None, "another manage.py") for path in found))
