"""What the question says of what could be started beside the site: whether there is any, and what each process costs."""

from __future__ import annotations

from typing import Any, cast

from jinja2 import Environment
from jinja2.runtime import Context

from deploy_overlay.ask.platforms import run_prices


def told(kind: str, *names: str) -> str:
    workers: list[dict[str, Any]] = [{"service": "rq", "name": name, "command": f"rq {name}"} for name in names]
    context = Environment().from_string("").new_context({"django_workers": workers})
    return cast(str, run_prices(cast(Context, context), kind, ["heroku"]))


def test_each_of_several_workers_has_the_price() -> None:
    assert told("worker", "mails", "images").startswith(" (each a month: Heroku $")
    assert told("worker", "mails", "scheduler").startswith(" (a month: Heroku $")


def test_what_the_project_does_not_have_is_said() -> None:
    assert told("scheduler", "mails") == told("worker", "scheduler") == ": none found"
    assert told("scheduler", "scheduler").startswith(" (a month: Heroku $")
