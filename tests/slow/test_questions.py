"""What is asked, what is stored, and what a person sees at the prompts. Slow, as each copies the template."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect
import pytest
from pytest_copier.plugin import CopierFixture

from tests.support import apply_overlay, commit, environment, git, make_project, snapshot
from tests.support.asking import COLUMNS, CURSOR_IS_BACK, answered
from tests.support.overlay import copier_program
from tests.support.platforms import needed, platforms

FACTS = {
    "django_asgi", "django_configuration", "django_database", "django_debug_env", "django_dependency_files",
    "django_dependency_manager", "django_dependency_root", "django_dev_apps", "django_python_path", "django_python_version",
    "django_required_env", "django_root", "django_secret_key_env", "django_services", "django_settings_assigned",
    "django_settings_module", "django_system_libraries", "django_wsgi", "django_frontend", "django_workers",
    "django_build_commands", "django_build_secrets", "django_dependency_extras", "django_dependency_groups",
    "django_image_keeps", "django_install_files", "django_install_folder", "django_library_env", "django_replaced_env",
    "django_static_root", "django_manager_required", "django_unproven", "django_schedule", "django_stores", "django_uploads",
}  # fmt: skip
CHOICES = {
    "deploy_ci",
    "deploy_database", "deploy_domains", "deploy_name", "deploy_platforms", "deploy_redis", "deploy_runs", "deploy_updates",
    "deploy_uploads", "fly_region", "fly_org", "fly_postgres", "fly_cluster", "fly_machines",
}  # fmt: skip
OWN = {"deploy_beside", "deploy_kept_files", "deploy_own_answers", "deploy_package"}


@pytest.fixture(scope="session")
def copier_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For pytest-copier: the working tree as a template, instead of a copy of everything in the folder."""
    return snapshot(tmp_path_factory.mktemp("template"))


def test_facts_and_choices_are_stored_and_nothing_else(copier: CopierFixture, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="nested")

    result = copier.copy(project.root, deploy_platforms=["fly"])

    stored = {name for name in result.answers if not name.startswith("_")}
    assert stored == FACTS | CHOICES | OWN
    assert result.answers["django_root"] == "shelf"
    assert result.answers["deploy_name"] == "library"


