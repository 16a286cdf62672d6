"""Every file that is rendered passes the linter or the program that knows its kind; and each judge can say no."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.tools import tool

from . import fly_toml
from .results import RESULTS, Result, rendered

WORKFLOWS = (".github/workflows/*.yml", ".github/workflows/*.yaml")
GITLAB = (".gitlab-ci.yml", "gitlab-ci.yml")
SCRIPTS = ("*.sh", "bin/*")


def said(program: str, *arguments: str | Path, folder: Path) -> str:
    """What a judge found, empty when it found nothing; exit code and output have to agree."""
    command = [tool(program), *arguments]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False
    )
    output = done.stdout + done.stderr
    return (output or f"{program} ended with {done.returncode}") if done.returncode else ""


def dockerfile_faults(file: Path) -> str:
    # Apt's packages have no versions that stay: a release of Debian keeps only the newest of each.
    return said(
        "hadolint", "--no-color", "--failure-threshold", "style", "--ignore", "DL3008", file, folder=file.parent
    )


def script_faults(file: Path) -> str:
    return said("shellcheck", "--enable=all", "--exclude=SC2250,SC2292", file, folder=file.parent)


def workflow_faults(file: Path) -> str:
    schema = said("check-jsonschema", "--builtin-schema", "vendor.github-workflows", file, folder=file.parent)
    return (
        schema
        + said("actionlint", "-no-color", file, folder=file.parent)
        + said("zizmor", "--offline", "--no-progress", file, folder=file.parent)
    )


def gitlab_faults(file: Path) -> str:
    known = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    return said("check-jsonschema", *known, file, folder=file.parent)


def renovate_faults(file: Path) -> str:
    return said("check-jsonschema", "--builtin-schema", "vendor.renovate", file, folder=file.parent)


@pytest.fixture(params=RESULTS)
def result(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Result:
    return rendered(request.param, template, tmp_path)


def test_every_rendered_file_passes_the_judge_of_its_kind(result: Result) -> None:
    found = {file: dockerfile_faults(file) for file in result.named("Dockerfile")}
    found |= {file: script_faults(file) for file in result.named(*SCRIPTS)}
    found |= {file: workflow_faults(file) for file in result.named(*WORKFLOWS)}
    found |= {file: gitlab_faults(file) for file in result.named(*GITLAB)}
    found |= {file: renovate_faults(file) for file in result.named("renovate.json")}
    found |= {file: "\n".join(fly_toml_faults(file, result)) for file in result.named("fly.toml")}

    unjudged = [file for file in result.named("*.toml", "*.sh", "*.yml", "*.yaml", "Dockerfile") if file not in found]
    # Judged elsewhere: what goes to a cluster, and to Kamal.
    others = [
        file for file in unjudged if "kubernetes" not in file.parts and file.parts[-2:] != ("config", "deploy.yml")
    ]
    assert not [file for file in others if not file.name.startswith(".copier-answers")]


def fly_toml_faults(file: Path, result: Result) -> list[str]:
    """flyctl's own rules, and that it agrees with the files beside it."""
    text = file.read_text(encoding="utf-8")
    faults = fly_toml.faults(text)
    document = tomllib.loads(text)
    service = document["http_service"]
    health = result.named("health.py")[0].read_text(encoding="utf-8")
    if document["env"]["PORT"] != str(service["internal_port"]):
        faults.append("the service asks another port than the one that the server is told")
    if f'PATH = "{service["checks"][0]["path"]}"' not in health:
        faults.append("the check asks for a path that health.py does not answer")
    faults += [f"{name} is not there" for name in referred(document["build"]) if not (file.parent / name).is_file()]
    return faults


def referred(build: dict[str, str]) -> list[str]:
    return [build[key] for key in ("dockerfile", "ignorefile") if key in build]


@pytest.fixture(scope="module")
def flyctl() -> Path:
    return tool("flyctl")


