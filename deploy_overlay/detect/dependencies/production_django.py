"""The Django series of production."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ...base.message import Failure
from ...base.versions import OLDEST_DJANGO, version
from ..project import Project
from .django_series import version_on
from .production_python import production_python


def django_version(project: Project) -> Fact:
    """The series ("5.2") from the lock or a pin, else the newest that the constraint allows; "" if unknown.

    Raises Failure below 4.2.
    """
    series, evidence = found_version(project)
    refuse_old(series, evidence)
    return Fact(series, (evidence,) if evidence else ())


def refuse_old(series: str, evidence: Evidence | None) -> None:
    """Raise Failure for a Django older than the overlay supports."""
    if series and version(series) < version(OLDEST_DJANGO):
        raise Failure(
            f"{_where(evidence)} installs Django {series}, but the overlay needs {OLDEST_DJANGO} or newer. "
            "Upgrade Django (https://docs.djangoproject.com/en/stable/howto/upgrade-version/), commit, "
            "and run this again.",
            anchor="django-too-old",
        )


def _where(evidence: Evidence | None) -> str:
    if evidence is None:
        return "The project"
    return f"{evidence.path}:{evidence.line}" if evidence.line else evidence.path


def found_version(project: Project) -> tuple[str, Evidence | None]:
    """The series, supported or not, so that the Python version can be chosen for an old Django too."""
    return version_on(project, production_python(project))
