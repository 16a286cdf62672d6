"""What runs updates for a team: Copier's own options, Renovate's set of flags, and the two configurations offered."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from tests.support import Project, commit, environment, run, status, tree
from tests.support.anchors import note, shows
from tests.support.overlay import apply_overlay, copier_program
from tests.support.versions import Versions, answers_of, appended, edit, taken, updated, write

FLY = "template/project/fly.toml.jinja"
WORKFLOW = ".github/workflows/deploy-overlay.yml"


def copier(project: Project, *arguments: str) -> tuple[int, str]:
    done = run([copier_program(), *arguments], project.root, environment(project.python), check=False)
    return done.returncode, done.stdout + done.stderr


def test_what_renovate_runs(versions: Versions, project: Project) -> None:
    """https://docs.renovatebot.com/modules/manager/copier/"""
    taken(project, versions)
    write(project, ".python-version", "3.12\n")
    edit(project, "fly.toml", "min_machines_running = 0", "min_machines_running = 2")
    versions.release("1.1.0", appended("template/project/{{ deploy_folder }}/health.py", "# New.\n"))
    versions.release("1.2.0", appended(FLY, "# Newer.\n"))
    flags = ["--skip-answered", "--defaults", "--trust", "--answers-file", ".copier-answers.yml", "--vcs-ref", "v1.1.0"]

    code, output = copier(project, "update", *flags)

    assert code == 0, output
    assert answers_of(project)["_commit"] == "v1.1.0"
    assert answers_of(project)["django_python_version"] == "3.12"
    assert "# New." in (project.root / "deploy" / "health.py").read_text(encoding="utf-8")
    assert "min_machines_running = 2" in (project.root / "fly.toml").read_text(encoding="utf-8")


def test_pretending_changes_nothing(versions: Versions, project: Project) -> None:
    taken(project, versions)
    versions.release("1.1.0", appended(FLY, "# New.\n"))
    before = tree(project.root)

    code, output = copier(project, "update", "--trust", "--defaults", "--pretend")

    assert "Traceback" not in output
    assert code == 0, output
    assert tree(project.root) == before
    assert status(project) == []


def test_recopy_keeps_the_answers_and_discards_edits(versions: Versions, project: Project) -> None:
    taken(project, versions, deploy_name="reading-room")
    first = tree(project.root)
    edit(project, "fly.toml", "min_machines_running = 0", "min_machines_running = 2")

    code, output = copier(project, "recopy", "--trust", "--defaults", "--overwrite")

    assert code == 0, output
    assert tree(project.root) == first


def test_check_update(versions: Versions, project: Project) -> None:
    taken(project, versions)
    assert copier(project, "check-update", "--quiet")[0] == 0
    versions.release("1.1.0", appended(FLY, "# New.\n"))

    code, _ = copier(project, "check-update", "--quiet")
    told = run([copier_program(), "check-update", "--output-format", "json"], project.root, environment(), check=False)

    assert code == 2
    assert json.loads(told.stdout)["update_available"] is True


def test_nothing_is_added_unless_it_is_asked_for(versions: Versions, project: Project) -> None:
    taken(project, versions)

    assert not (project.root / WORKFLOW).exists()
    assert not (project.root / "renovate.json").exists()


def test_a_workflow_and_a_renovate_configuration_when_asked_for(versions: Versions, project: Project) -> None:
    taken(project, versions, deploy_updates=["github", "renovate"])

    workflow = yaml.safe_load((project.root / WORKFLOW).read_text(encoding="utf-8"))
    steps = workflow["jobs"]["update"]["steps"]
    used = [step["uses"] for step in steps if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in used)
    assert workflow["permissions"] == {}
    assert any("--answers-file .copier-answers.yml" in step.get("run", "") for step in steps)
    renovate = json.loads((project.root / "renovate.json").read_text(encoding="utf-8"))
    assert renovate["enabledManagers"] == ["copier"]
    assert renovate["ignoreScripts"] is False

    updated(project, "-r", ":current:", deploy_updates=[])
    assert not (project.root / WORKFLOW).exists()
    assert not (project.root / "renovate.json").exists()


def test_a_renovate_configuration_of_the_teams_own_stays(versions: Versions, project: Project) -> None:
    write(project, "renovate.json", '{"extends": ["config:recommended"]}\n')
    taken(project, versions, deploy_updates=["renovate"])

    assert "config:recommended" in (project.root / "renovate.json").read_text(encoding="utf-8")
    assert "renovate.json" in answers_of(project)["deploy_kept_files"]


@shows("answer-deploy-updates")
def test_other_engines_are_refused(versions: Versions, project: Project) -> None:
    done = apply_overlay(project, versions.root, deploy_platforms=["fly"], deploy_updates=["dependabot"])
    note(done.stderr)

    assert done.returncode == 1


@pytest.mark.parametrize("kind", ["cookiecutter", "cruft"])
def test_a_project_from_another_generator(kind: str, versions: Versions, project: Project) -> None:
    if kind == "cruft":
        write(project, ".cruft.json", '{"template": "https://example.com/t", "commit": "1", "context": {}}\n')
    else:
        write(project, "cookiecutter.json", '{"project_name": "library"}\n')
    theirs = tree(project.root)
    taken(project, versions)
    versions.release("1.1.0", appended(FLY, "# New.\n"))

    updated(project)
    commit(project, "Update")

    after = tree(project.root)
    assert {path: after[path] for path in theirs if path != "requirements.txt"} == {
        path: digest for path, digest in theirs.items() if path != "requirements.txt"
    }
