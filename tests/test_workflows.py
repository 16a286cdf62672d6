"""The workflows of this repository: judged by actionlint and zizmor, pinned, and as wide as what is promised."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy_overlay.base.actions import PINS, action
from tests.support.projects import DJANGO
from tests.support.template import REPOSITORY
from tests.tools import tool

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))


def content(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actionlint_finds_nothing(path: Path) -> None:
    done = subprocess.run(
        [tool("actionlint"), str(path)], capture_output=True, text=True, encoding="utf-8", check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_zizmor_finds_nothing(path: Path) -> None:
    command = [tool("zizmor"), "--offline", "--no-progress", "--persona", "pedantic", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_to_a_commit_and_say_its_version(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))

    assert used
    assert not [line for line in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)]


PINNED = [
    *WORKFLOWS,
    *sorted((REPOSITORY / "template" / "project" / ".github" / "workflows").glob("*.jinja")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]


@pytest.mark.parametrize("path", PINNED, ids=lambda path: path.name)
def test_pins_are_the_same_everywhere(path: Path) -> None:
    used = re.findall(r"uses: ([\w./-]+@.*)", path.read_text(encoding="utf-8"))

    assert set(used) <= {action(name) for name in PINS}


def test_every_promised_python_and_django_on_every_system() -> None:
    jobs = content(REPOSITORY / ".github" / "workflows" / "test.yml")["jobs"]
    systems, django = (jobs[name]["strategy"]["matrix"] for name in ("systems", "django"))
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert {name.partition("-")[0] for name in systems["system"]} == {"ubuntu", "macos", "windows"}
    assert project["requires-python"] == f">={systems['python'][0]}"
    assert systems["python"] == [f"3.{minor}" for minor in range(11, 15)]
    assert (django["system"], django["django"]) == (systems["system"], list(DJANGO))
