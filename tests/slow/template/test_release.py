"""What each release runs before the site serves: the tables of the models, and of a cache that is in the database."""

from pathlib import Path

import pytest

from tests.support import apply_overlay
from tests.template.conftest import SETTINGS, small_project

CACHE = (
    "\nCACHES = {'default': {'BACKEND': 'django.core.cache.backends.db.DatabaseCache', 'LOCATION': 'cache_table'}}\n"
)
CALLED = {"fly.toml": "release_command", "Procfile": "release:", ".upsun/config.yaml": "migrate"}


@pytest.mark.parametrize(("more", "first"), [(CACHE, "createcachetable"), ("", "migrate")])
def test_the_table_of_a_cache_is_made_before_migrations_run(
    more: str, first: str, template: Path, tmp_path: Path
) -> None:
    project = small_project(tmp_path, SETTINGS + more)

    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=["fly", "heroku", "upsun"])

    assert done.returncode == 0, done.stderr
    for name, word in CALLED.items():
        lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
        (release,) = [line for line in lines if word in line and "-m django" in line]
        commands = [part.split()[0] for part in release.split("-m django ")[1:]]
        assert commands == list(dict.fromkeys([first, "migrate"])), f"{name}: {release}"


def test_the_table_is_made_where_the_database_is_on_the_machine(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path, SETTINGS + CACHE)

    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=["fly"], deploy_database="sqlite")

    assert done.returncode == 0, done.stderr
    script = (tmp_path / "deploy" / "start.sh").read_text(encoding="utf-8")
    assert script.index("createcachetable") < script.index("migrate --noinput") < script.index("exec gunicorn")
