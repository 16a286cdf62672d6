"""A program in the app's container: https://docs.upsun.com/development/ssh.html"""

from __future__ import annotations

from ....adapter.inside import BOOTSTRAP, Inside
from ....adapter.site import Site
from .project import linked_project


def inside(site: Site) -> Inside:
    project = linked_project(site)
    argv = ("ssh", "--project", project.id, "--environment", project.branch)
    return Inside(site.cli, lambda line: (*argv, line), site.plan.line.python(BOOTSTRAP))
