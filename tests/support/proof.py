"""Whether a project deploys: the overlay applied and committed, and rehearsed as production has it."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from .overlay import apply_overlay, failed_checks, rehearse
from .programs import run
from .projects import Project
from .repository import commit


def applied(project: Project, template: Path, **answers: object) -> subprocess.CompletedProcess[str]:
    """Apply the overlay, for Fly.io unless the answers say otherwise; raises AssertionError when that fails."""
    given: dict[str, Any] = {"deploy_platforms": ["fly"]} | answers
    done = apply_overlay(project, template, **given)
    assert done.returncode == 0, f"copier copy ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def minor(project: Project) -> str:
    """The Python that the project is developed with, "3.13"."""
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    return run([project.python, "-c", program], project.root).stdout.strip()


def proven(project: Project, template: Path, **answers: object) -> dict[str, Any]:
    """The report of a rehearsal that says ready; anything else is an AssertionError that says what is in the way.

    Production's Python is the project's own, which this machine has: the newest, which is the default, it may not have.
    Skips the test where it has another Node.js.
    """
    applied(project, template, **{"django_python_version": minor(project)} | answers)
    commit(project, "Add the deployment overlay")
    report = rehearse(project)
    bad = failed_checks(report) or report["unproven"]
    if bad and all("Node.js" in one for one in bad):
        pytest.skip(" ".join(bad))
    assert not bad, "\n".join(["the rehearsal is not passed:", *bad])
    return report
