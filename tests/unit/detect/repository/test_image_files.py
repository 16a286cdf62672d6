"""Committed files whose names usually stay out of an image."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import django_project

Build = Callable[..., Facts]


def kept(facts: Build, root: Path, *paths: str) -> list[str]:
    seen = facts({**django_project(), **dict.fromkeys(paths, "x")})
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    value = seen.fact("django_image_keeps").value
    assert isinstance(value, list)
    return value


def test_data_and_keys_that_are_committed_are_part_of_the_site(facts: Build, tmp_path: Path) -> None:
    paths = ("geo/places.sql", "certs/ca.pem", "staticfiles/dist/app.js", "media/logo.png", "my data/a (1).sql")
    assert kept(facts, tmp_path, *paths, "notes.txt") == sorted(path.replace("(1)", "?1?") for path in paths)


def test_packages_that_are_committed_and_that_nothing_installs_again(facts: Build, tmp_path: Path) -> None:
    paths = [f"static/vendor/node_modules/a/{number}.js" for number in range(50)]
    found = kept(facts, tmp_path, *paths, "ui/package.json", "ui/node_modules/b/b.js")
    assert found == ["static/vendor/node_modules"]
