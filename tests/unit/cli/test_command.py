"""The command where it cannot go on: each error is one sentence with its fix, and a document for machines."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import pytest

from deploy_overlay.cli import platform_commands
from deploy_overlay.cli.command import main
from deploy_overlay.cli.verbs import Verb
from deploy_overlay.platforms import platform
from tests.support.anchors import note, shows
from tests.support.hook import Repository, answers


@pytest.fixture
def project(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    repository.write("requirements.txt", "Django==5.2\n")
    repository.commit(**answers("pip", "requirements.txt", deploy_platforms=["fly"], deploy_name="shelf"))
    monkeypatch.chdir(repository.root)
    return repository


@shows("overlay-not-added")
@pytest.mark.parametrize("in_git", [True, False])
def test_without_the_overlay(
    in_git: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if in_git:
        Repository(tmp_path)
    monkeypatch.chdir(tmp_path)

    assert main(["status", "--json"]) == 1

    said = capsys.readouterr()
    note(said.err)
    assert "deploy-overlay add" in said.err
    assert json.loads(said.out)["error"]["help"].endswith("#overlay-not-added")


def test_without_the_overlay_the_next_step_is_to_add_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Repository(tmp_path)
    monkeypatch.chdir(tmp_path)

    assert main([]) == 0

    assert "not added yet" in (said := capsys.readouterr().out)
    assert " add\n" in said


def test_the_next_step_of_a_project(project: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    settled = capsys.readouterr().out
    project.write("deploy/settings.py", "DEBUG = False\n")

    assert main(["--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert "no files of the overlay" in settled and "commit" not in settled.partition("Next")[2]
    assert told["uncommitted"] == ["deploy/"]
    assert [step["what"] for step in told["next"]] == ["rehearse", "commit", "deploy"]
    assert told["platforms"] == ["fly"] and told["created"] == []


@shows("platform-without-verb")
def test_a_platform_whose_program_cannot_do_it(
    project: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(platform_commands, "platform", lambda name: dataclasses.replace(platform(name), verbs={}))

    assert main(["logs"]) == 1

    note(capsys.readouterr().err)


@shows("package-missing")
def test_a_package_that_the_installation_does_not_have(
    project: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verb of a version that is newer than the installation needs it."""

    def load(verb: Verb) -> None:
        raise ModuleNotFoundError("No module named 'newlib'", name="newlib.part")

    monkeypatch.setattr(Verb, "load", load)

    assert main(["plan", "--platform", "fly"]) == 1

    note(said := capsys.readouterr().err)
    assert "newlib" in said
    assert "uvx --from git+https://github.com/org/deploy-overlay deploy-overlay plan --platform fly`" in said


@shows("unexpected-error")
def test_a_mistake_of_ours_is_one_sentence_and_a_log(
    project: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(verb: Verb) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Verb, "load", load)

    assert main(["plan"]) == 1

    note(said := capsys.readouterr().err)
    assert "Traceback" not in said and "(ZeroDivisionError: a bug)" in said
    (log,) = project.logs()
    assert log.name in said and "Traceback" in log.read_text(encoding="utf-8")


@shows("several-projects")
def test_several_projects(project: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("shop", "blog"):
        project.write(f"{name}/manage.py", "")
        given = answers("pip", "requirements.txt", deploy_platforms=["fly"], deploy_name=name, django_root=name)
        project.write(f".copier-answers.{name}.yml", json.dumps(given))
    (project.root / ".copier-answers.yml").unlink()

    assert main([]) == 1
    note(capsys.readouterr().err)

    os.chdir(project.root / "shop")
    assert main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["project"] == "shop"
    assert main(["-a", ".copier-answers.blog.yml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["project"] == "blog"


def test_the_version_and_where_it_is_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0

    assert capsys.readouterr().out.startswith("deploy-overlay ")


UPDATING = (["update"], ["set", "deploy_name=other"], ["add", "heroku"], ["uninstall", "--list"])


@shows("update-cut-off")
@pytest.mark.parametrize("words", UPDATING, ids=lambda words: words[0])
def test_after_a_killed_update_the_way_back_comes_first(
    words: list[str], project: Repository, capfd: pytest.CaptureFixture[str]
) -> None:
    """Copier itself says only that the repository is dirty."""
    project.write(".git/deploy-overlay/update.json", "{}")
    project.write("requirements.txt", "Django==5.2\n<<<<<<< before\n")

    assert main(words) == 1

    note(said := capfd.readouterr().err)
    assert "`git stash --include-untracked`" in said and "dirty" not in said
    assert f"`deploy-overlay {words[0]}" in said


@shows("uncommitted-changes")
@pytest.mark.parametrize("words", UPDATING, ids=lambda words: words[0])
def test_what_is_not_committed_is_named_before_copier_starts(
    words: list[str], project: Repository, capfd: pytest.CaptureFixture[str]
) -> None:
    project.write("notes.txt", "mine\n")

    assert main(words) == 1

    note(said := capfd.readouterr().err)
    assert "notes.txt" in said and "`git stash --include-untracked`" in said and "dirty" not in said
