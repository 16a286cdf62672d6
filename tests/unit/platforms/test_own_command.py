"""A platform's own command for what people do every day, as an argument list."""

from __future__ import annotations

from typing import Any

import pytest

from deploy_overlay.base.message import command_line
from deploy_overlay.platforms import platform
from deploy_overlay.platforms.own_command import managing, own_command

NESTED: dict[str, Any] = {"django_root": "src/web", "django_source_root": "src", "deploy_package": "deploy"}


@pytest.mark.parametrize(
    ("name", "answers", "line"),
    [
        ("fly", {}, 'fly ssh console -a shelf --pty -C "python -m django createsuperuser"'),
        ("heroku", {}, "heroku run -a shelf -- python -m django createsuperuser --settings deploy.settings"),
        ("render", {}, "render ssh shelf -- -t python -m django createsuperuser"),
        ("upsun", {}, 'upsun ssh --environment . ".venv/bin/python -m django createsuperuser"'),
        ("kamal", {}, 'kamal app exec --interactive --reuse "python -m django createsuperuser"'),
        ("fly", NESTED, 'fly ssh console -a shelf --pty -C "python -m django createsuperuser"'),
        (
            "heroku",
            NESTED,
            'heroku run -a shelf -- cd src/web "&&" python -m django createsuperuser --settings deploy.settings',
        ),
        ("upsun", NESTED, 'upsun ssh --environment . "cd web && ../.venv/bin/python -m django createsuperuser"'),
    ],
)
def test_django_is_run_in_its_folder_with_the_settings_of_production(
    name: str, answers: dict[str, Any], line: str
) -> None:
    declared = platform(name)
    stored = {"django_root": ".", "django_wsgi": "config.wsgi:application", "deploy_platforms": [name], **answers}

    argv = own_command(declared, "run", "shelf", "production", managing(declared, stored, ["createsuperuser"]))

    assert command_line(argv) == line


@pytest.mark.parametrize(
    ("name", "production", "staging"),
    [
        ("fly", "fly logs -a shelf", "fly logs -a shelf-staging"),
        ("heroku", "heroku logs --tail -a shelf", "heroku logs --tail -a shelf-staging"),
        ("upsun", "upsun log app --tail --environment .", "upsun log app --tail --environment staging"),
        ("kamal", "kamal app logs --follow", "kamal app logs --follow --destination staging"),
    ],
)
def test_each_environment_has_its_own(name: str, production: str, staging: str) -> None:
    told = [command_line(own_command(platform(name), "logs", "shelf", one)) for one in ("production", "staging")]

    assert told == [production, staging]


def test_a_cluster_is_named_once_its_owner_has_chosen_it() -> None:
    def logs(context: str) -> list[str]:
        return own_command(platform("kubernetes"), "logs", "shelf", "production", chosen=lambda _: context)

    assert logs("prod eu")[:5] == ["kubectl", "--context", "prod eu", "-n", "shelf"]
    assert logs("")[:3] == ["kubectl", "-n", "shelf"]


def test_arguments_keep_their_spaces() -> None:
    declared = platform("heroku")

    line = managing(declared, {"django_root": "."}, ["shell", "-c", "print(1, 2)"])
    argv = own_command(declared, "run", "shelf", "production", line)

    assert "print(1, 2)" in argv
