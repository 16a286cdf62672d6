"""Commands that the project's release runs beside its migrations are told, since ours does not run them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.detect import FACTS, Facts
from deploy_overlay.summary import release_commands
from tests.unit.detect.conftest import django_project, write

Build = Callable[..., Facts]
SCRIPT = "#!/bin/sh\npython manage.py migrate --noinput\n{}\nexec gunicorn site_.wsgi\n"


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("scripts/release.sh", SCRIPT.format("python manage.py setup_groups"), [(3, "setup_groups")]),
        ("docker-entrypoint.sh", SCRIPT.format("./manage.py loaddata roles.json -v 0"), [(3, "loaddata roles.json -v 0")]),
        ("bin/post_compile", SCRIPT.format("django-admin sync_prices\npython -m django update_index"),
         [(3, "sync_prices"), (4, "update_index")]),
        ("Procfile", "web: gunicorn site_.wsgi\nrelease: python manage.py migrate && python manage.py setup_groups\n",
         [(2, "setup_groups")]),
        ("render.yaml", "services:\n  - preDeployCommand: python manage.py migrate && python manage.py setup_groups\n",
         [(2, "setup_groups")]),
        # In a process of its own, or no part of a release.
        ("Procfile", "release: python manage.py migrate\nworker: python manage.py consume_orders\n", []),
        ("compose.yml", "services:\n  a:\n    command: python manage.py migrate\n  b:\n    command: ./manage.py send_mail\n", []),
        ("entrypoint.sh", SCRIPT.format("python manage.py collectstatic --noinput\npython manage.py compilemessages"), []),
        ("entrypoint.sh", SCRIPT.format("python manage.py createsuperuser --noinput"), []),
        ("entrypoint.sh", SCRIPT.format("python manage.py create_admin --password admin"), []),
        ("entrypoint.sh", SCRIPT.format("python manage.py load_demo_data\npython manage.py wait_for_db"), []),
        ("scripts/release_dev.sh", SCRIPT.format("python manage.py setup_groups"), []),
        ("import.sh", SCRIPT.format("# python manage.py setup_groups"), []),
    ],
)  # fmt: skip
def test_what_a_release_runs(facts: Build, path: str, text: str, expected: list[tuple[int, str]]) -> None:
    found = facts({**django_project(), path: text}).release_commands()
    assert [(place.line, place.note) for place in found] == expected
    assert {place.path for place in found} <= {path}


def test_the_summary_says_how_to_run_them(facts: Build, tmp_path: Path) -> None:
    script = SCRIPT.format("python manage.py setup_groups\npython manage.py load_prices --all")
    root = write(tmp_path / "shop", {**django_project(), "scripts/release.sh": script})
    known = {name: facts(django_project()).fact(name).value for name in FACTS}

    told = release_commands(Answers(root, ".copier-answers.yml", known))

    assert " ".join(told[:-2]).startswith("scripts/release.sh:3 runs 2 commands at each release, which ours does not.")
    assert told[-2:] == ["  deploy-overlay run manage setup_groups", "  deploy-overlay run manage load_prices --all"]
