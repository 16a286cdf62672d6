"""Applies the overlay to a sample project as its owner would, and asks the rehearsal whether the result deploys."""

import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .anchors import note
from .programs import environment, run
from .projects import Project


def copier_program() -> str:
    """Copier as installed in the environment that runs the tests; raises LookupError when it is not there."""
    found = shutil.which("copier", path=str(Path(sys.executable).parent))
    if not found:
        raise LookupError(f"No copier beside {sys.executable}: install the development environment first.")
    return found


def apply_overlay(
    project: Project, template: Path | str, *options: str, env: Mapping[str, str] | None = None, **answers: object
) -> subprocess.CompletedProcess[str]:
    """`copier copy --trust --defaults` with these answers at the git root, without a terminal; never raises.

    The template is a folder, or an address that git clones from. `options` are further options of `copier copy`. An
    answer that is no string is given as JSON, which YAML reads.
    """
    given = [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in answers.items()]
    command = [copier_program(), "copy", "--trust", "--defaults", *options]
    command += [part for answer in given for part in ("-d", answer)]
    done = run([*command, str(template), "."], project.root, env or environment(project.python), check=False)
    note(done.stderr)
    return done


def rendered(project: Project | Path, template: Path | str, **answers: object) -> Path:
    """The root with the files of these answers, by a copy in this process; nothing that comes after them is done.

    Several times faster than `apply_overlay`, for what the files say.
    """
    import copier

    root = project if isinstance(project, Path) else project.root
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copier.run_copy(str(template), root, data=answers, defaults=True, quiet=True, unsafe=True, skip_tasks=True)
    return root


def rehearse(
    project: Project,
    *options: str,
    template: Path | None = None,
    python: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 600,
) -> dict[str, Any]:
    """The report of `deploy-overlay rehearse --json`, run in the Django root, with its exit code.

    The command is that of the template, by default of the one that the project was made from. With `python` it is the
    quick check with that environment, `--here`. `env` is added to the environment. Raises AssertionError with all output
    when no report was printed.
    """
    active = {"VIRTUAL_ENV": str(python.parent.parent)} if python else {}
    command: list[str | Path] = [sys.executable, "-m", "deploy_overlay", "rehearse", "--json", *options]
    command += ["--here"] if python else []
    variables = {"PYTHONPATH": str(template or _source(project)), **active, **(env or {})}
    whole = environment(project.python, **variables)
    done = run(command, project.django_root, whole, check=False, timeout=timeout)
    try:
        report: dict[str, Any] = json.loads(done.stdout)
        report["checks"]
    except (ValueError, KeyError):
        raise AssertionError(f"No report (exit code {done.returncode}):\n{done.stdout}\n{done.stderr}") from None
    report["exit_code"] = done.returncode
    return report


def _source(project: Project) -> str:
    """The folder of the template that the project's answers record."""
    answers = yaml.safe_load((project.root / ".copier-answers.yml").read_text(encoding="utf-8"))
    return str(answers["_src_path"])


def failed_checks(report: dict[str, Any]) -> list[str]:
    """What speaks against a report, one text each: checks that failed or were not made, or a verdict that says no."""
    bad = [
        f"{check['name']} [{check['status']}]: {check['detail']} {check['cure']}".strip()
        for check in report["checks"]
        if check["status"] not in ("pass", "note")
    ]
    verdict = report["ok"] and (report["verdict"], report["exit_code"]) in (("ready", 0), ("unproven", 3))
    return bad or (
        [] if verdict and report["checks"] else [f"no check failed, but the rehearsal is not ready: {report}"]
    )
