"""Heroku, dynos from a git push: https://devcenter.heroku.com/articles/deploying-python"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..answers import Answers

NAME = "Heroku"
STATUS = "stable"
FILES = {
    "Procfile": "what Heroku runs",
    ".python-version": "the Python that Heroku installs",
    "app.json": "what a review app needs",
    "requirements.txt": "leads Heroku to your dependencies",
    "package.json": "has Heroku build your front end",
    "bin/post_compile": "collects static files at Heroku's build",
}
# Dollars a month: https://www.heroku.com/pricing/
CURRENCY = "$"
PRICES_READ = "2026-11-22"
LARGER = {
    "performance-m": 250,
    "performance-l": 500,
    "performance-l-ram": 500,
    "performance-xl": 750,
    "performance-2xl": 1500,
}
DYNOS = {"eco": 5, "basic": 7, "standard-1x": 25, "standard-2x": 50}
DATABASES = {"essential-0": 5, "essential-1": 9, "essential-2": 20, "standard-0": 50}


def price(answers: Answers) -> str:
    """What the answers cost a month; every process type of the Procfile is a dyno."""
    dyno, plan = answers.text("heroku_dyno"), answers.text("heroku_postgres")
    workers = answers.values.get("django_workers") or []
    # Eco dynos are paid for together.
    count = 1 if dyno == "eco" else 1 + len(workers)
    named = "Eco dynos" if dyno == "eco" else f"{dyno.capitalize()} dyno" if count == 1 else f"{count} {dyno} dynos"
    parts = [(named, count * DYNOS[dyno])]
    if answers.text("deploy_database") == "postgres":
        parts.append((f"PostgreSQL {plan}", DATABASES[plan]))
    return f"${sum(sum_ for _, sum_ in parts)}: {', '.join(f'{what} ${sum_}' for what, sum_ in parts)}"


def replaced(answers: Answers) -> dict[str, str]:
    """Since February 2025: https://devcenter.heroku.com/changelog-items/3141"""
    said = answers.text("django_python_version")
    return {"runtime.txt": f"git rm it: .python-version says {said} now"}


def asks_for(before: Answers, answers: Answers) -> list[str]:
    old, new = before.text("deploy_name"), answers.text("deploy_name")
    return [f"Rename the app before you deploy: heroku apps:rename {new} --app {old}"] if old and old != new else []