def strictly(flyctl: Path, file: Path) -> tuple[bool, str]:
    """Whether flyctl takes this file, and what it says; the check is made on this machine, so any token will do."""
    done = subprocess.run(
        [flyctl, "config", "validate", "--strict", "--config", file],
        cwd=file.parent,
        env={"HOME": str(file.parent), "FLY_API_TOKEN": "fm2_none", "FLY_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_flyctl_itself_takes_every_fly_toml(flyctl: Path, result: Result) -> None:
    for file in result.named("fly.toml"):
        taken, output = strictly(flyctl, file)
        assert taken and "WARN" not in output, output


@pytest.mark.parametrize(("right", "wrong"), [("release_command", "release_comand"), ('"15s"', '"15"')])
def test_flyctl_itself_can_say_no(flyctl: Path, tmp_path: Path, right: str, wrong: str) -> None:
    file = tmp_path / "fly.toml"
    file.write_text(FLY, encoding="utf-8")
    assert strictly(flyctl, file)[0]

    file.write_text(FLY.replace(right, wrong), encoding="utf-8")
    assert not strictly(flyctl, file)[0]


FLY = """app = "shelf"
[deploy]
  release_command = "python -m django migrate"
[http_service]
  internal_port = 8000
  auto_stop_machines = "stop"
  [[http_service.checks]]
    interval = "15s"
[mounts]
  source = "data"
  initial_size = "1gb"
[[vm]]
  size = "shared-cpu-1x"
  memory = "512mb"
"""


def test_a_sound_fly_toml_has_no_fault() -> None:
    assert fly_toml.faults(FLY) == []


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("release_command", "release_comand", "deploy.release_comand is unknown"),
        ("[mounts]", "[mount]", "mount is unknown"),
        ("= 8000", '= "8000"', "http_service.internal_port is no whole number"),
        ("= 8000", "= 0", "a service has no internal_port"),
        ('"stop"', '"sleep"', "auto_stop_machines is none of off, stop, suspend"),
        ("interval =", "intervall =", "http_service.checks[0].intervall is unknown"),
        ('"15s"', '"15"', "http_service.checks[0].interval is no duration"),
        ('"15s"', '"2m"', "a check has a interval that is not between 1 second and 1 minute"),
        ('"1gb"', '"500mb"', "mounts.initial_size is no size of 1GB or more"),
        ("shared-cpu-1x", "shared-cpu-3x", "vm.size shared-cpu-3x is not to be had"),
        ("512mb", "500mb", "vm.memory is not a multiple of 256 MB between 256 and 2048 for this size"),
        ("512mb", "4gb", "vm.memory is not a multiple of 256 MB between 256 and 2048 for this size"),
        (
            "django migrate",
            "django 'migrate",
            "deploy.release_command cannot be split into words: No closing quotation",
        ),
    ],
)
def test_a_fault_in_fly_toml_is_found(right: str, wrong: str, fault: str) -> None:
    assert right in FLY

    assert fly_toml.faults(FLY.replace(right, wrong)) == [fault]


def test_a_fault_in_a_dockerfile_is_found(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM python:latest\nRUN pip install django\nCMD gunicorn\n", encoding="utf-8")

    assert set(re.findall(r"DL\d+", dockerfile_faults(file))) >= {"DL3007", "DL3013", "DL3025"}


def test_a_fault_in_a_script_is_found(tmp_path: Path) -> None:
    file = tmp_path / "start.sh"
    file.write_text("#!/bin/sh\ncd $1\nexec gunicorn\n", encoding="utf-8")

    assert set(re.findall(r"SC\d+", script_faults(file))) >= {"SC2086", "SC2164"}


def test_a_fault_in_a_workflow_is_found(tmp_path: Path) -> None:
    file = tmp_path / ".github" / "workflows" / "deploy.yml"
    file.parent.mkdir(parents=True)
    steps = "[{uses: actions/checkout@v4}, {run: 'echo ${{ github.event.issue.title }}'}]"
    file.write_text(
        f"on: issues\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    stepz: 1\n    steps: {steps}\n",
        encoding="utf-8",
    )

    faults = workflow_faults(file)
    # One of each: the schema, actionlint, zizmor.
    assert "('stepz' was unexpected)" in faults and 'unexpected key "stepz"' in faults
    assert "error[template-injection]" in faults


def test_a_fault_in_a_file_of_gitlab_is_found(tmp_path: Path) -> None:
    file = tmp_path / ".gitlab-ci.yml"
    file.write_text("rehearse:\n  script: [make]\n  artefacts: {paths: [a]}\n", encoding="utf-8")

    assert "artefacts" in gitlab_faults(file)
