"""Whether a project deploys: the overlay applied and committed, cloned, installed from the lock, and rehearsed."""

import subprocess
from pathlib import Path
from typing import Any

from .installing import install
from .overlay import apply_overlay, failed_checks, rehearse
from .projects import Project
from .repository import clone, commit


def applied(project: Project, template: Path, **answers: object) -> subprocess.CompletedProcess[str]:
    """Apply the overlay, for Fly.io unless the answers say otherwise; raises AssertionError when that fails."""
    given: dict[str, Any] = {"deploy_platforms": ["fly"]} | answers
    done = apply_overlay(project, template, **given)
    assert done.returncode == 0, f"copier copy ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def proven(project: Project, template: Path, **answers: object) -> dict[str, Any]:
    """The report of a rehearsal in which every check passed; anything else is an AssertionError that says what did not.

    A clone, so that no ignored file helps; an environment of its own, installed as production installs.
    """
    applied(project, template, **answers)
    commit(project, "Add the deployment overlay")
    deployed = clone(project, project.root.with_name(f"{project.root.name}-clone"))
    report = rehearse(deployed, install(deployed))
    bad = failed_checks(report)
    assert not bad, "\n".join(["the rehearsal is not passed:", *bad])
    return report
