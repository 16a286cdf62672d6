"""Continuous deployment: the steps of the rendered workflow, run in fresh clones against simulated platforms.

Each project is created and deployed by hand first. A minute a platform, since what is deployed is rehearsed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.faults import leaked
from tests.platforms.fly_scene import fly
from tests.platforms.heroku_scene import heroku
from tests.platforms.simulated.heroku import TOKEN as HEROKU_TOKEN
from tests.platforms.simulated.upsun import TOKEN as UPSUN_TOKEN
from tests.platforms.simulated.world import World
from tests.platforms.upsun_scene import upsun
from tests.support import apply_overlay, commit, git
from tests.support.workflow import Runner
from tests.template.conftest import SETTINGS, small_project
from tests.tools import tool

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-ins for platforms' programs are shell scripts"
)

SCENES: dict[str, Callable[..., contextlib.AbstractContextManager[tuple[World, Any]]]] = {
    "fly": fly,
    "heroku": heroku,
    "upsun": upsun,
}
# The secret that the job gets, and where its program lies in the archive.
TOKENS = {
    "fly": ("FLY_API_TOKEN", "FlyV1 fm2_simulated", "flyctl"),
    "heroku": ("HEROKU_API_KEY", HEROKU_TOKEN, "heroku/bin/heroku"),
    "upsun": ("UPSUN_CLI_TOKEN", UPSUN_TOKEN, "upsun"),
}
FILES = {"github": ".github/workflows/deploy.yml", "gitlab": "deploy/gitlab-ci.yml"}
# The version of the overlay that a job asks for is the one that is tested here.
UVX = """#!/bin/sh
printf '%s\\n' "$2" >> '{asked}'
[ "$1" = --from ] && [ "$3" = deploy-overlay ] || exit 64
shift 3
exec '{python}' '{command}' "$@"
"""
# Upsun's program asks with curl too.
CURL = """#!/bin/sh
case " $* " in *" -o "*) ;; *) exec '{curl}' "$@" ;; esac
for word in "$@"; do case $word in https://*) address=$word ;; esac; done
while [ "$1" != -o ]; do shift; done
printf '%s\\n' "$address" >> '{asked}'
cp '{archive}' "$2"
"""


CSRF, COMMON = "django.middleware.csrf.CsrfViewMiddleware", "django.middleware.common.CommonMiddleware"
READY = SETTINGS.replace(f'"{CSRF}"', f'"{COMMON}",\n    "{CSRF}"')


class Stage:
    """A project that is online, its origin, and a machine of continuous integration."""

    def __init__(self, name: str, how: str, world: World, platform: Any, template: Path, folder: Path) -> None:
        self.name, self.world, self.platform, self.template = name, world, platform, template
        self.token, value, program = TOKENS[name]
        root = world.repository.root
        shutil.rmtree(root)
        self.project = small_project(root, READY)
        python = f"{sys.version_info.major}.{sys.version_info.minor}"  # of this machine, so that nothing is unproven
        given = {"deploy_platforms": [name], "deploy_name": "shelf", "deploy_ci": how, "django_python_version": python}
        done = apply_overlay(self.project, template, **given, **({"fly_region": "fra"} if name == "fly" else {}))
        assert done.returncode == 0, done.stderr
        commit(self.project, "Add deployment configuration")
        self.path = FILES[how]
        self.command = template / "hooks" / "command.py"
        self.origin = folder / "origin.git"
        git(root, "clone", "--quiet", "--bare", str(root), str(self.origin))
        self.asked = folder / "asked.txt"
        self.archive = self._archive(folder, program)
        bin_ = folder / "machine"
        bin_.mkdir()
        self._program(bin_ / "uvx", UVX.format(asked=self.asked, python=sys.executable, command=self.command))
        self._program(bin_ / "curl", CURL.format(curl=shutil.which("curl"), asked=self.asked, archive=self.archive))
        self._program(bin_ / "pip", "#!/bin/sh\n")
        environ = world.environment(DEPLOY_OVERLAY_YES="")
        environ.pop(self.token, None)  # the machine has none: the job is given it
        own = [str(one) for one in world.programs]
        others = [one for one in environ["PATH"].split(":") if one not in own]
        environ["PATH"] = ":".join([str(bin_), *others])
        temporary = folder / "runner"
        temporary.mkdir()
        self.runner = Runner(self.origin, root, temporary, environ, {self.token: value})

    def _archive(self, folder: Path, program: str) -> Path:
        """The platform's program as the job downloads it: a script that starts the one of this machine."""
        starter, path = folder / "starter", folder / "cli.tar.gz"
        self._program(starter, f"#!/bin/sh\nexec '{self.world.programs[0] / self.name}' \"$@\"\n")
        with tarfile.open(path, "w:gz") as archive:
            archive.add(starter, program)
        return path

    @staticmethod
    def _program(path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def deploy_by_hand(self) -> None:
        line = [sys.executable, str(self.command), "deploy", "--yes", "--skip-rehearsal"]
        ended = subprocess.run(
            line, cwd=self.project.root, env=self.world.environment(), capture_output=True, text=True, check=False
        )
        self.world.seen.append(ended.stdout + ended.stderr)
        assert ended.returncode == 0, ended.stdout + ended.stderr

    def change(self) -> None:
        """Another commit on the main branch, which is at home in the origin."""
        self.world.repository.write("CHANGES.md", "Something new.\n")
        commit(self.project, "Something new")
        git(self.project.root, "push", "--quiet", str(self.origin), "HEAD:main")

    def limit_token(self) -> None:
        """Only what a token made for this may do."""
        if self.name == "fly":
            self.platform.token_of = "shelf"
        elif self.name == "heroku":
            self.platform.scoped = True
        else:
            self.platform.member_only = True

    def trust_archive(self) -> None:
        """The archive of the test in the place of the pinned one."""
        text = (self.world.repository.root / self.path).read_text(encoding="utf-8")
        (pinned,) = re.findall(r"\b[0-9a-f]{64}\b", text)
        self.runner.replaced = {pinned: hashlib.sha256(self.archive.read_bytes()).hexdigest()}


@pytest.fixture
def staged(tmp_path: Path, template: Path) -> Iterator[Callable[..., Stage]]:
    with contextlib.ExitStack() as lasting:

        def make(name: str, how: str = "github", program: Path | None = None) -> Stage:
            options = {"program": program} if program else {}
            world, platform = lasting.enter_context(SCENES[name](tmp_path / "scene", **options))
            return Stage(name, how, world, platform, template, tmp_path)

        yield make


@pytest.mark.parametrize(("name", "real"), [("fly", False), ("heroku", True), ("upsun", True)])
def test_a_change_is_rehearsed_then_deployed_with_a_token_that_may_do_little(
    name: str, real: bool, staged: Callable[..., Stage]
) -> None:
    """The real programs take the token from the job; flyctl is not to be had on every machine."""
    stage = staged(name, program=tool(name) if real else None)
    stage.deploy_by_hand()
    stage.change()
    there = stage.platform.final()
    stage.limit_token()

    stage.trust_archive()
    stage.runner.github(stage.path, "push")

    told = stage.runner.outputs("deploy")
    assert not stage.runner.failed, stage.runner.outputs("rehearse") + told
    assert [one.name.split()[0] for one in stage.runner.ran] == ["Rehearse", "Install", "Deploy"]
    assert [one.name for one in stage.runner.ran if stage.token in one.given] == ["Deploy"]
    assert "rehearsed: ready" in told or "nothing failed" in told
    assert "rehearsing for" not in told  # the report of the first job counts
    assert "is online at" in told
    online = stage.platform.final()
    assert online != there
    assert git(stage.project.root, "rev-parse", "HEAD").strip()[:8] in json.dumps(online, default=str)
    assert set(stage.asked.read_text().split()) >= {f"git+{stage.template.as_uri()}@v1.0.0"}
    assert leaked(stage.world, stage.platform) == []


def test_gitlab_deploys_what_it_has_rehearsed(staged: Callable[..., Stage]) -> None:
    stage = staged("heroku", "gitlab")
    stage.deploy_by_hand()
    stage.change()
    stage.limit_token()
    stage.trust_archive()
    stage.runner.replaced = {**stage.runner.replaced, "/tmp/cli": str(stage.runner.temporary / "cli")}

    stage.runner.gitlab(stage.path, "push")

    told = stage.runner.outputs("deploy to Heroku")
    assert [one.job for one in stage.runner.ran] == ["rehearse", "deploy to Heroku"]
    assert stage.runner.ran[-1].status == 0, told
    assert "rehearsing for" not in told and "is online at" in told