def test_a_fact_that_is_given_wins_over_what_is_seen(copier: CopierFixture, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")

    result = copier.copy(project.root, deploy_platforms=["fly"], django_python_version="3.11")

    assert result.answers["django_python_version"] == "3.11"
    assert "FROM python:3.11-slim" in (project.root / "Dockerfile").read_text(encoding="utf-8")


posix = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
DOWN, ENTER = "\x1b[B", "\r"


TYPED = {"deploy_domains": "Your own domains", "deploy_registry": "Registry of the image"}


def chosen(platform: str) -> str:
    """The keys that select this platform and no other; the first one is selected already."""
    place = [*platforms()].index(platform)
    return f" {DOWN * place} {ENTER}" if place else ENTER


@posix
@pytest.mark.parametrize("platform", platforms())
def test_a_person_answers_by_pressing_enter_and_types_what_nobody_can_know(
    platform: str, template: Path, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "library")
    typed = {TYPED[name]: value + ENTER for name, value in needed(platform).items()}

    session = answered(project, template, {1: chosen(platform), **typed})

    assert session.status == 0, session.text
    questions = session.asked
    assert len(questions) == len(set(questions))
    assert all(any(one.startswith(f"? {words}") for one in questions) for words in typed), questions
    stored = (project.root / ".copier-answers.yml").read_text(encoding="utf-8")
    assert f"deploy_platforms:\n- {platform}\n" in stored
    assert all(f"{name}: {value}\n" in stored for name, value in needed(platform).items())


@posix
@pytest.mark.parametrize("platform", ["fly", "heroku", "upsun"])
def test_a_plain_project_is_asked_five_questions(platform: str, template: Path, tmp_path: Path) -> None:
    """And one more where visitors upload files, as they do in the sample."""
    session = answered(make_project(tmp_path / "library"), template, {1: chosen(platform)})

    questions = [one for one in session.asked if "uploaded files" not in one]
    assert len(questions) == 5, questions
    assert len(session.asked) == 6
    assert session.keystrokes == 6 or chosen(platform) != ENTER


@posix
def test_what_a_platform_cannot_do_without_is_asked_until_it_is_there(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    typed = {
        "Your own domains": ENTER + "www.example.com" + ENTER,
        "Registry of the image": ENTER + "ghcr.io/you" + ENTER,
    }

    session = answered(project, template, {1: chosen("kubernetes"), **typed})

    assert session.status == 0, session.text
    stored = (project.root / ".copier-answers.yml").read_text(encoding="utf-8")
    assert "deploy_domains: www.example.com\n" in stored
    assert "deploy_registry: ghcr.io/you\n" in stored


@posix
def test_adding_a_platform_asks_what_only_that_one_needs(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    assert apply_overlay(project, template, deploy_platforms=["fly"]).returncode == 0
    commit(project, "Add deployment configuration")
    typed: dict[int | str, str] = {TYPED[name]: value + ENTER for name, value in needed("kubernetes").items()}
    change = ("-d", "deploy_platforms=[fly,kubernetes]", "-d", "deploy_action=configure")

    session = answered(project, template, typed, ["update", "--trust", "--skip-answered", "-r", ":current:", *change])

    assert session.status == 0, session.text
    assert not [one for one in session.asked if "Name of the app" in one or "Database" in one], session.asked
    assert "www.example.com" in (project.root / "deploy/kubernetes/overlays/production/route.yaml").read_text("utf-8")


@posix
def test_who_has_workflows_is_asked_whether_one_is_to_deploy(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    workflow = project.root / ".github" / "workflows" / "test.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("on: push\njobs: {}\n", encoding="utf-8")

    session = answered(project, template, {5: DOWN + ENTER})

    assert session.status == 0, session.text
    assert session.asked[5].startswith("? Rehearse and deploy each change"), session.asked
    assert (workflow.parent / "deploy.yml").is_file()
    assert workflow.read_text(encoding="utf-8") == "on: push\njobs: {}\n"


@posix
def test_the_rule_of_an_answer_is_not_cut_off(template: Path, tmp_path: Path) -> None:
    """A terminal shows one line of what is wrong, and Copier begins it with the question's name."""
    project = make_project(tmp_path / "library")
    child = pexpect.spawn(
        copier_program(), ["copy", "--trust", str(template), "."], cwd=str(project.root),
        env=environment(project.python, TERM="xterm"), dimensions=(40, COLUMNS), encoding="utf-8", timeout=60,
    )  # fmt: skip
    clear = "\x15"
    for question, wrong, rule, right in (
        ("What to do with", "", "", ""),
        ("Where to deploy", "", "", ""),
        ("Name of the app", "my--site", "Hyphens go between words: my-site.", "my-site"),
        ("Database in production", "", "", ""),
        ("Where uploaded files", "", "", ""),
        ("Fly.io region", "Frankfurt", "Use three letters, such as fra.", "fra"),
    ):
        child.expect_exact(question)
        child.expect_exact(CURSOR_IS_BACK)
        if wrong:
            child.send(f"{clear}{wrong}{ENTER}")
            child.expect_exact(rule)
            child.send(f"{clear}{right}")
        child.send(ENTER)
    if child.expect_exact(["Rehearse now?", pexpect.EOF]) == 0:  # where uvx or pipx is on PATH
        child.expect_exact(CURSOR_IS_BACK)
        child.send(ENTER)
        child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before


@posix
def test_what_a_platform_refuses_is_said_before_more_is_asked_about_it(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", manager="pdm")

    session = answered(project, template, {1: f" {DOWN} {ENTER}"})

    assert session.status == 1
    assert "does not support PDM" in " ".join(session.text.split())
    assert len(session.asked) == 2, session.asked


@posix
def test_a_database_that_a_platform_lacks_cannot_be_chosen(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")

    session = answered(project, template, {1: f" {DOWN} {ENTER}", 3: DOWN + ENTER})

    assert session.status == 0, session.text
    assert any("(not on Heroku)" in line for line in session.raw_lines_of_prompts())
    stored = (project.root / ".copier-answers.yml").read_text(encoding="utf-8")
    assert "deploy_database: external" in stored  # the next one that can be chosen


@posix
def test_what_has_a_price_is_asked_before_it_is_created(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")

    session = answered(project, template, {0: DOWN + ENTER, 1: f" {DOWN} {ENTER}"})  # to create on Heroku

    assert [question for question in session.asked if question.startswith("? Heroku dyno type")], session.asked
    assert [question for question in session.asked if question.startswith("? Heroku Postgres plan")]
    assert "$7 a month" in session.text and "$5 a month" in session.text


@posix
def test_what_was_seen_comes_first_in_six_lines_with_the_places_that_say_so(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="monorepo", manager="poetry", settings="split")

    session = answered(project, template)

    before = session.text.partition("\n? ")[0].strip().splitlines()
    assert before[0] == "Detected in this project:"
    assert len(before) == 7
    assert "in backend/" in before[1] and "(backend/manage.py)" in before[1]
    assert "(backend/config/wsgi.py:14)" in before[2]
    assert all(line.endswith(")") for line in before[1:]), before
    assert max(map(len, before)) < COLUMNS
    assert session.text.count("Detected in this project:") == 1


@posix
def test_a_question_and_its_choices_fit_a_line(template: Path, tmp_path: Path) -> None:
    """A wrapped line is read twice by some screen readers and breaks the list of choices."""
    project = make_project(tmp_path / "library")

    typed = {TYPED[name]: value + ENTER for name, value in needed(*platforms()).items()}
    session = answered(project, template, {1: "a" + ENTER, **typed})  # every platform

    assert session.status == 0, session.text
    lines = session.raw_lines_of_prompts()
    assert lines
    assert not [line for line in lines if len(line) >= COLUMNS]


@posix
def test_what_was_seen_wrongly_is_corrected_without_knowing_names(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="monorepo")

    correct, python = {0: DOWN * 3 + ENTER}, {6: "\x7f" * 4 + "3.12" + ENTER}
    session = answered(project, template, correct | python)

    assert session.status == 0, session.text
    assert session.asked[0] == "? What to do with this project"
    assert [question for question in session.asked if question.startswith("? Folder with manage.py")]
    answers = (project.root / ".copier-answers.yml").read_text(encoding="utf-8")
    assert "django_python_version: '3.12'" in answers
    assert "deploy_own_answers:\n- django_python_version\n" in answers
    assert "deploy_action" not in answers


@posix
def test_a_correction_that_cannot_be_true_is_asked_again(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")

    wrong = "nowhere" + ENTER + "\x7f" * 8 + "."
    session = answered(project, template, {0: DOWN * 3 + ENTER, 1: "\x7f" + wrong + ENTER})

    assert session.status == 0, session.text
    assert "django_root: .\n" in (project.root / ".copier-answers.yml").read_text(encoding="utf-8")


@posix
@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colour_nothing_is_lost(variables: dict[str, str], template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")

    session = answered(project, template, **variables)

    assert session.status == 0, session.text
    assert not session.colours, session.colours
    for word in ("What to do with this project", "Where to deploy", "Database in production", "1. install"):
        assert word in session.text


@posix
def test_one_that_is_interrupted_leaves_nothing(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")

    session = answered(project, template, {2: "\x03"})

    assert session.status != 0
    assert "Traceback" not in session.text
    assert git(project.root, "status", "--porcelain") == ""


def test_a_data_file_answers_everything(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    data = tmp_path / "answers.yml"
    data.write_text("deploy_platforms: [fly]\nfly_region: fra\ndeploy_database: sqlite\n", encoding="utf-8")

    done = apply_overlay(project, template, "--data-file", str(data))

    assert done.returncode == 0, done.stderr
    assert 'primary_region = "fra"' in (project.root / "fly.toml").read_text(encoding="utf-8")


def test_machines_are_told_nothing_that_only_people_read(template: Path, tmp_path: Path) -> None:
    done = apply_overlay(make_project(tmp_path / "library"), template, deploy_platforms=["fly"])

    assert "Detected in this project" not in done.stderr + done.stdout
