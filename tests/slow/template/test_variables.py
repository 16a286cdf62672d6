"""What the owner has to set is named alike in the settings, in the summary and in the platform's commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import apply_overlay
from tests.template.conftest import small_project

REQUIRED = ["STRIPE_KEY", "DB_PASSWORD", "DATABASE_URL", "DJANGO_SECRET_KEY"]


@pytest.mark.parametrize(
    ("database", "owned"),
    [("postgres", ["STRIPE_KEY"]), ("external", ["STRIPE_KEY", "DB_PASSWORD", "DATABASE_URL"])],
)
def test_the_owners_variables(database: str, owned: list[str], template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    answers = {"deploy_platforms": ["fly"], "deploy_database": database, "django_required_env": REQUIRED}

    done = apply_overlay(project, template, "--skip-tasks", **answers)

    assert done.returncode == 0, done.stderr
    environment = (project.root / "deploy" / "environment.py").read_text(encoding="utf-8")
    readme = (project.root / "deploy" / "README.md").read_text(encoding="utf-8")
    named = [name for name in REQUIRED if f'"{name}": "read by mysite.settings"' in environment]
    assert named == owned
    assert [name for name in REQUIRED if f"| `{name}` | your settings read it |" in readme] == owned
    assert [name for name in REQUIRED if f"--stage {name}=VALUE" in readme] == owned


def test_a_build_has_an_address_of_mail_that_parses(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    answers = {"deploy_platforms": ["fly"], "django_required_env": ["EMAIL_URL", "MAILGUN_API_URL"]}
    assert apply_overlay(project, template, "--skip-tasks", **answers).returncode == 0

    code = "from deploy.environment import placeholder; print(*map(placeholder, ['EMAIL_URL', 'MAILGUN_API_URL']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project.root, capture_output=True, text=True, encoding="utf-8", check=True
    )

    mail, service = map(urlsplit, done.stdout.split())
    assert (mail.scheme, service.scheme) == ("smtp", "https") and mail.hostname and mail.port
