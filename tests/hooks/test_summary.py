"""The summary on the screen: what it costs is told by one set of prices, and it fits a screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from copier._template import load_template_config

from hooks.answers import Answers
from hooks.platforms import module
from tests.support import apply_overlay, make_project
from tests.support.template import REPOSITORY

ROWS, COLUMNS = 24, 80
PRICES: dict[str, list[tuple[dict[str, object], str]]] = {
    "fly": [
        ({"deploy_database": "postgres"}, "up to $43.99: Machine $3.19, managed PostgreSQL $38, its 10 GB $2.80"),
        ({"deploy_database": "postgres", "fly_postgres": "unmanaged"}, "up to $5.28: Machine $3.19, PostgreSQL $2.09"),
        ({"deploy_database": "postgres", "fly_cluster": "abc", "fly_machines": 2}, "up to $6.38: 2 Machines $6.38"),
        ({"deploy_database": "sqlite", "fly_machines": 2}, "up to $3.34: Machine $3.19, volume $0.15"),
        ({"deploy_database": "external"}, "up to $3.19: Machine $3.19"),
        ({"deploy_database": "external", "fly_region": "sjc"}, "up to $3.81: Machine $3.81"),
        (
            {"deploy_database": "external", "fly_region": "gru"},
            "from $3.19 (gru may cost more than iad): Machine $3.19",
        ),
    ],
    "heroku": [
        (
            {"deploy_database": "postgres", "heroku_dyno": "basic", "heroku_postgres": "essential-0"},
            "$12: Basic dyno $7, PostgreSQL essential-0 $5",
        ),
        (
            {"deploy_database": "external", "heroku_dyno": "basic", "django_workers": [{"name": "worker"}]},
            "$14: 2 basic dynos $14",
        ),
        ({"heroku_dyno": "eco", "django_workers": [{"name": "worker"}]}, "$5: Eco dynos $5"),
    ],
    "upsun": [
        ({"deploy_database": "postgres"}, "about 35 euros: project 9, user 10, app 6, database 10"),
        ({"deploy_database": "sqlite"}, "about 25 euros: project 9, user 10, app 6"),
        (
            {"upsun_flavour": "fixed", "upsun_plan": "standard"},
            "the plan standard: https://upsun.com/pricing-fixed/",
        ),
    ],
}


@pytest.mark.parametrize("platform", PRICES)
def test_the_price_of_the_answers(platform: str, tmp_path: Path) -> None:
    for answers, price in PRICES[platform]:
        assert module(platform).price(Answers(tmp_path, "", answers)) == price


def test_the_questions_and_the_readme_of_a_project_have_the_same_prices(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library")
    answers = {"deploy_platforms": ["fly", "heroku", "upsun"], "deploy_database": "postgres"}
    done = apply_overlay(project, template, **answers)
    assert done.returncode == 0, done.stderr
    text = (project.root / "deploy" / "README.md").read_text(encoding="utf-8")
    questions = "".join(
        (REPOSITORY / "questions" / f"{name}.yml").read_text(encoding="utf-8") for name in ("fly", "heroku")
    )
    costs = [line.partition(": ")[2] for line in done.stdout.splitlines() if re.search(r"\$\d|euros", line)]
    sums = [one for line in costs for one in re.findall(r"\$[0-9.]*[0-9]|(?<= )[0-9]+", line)]

    assert len(sums) == 10
    assert not [one for one in sums if one not in text]
    heroku = module("heroku")
    for plans in (heroku.DYNOS, heroku.DATABASES):  # type: ignore[attr-defined]
        for plan, price in plans.items():
            assert re.search(rf'"{plan.replace("-", "[ -]")}: \${price} ', questions, re.IGNORECASE), plan


@pytest.mark.parametrize("platform", PRICES)
def test_the_choice_of_a_platform_shows_the_total_of_what_it_proposes(platform: str, tmp_path: Path) -> None:
    """With the defaults of every question; the text is a sentence of a file, which holds no numbers of its own."""
    proposed = {name: said.get("default") for name, said in load_template_config(REPOSITORY / "copier.yml").items()
                if isinstance(said, dict) and name.startswith(f"{platform}_")} | {"upsun_flavour": "flex"}  # fmt: skip
    choices = load_template_config(REPOSITORY / "questions" / "deploy.yml")["deploy_platforms"]["choices"]
    text = next(text for text, value in choices.items() if value == platform)

    for database in ["postgres", "sqlite"] if platform == "fly" else ["postgres"]:
        told = module(platform).price(Answers(tmp_path, "", {**proposed, "deploy_database": database}))
        total = re.search(r"\$[0-9]+([.][0-9]+)?|[0-9]+ euros", told)
        assert total and total.group() in text, (told, text)


@pytest.mark.parametrize("platform", PRICES)
@pytest.mark.parametrize("manager", ["pip", "poetry"])
def test_a_screen_holds_it(platform: str, manager: str, template: Path, tmp_path: Path) -> None:
    """With its title on top, below it the empty line that Copier adds and the shell's prompt."""
    project = make_project(tmp_path / "library", manager=manager, database="postgresql")

    done = apply_overlay(project, template, deploy_platforms=[platform])

    told = done.stdout.strip().splitlines()
    assert told[0].startswith("deploy-overlay: configured for ")
    assert sum(-(-len(line) // COLUMNS) or 1 for line in told) <= ROWS - 2
    assert "4. deploy" in done.stdout and "Costs nothing yet" in done.stdout


@pytest.mark.parametrize("how", ["--quiet", "variable"])
def test_quiet_says_nothing_where_all_is_well(how: str, template: Path, tmp_path: Path) -> None:
    from tests.support import environment

    project = make_project(tmp_path / "library", manager="poetry")
    options = ["--quiet"] if how == "--quiet" else []
    variables = {} if options else {"DEPLOY_OVERLAY_QUIET": "1"}

    done = apply_overlay(
        project, template, *options, env=environment(project.python, **variables), deploy_platforms=["fly"]
    )

    assert done.returncode == 0, done.stderr
    assert not done.stdout.strip()
    assert "deploy-overlay:" not in done.stderr
    assert done.stderr == "" or not options
    log = next((project.root / ".git" / "deploy-overlay").glob("*-after-copy.log"))
    assert "configured for Fly.io" in log.read_text(encoding="utf-8")


def test_what_is_not_started_is_named(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", variants=["celery"])
    done = apply_overlay(project, template, deploy_platforms=["fly"])
    assert done.returncode == 0, done.stderr

    told = [line for line in done.stdout.splitlines() if line.startswith("Not started")]
    assert told == ["Not started, each has a price: celery worker, Redis (see deploy/README.md)"]
    readme = (project.root / "deploy" / "README.md").read_text(encoding="utf-8")
    assert "[processes]" in readme and "fly redis create" in readme
