"""The series of Django that production installs."""

from __future__ import annotations

from ...base.evidence import Fact
from ..project import Project
from .django_series import refuse_old
from .python_version import found_version


def django_version(project: Project) -> Fact:
    """The series ("5.2") from the lock or a pin, else the newest that the constraint allows, "" when unknown.

    Raises Failure below 4.2.
    """
    series, evidence = found_version(project)
    refuse_old(series, evidence)
    return Fact(series, (evidence,) if evidence else ())
