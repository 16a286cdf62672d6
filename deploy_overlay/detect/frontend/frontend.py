"""The front end that has to be built for Django; a project without npm packages is told apart here, cheaply."""

from __future__ import annotations

from ...base.evidence import Fact
from ..project import Project
from .package_folders import package_folders


def django_frontend(project: Project) -> Fact:
    """A mapping, {} when there is nothing to build; `front_end_build.front_end` says what is in it."""
    if not package_folders(project):
        return Fact({})
    from .build import front_end  # six modules, which most projects have no use for

    return front_end(project)
