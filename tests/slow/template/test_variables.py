"""What the owner has to set is named alike in the settings, in the summary and in the platform's commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.support import apply_overlay
from tests.template.conftest import small_project

REQUIRED = ["STRIPE_KEY", "DB_PASSWORD", "DATABASE_URL", "DJANGO_SECRET_KEY"]


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
