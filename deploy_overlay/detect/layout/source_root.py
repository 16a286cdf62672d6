"""The part of the repository that the site needs, for platforms that can deploy a part."""

from __future__ import annotations

import posixpath
import re

from ...base.evidence import Evidence, Fact
from ..project import Project

# A path that leads upwards: `../library`, also in file:../library or "../library".
_UPWARDS = re.compile(r"(?<![\w.\\-])\.\.(?:/|\\|\"|'|\s|$)", re.MULTILINE)


def django_source_root(project: Project) -> Fact:
    """The smallest folder with the Django project, its dependency files and its front end; "." for the repository.

    Also "." if a dependency file refers to something outside its folder.
    """
    files = [str(file) for file in project.fact("django_dependency_files").value]
    for file in files:
        found = _UPWARDS.search(project.repository.text(file) or "")
        if found:
            line = (project.repository.text(file) or "").count("\n", 0, found.start()) + 1
            return Fact(".", (Evidence(file, line, "refers to a path outside its folder"),))
    folders = [str(project.fact(name).value) for name in ("django_root", "django_dependency_root")]
    front_end = project.fact("django_frontend").value
    if front_end:
        folders += [front_end["root"], *(posixpath.dirname(file) for file in front_end.get("files") or ())]
        if "(cd " in str(front_end["install"]) and not front_end.get("files"):
            return Fact(".")  # several front ends, for which the whole repository is copied
    needed = [*folders, *(posixpath.dirname(file) for file in files)]
    common = posixpath.commonpath([posixpath.normpath(posixpath.join("/", folder)) for folder in needed])
    return Fact(common.strip("/") or ".")
