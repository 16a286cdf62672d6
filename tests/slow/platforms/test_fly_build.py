"""What the real `fly deploy` would build: a Docker daemon of ours takes it in the place of Fly.io's builder.

The command is the hook's; only where it builds is another.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy_overlay.base.answers import read
from deploy_overlay.platforms.fly.provision.release import releases
from tests.platforms.simulated.docker import REFUSAL, Docker
from tests.platforms.simulated.fly import Fly
from tests.slow.judges.results import rendered
from tests.tools import tool

COMMIT = "0123456789abcdef"


@pytest.fixture
def docker() -> Iterator[Docker]:
    daemon = Docker()
    yield daemon
    daemon.close()


# Rendering takes some seconds each.
@pytest.mark.parametrize(
    ("name", "dockerfile"),
    [
        ("pip-nested", "Dockerfile"),
        ("own-dockerfile", "deploy/Dockerfile"),
        ("second-project", "shelf/deploy/Dockerfile"),
    ],
)
def test_fly_deploy_sends_the_project_and_nothing_secret(
    name: str, dockerfile: str, template: Path, tmp_path: Path, docker: Docker
) -> None:
    flyctl = tool("flyctl")
    root = rendered(name, template, tmp_path).project.root
    manage = next(path for path in root.rglob("manage.py"))
    for secret in (root / ".env", manage.parent / ".env.production", manage.parent / "db.sqlite3"):
        secret.write_text("secret", encoding="utf-8")
    fly = Fly("127.0.0.1:1", root)
    fly.create_app("shelf", "personal")
    answers = read(root, ".copier-answers.yml")
    site: Any = SimpleNamespace(answers=answers, commit=COMMIT, name="shelf", database=answers.text("deploy_database"))
    release = next(step for step in releases(site) if step.name == "release")
    (command,) = release.commands()
    words = ["--local-only" if word == "--remote-only" else word for word in command.argv]

    done = subprocess.run(
        [flyctl, *words, "--build-only"],
        cwd=root,
        env={
            **{"PATH": os.environ["PATH"], "HOME": str(tmp_path), "FLY_NO_UPDATE_CHECK": "1", "FLY_SEND_METRICS": "0"},
            **{"DOCKER_HOST": docker.url.replace("http", "tcp"), **fly.environ()},
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    fly.close()

    assert REFUSAL in done.stderr, done.stdout + done.stderr
    build = docker.builds[0]
    assert (build.dockerfile, build.image) == (dockerfile, f"registry.fly.io/shelf:commit-{COMMIT[:12]}")
    assert {dockerfile, manage.relative_to(root).as_posix()} <= build.context
    kept = {path for path in build.context if {".git", ".env", ".env.production", "db.sqlite3"} & set(Path(path).parts)}
    assert kept == set()
