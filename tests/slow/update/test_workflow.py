"""The weekly workflow's own steps in a checkout, as far as they go without GitHub: what the pull request would hold."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support import Project, environment, git
from tests.support.overlay import copier_program
from tests.support.versions import Versions, replaced, taken, write

WORKFLOW = ".github/workflows/deploy-overlay.yml"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the workflow's steps run in Bash on Linux")


def run_steps(project: Project, runner: Path) -> list[subprocess.CompletedProcess[str]]:
    """Every `run:` of the workflow in its order, in Bash as a runner starts it, until one fails."""
    programs = runner / "bin"
    programs.mkdir(parents=True)
    (programs / "uvx").write_text(f'#!/bin/sh\nshift 3\nexec {copier_program()} "$@"\n')  # --with EXTENSIONS copier
    (programs / "uvx").chmod(0o755)
    content = yaml.safe_load((project.root / WORKFLOW).read_text(encoding="utf-8"))
    done = []
    for step in content["jobs"]["update"]["steps"]:
        if "run" not in step:
            continue
        variables = {name: str(value) for name, value in step.get("env", {}).items()}
        env = environment(project.python, RUNNER_TEMP=str(runner), **variables)
        env["PATH"] = f"{programs}{os.pathsep}{env['PATH']}"
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#exit-codes-and-error-action-preference
        command = [str(shutil.which("bash")), "--noprofile", "--norc", "-e", "-c", step["run"]]
        done.append(subprocess.run(command, cwd=project.root, env=env, capture_output=True, text=True, check=False))
        if done[-1].returncode:
            break
    return done


def propose(project: Project) -> None:
    """What create-pull-request does first: it puts the changes away, changes the branch and takes them out again.

    https://github.com/peter-evans/create-pull-request/blob/v8.1.1/src/create-or-update-branch.ts
    """
    git(project.root, "stash", "push", "--include-untracked")
    git(project.root, "checkout", "--quiet", "-b", "deploy-overlay/update")
    git(project.root, "stash", "pop")
    git(project.root, "add", "--all")
    git(project.root, "commit", "--quiet", "--message", "Update deploy-overlay")


def test_a_conflict_is_proposed_with_its_marks_and_named(versions: Versions, project: Project, tmp_path: Path) -> None:
    taken(project, versions, deploy_updates=["github"])
    line = next(
        line for line in (project.root / "fly.toml").read_text().splitlines() if line.startswith("primary_region")
    )
    write(project, "fly.toml", (project.root / "fly.toml").read_text().replace(line, 'primary_region = "nrt"'))
    source = next(
        line
        for line in (versions.root / "template/project/fly.toml.jinja").read_text().splitlines()
        if line.startswith("primary_region")
    )
    versions.release("1.1.0", replaced("template/project/fly.toml.jinja", source, 'primary_region = "syd"'))

    steps = run_steps(project, tmp_path / "runner")
    assert [step.returncode for step in steps] == [0] * len(steps), steps[-1].stderr
    assert git(project.root, "ls-files", "--unmerged") == ""
    propose(project)

    proposed = git(project.root, "show", "deploy-overlay/update:fly.toml")
    assert "<<<<<<<" in proposed and '"nrt"' in proposed and '"syd"' in proposed
    body = (tmp_path / "runner" / "body.md").read_text(encoding="utf-8")
    assert re.search(r"^- fly\.toml$", body, re.MULTILINE), body
    assert "conflict markers" in body


def test_without_a_conflict_the_text_speaks_of_none(versions: Versions, project: Project, tmp_path: Path) -> None:
    taken(project, versions, deploy_updates=["github"])
    source = next(
        line
        for line in (versions.root / "template/project/fly.toml.jinja").read_text().splitlines()
        if line.startswith("primary_region")
    )
    versions.release("1.1.0", replaced("template/project/fly.toml.jinja", source, f"# New.\n{source}"))

    steps = run_steps(project, tmp_path / "runner")
    assert [step.returncode for step in steps] == [0] * len(steps), steps[-1].stderr
    propose(project)

    assert "# New." in git(project.root, "show", "deploy-overlay/update:fly.toml")
    assert "conflict markers" not in (tmp_path / "runner" / "body.md").read_text(encoding="utf-8")


def test_a_change_of_the_workflow_itself_is_in_the_text_alone(
    versions: Versions, project: Project, tmp_path: Path
) -> None:
    """GitHub refuses the whole push otherwise: the workflow's token never has the permission `workflows`."""
    taken(project, versions, deploy_updates=["github"])
    before = (project.root / WORKFLOW).read_text()
    versions.release("1.1.0", replaced(f"template/project/{WORKFLOW}.jinja", '"17 5 * * 1" # Mondays', '"17 5 * * 2"'))

    steps = run_steps(project, tmp_path / "runner")
    assert [step.returncode for step in steps] == [0] * len(steps), steps[-1].stderr
    propose(project)

    assert git(project.root, "show", f"deploy-overlay/update:{WORKFLOW}") == before
    body = (tmp_path / "runner" / "body.md").read_text(encoding="utf-8")
    assert '    +    - cron: "17 5 * * 2"' in body
