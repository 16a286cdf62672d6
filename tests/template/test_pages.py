"""The pages on workers, jobs, Redis, uploads and mail show the lines that are rendered, in their order."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from tests.support import apply_overlay
from tests.support.documents import blocks_of
from tests.support.template import REPOSITORY

from .conftest import small_project

CELERY = "celery --app mysite"
ANSWERS = {
    "deploy_platforms": ["fly", "heroku", "upsun"],
    "deploy_runs": ["worker", "scheduler", "cron"],
    "deploy_redis": "platform",
    "deploy_uploads": "bucket",
    "django_workers": [
        {"service": "celery", "name": "worker", "command": f"{CELERY} worker"},
        {"service": "celery", "name": "beat", "command": f"{CELERY} beat"},
    ],
    "django_schedule": [
        {"name": "import", "command": "python -m django import", "schedule": "0 4 * * *", "source": "project"},
        {
            "name": "clearsessions",
            "command": "python -m django clearsessions",
            "schedule": "17 3 * * *",
            "source": "usual",
        },
    ],
    "django_stores": [
        {"kind": "redis", "roles": ["queue"], "variables": ["CELERY_BROKER_URL", "CACHE_HOST"], "fixed": ["CACHES"]}
    ],
    "django_uploads": {"store": "disk", "access": "private", "path": "/media/"},
    "django_services": ["celery", "redis", "media"],
}
PAGES = ("workers", "jobs", "redis", "media", "mail")


@pytest.fixture(scope="module")
def rendered(template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The text of every file of a project for which everything was chosen."""
    project = small_project(tmp_path_factory.mktemp("whole") / "library")
    done = apply_overlay(project, template, "--skip-tasks", **ANSWERS)
    assert done.returncode == 0, done.stderr
    files = [path for path in project.root.rglob("*") if path.is_file() and ".git" not in path.parts]
    return [textwrap.dedent(path.read_text(encoding="utf-8")) for path in files]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_is_rendered(page: str, rendered: list[str]) -> None:
    path = REPOSITORY / "docs" / "deploy" / f"{page}.md"
    shown = [block.text for block in blocks_of([path], REPOSITORY) if not block.text.startswith("deploy-overlay ")]

    assert shown
    for text in shown:
        assert any(_within(text, whole) for whole in rendered), text


def _within(text: str, whole: str) -> bool:
    """Whether the lines are in the file, one after the other, whatever their common indentation."""
    lines, wanted = [line.strip() for line in whole.splitlines()], [line.strip() for line in text.splitlines()]
    return any(lines[start : start + len(wanted)] == wanted for start in range(len(lines)))


def test_the_readme_says_what_the_site_lacks_and_what_provides_it(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    nothing = {"deploy_runs": [], "deploy_redis": "external", "deploy_uploads": "none"}
    done = apply_overlay(project, template, "--skip-tasks", **ANSWERS | nothing | {"deploy_platforms": ["heroku"]})
    assert done.returncode == 0, done.stderr

    readme = (project.root / "deploy" / "README.md").read_text(encoding="utf-8")
    lacks = [line for line in readme.splitlines() if line.startswith("- ") and "deploy-overlay set" in line]
    assert lacks == [
        '- worker, beat, import are not started: `deploy-overlay set "deploy_runs=[worker,scheduler,cron]"` ($21 a month more)',
        '- Redis is not created: `deploy-overlay set "deploy_redis=platform"` ($3 a month more)',
        '- Uploads are lost at each release: `deploy-overlay set "deploy_uploads=bucket"` ($5 a month more)',
    ]
    assert "## Scheduled jobs" not in readme and "clearsessions" not in readme
    for name in ("schedule.py", "media.py", "start.sh"):
        assert not (project.root / "deploy" / name).exists()
