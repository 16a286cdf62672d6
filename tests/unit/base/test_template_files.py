"""Which files of the template belong to the project already."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.base.template_files import (
    answers_file_problem,
    free_package_name,
    kept_files,
    left_by_overlay,
    relative_to,
    rendered_paths,
)


@pytest.fixture
def template(tmp_path: Path) -> Path:
    folder = tmp_path / "template"
    for name in (
        "Dockerfile.jinja",
        "fly.toml.jinja",
        "{{ deploy_folder }}/settings.py.jinja",
        ".x/y.yaml",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "{{ _copier_conf.answers_file }}.jinja").touch()
    return folder


def test_rendered_paths_are_those_of_the_project(template: Path) -> None:
    assert rendered_paths(template, "web/deploy") == [".x/y.yaml", "Dockerfile", "fly.toml", "web/deploy/settings.py"]


def test_files_that_are_there_already_are_kept(template: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".x").mkdir(parents=True)
    (project / "dockerfile").write_text("FROM scratch\n", encoding="utf-8")  # one file with Dockerfile on Windows
    (project / ".x" / "y.yaml").write_text("a: 1\n", encoding="utf-8")
    (project / "fly.toml").write_text("# Added by deploy-overlay.\n", encoding="utf-8")

    assert kept_files(project, template) == [".x/y.yaml", "Dockerfile"]


def test_the_package_takes_a_name_that_is_free(template: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "deploy").mkdir(parents=True)
    (project / "deploy" / "settings.py").write_text("X = 1\n", encoding="utf-8")
    assert free_package_name(project, template) == "deployment"
    (project / "deployment.py").touch()
    assert free_package_name(project, template) == "deploy_overlay"


def test_our_own_package_of_an_interrupted_run_is_found_again(template: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    assert free_package_name(project, template) == "deploy"
    (project / "deploy").mkdir(parents=True)
    assert free_package_name(project, template) == "deploy"
    (project / "deploy" / "settings.py").write_text('"""Added by deploy-overlay."""\n', encoding="utf-8")
    assert free_package_name(project, template) == "deploy"
    (project / "deploy" / "own.sh").touch()
    assert free_package_name(project, template) == "deployment"


def test_answers_do_not_go_into_the_file_of_another_template(tmp_path: Path) -> None:
    default, beside = ".copier-answers.yml", ".copier-answers.deploy.yml"
    assert answers_file_problem(tmp_path, default) is None
    (tmp_path / default).write_text("_src_path: gh:somebody/else\nproject_name: x\n", encoding="utf-8")
    problem = answers_file_problem(tmp_path, default)
    assert problem and f"-a {beside}" in str(problem)
    assert answers_file_problem(tmp_path, beside) is None
    (tmp_path / default).write_text("deploy_platforms:\n- fly\n", encoding="utf-8")
    assert answers_file_problem(tmp_path, default) is None


def test_paths_are_written_from_other_folders() -> None:
    assert relative_to("requirements.txt", "web/site") == "../../requirements.txt"
    assert relative_to("web/requirements.txt", "web") == "requirements.txt"


@pytest.mark.parametrize("value", ["7", "true", "null", "{a: b}"])
@pytest.mark.parametrize("name", ["deploy_kept_files", "deploy_platforms"])
def test_answers_that_are_no_lists_are_no_error_of_ours(tmp_path: Path, template: Path, name: str, value: str) -> None:
    (template / ".python-version.jinja").touch()
    (tmp_path / ".python-version").write_text("3.13\n", encoding="utf-8")
    (tmp_path / ".copier-answers.yml").write_text(f"deploy_package: deploy\n{name}: {value}\n", encoding="utf-8")

    assert "deploy" in left_by_overlay(tmp_path, template)[0]
