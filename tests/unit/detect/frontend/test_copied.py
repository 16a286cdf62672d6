"""Output of a front-end build that a script of the repository, outside package.json, copies to where Django collects."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.detect import Facts, look
from tests.unit.detect.conftest import SETTINGS, django_project, write

Build = Callable[..., Facts]
COLLECTED = SETTINGS + 'STATICFILES_DIRS = [BASE_DIR / "collected"]\n'
COPY = "npm run build && mkdir -p ../collected && cp -R dist/. ../collected/"
SITE = {**django_project(body=COLLECTED), "ui/vite.config.js": "export default {}\n"}


def package(**scripts: str) -> dict[str, str]:
    return {"ui/package.json": json.dumps({"scripts": scripts})}


def build(seen: Facts) -> str:
    value: dict[str, Any] = seen.fact("django_frontend").value
    return str(value.get("build", ""))


SCRIPTS = [
    ("deploy.sh", "cd ui\nnpm ci\nnpm run build\ncp -r dist/* ../collected/\ncd ..\npython manage.py collectstatic\n"),
    ("deploy.sh", "(cd ui && npm run build)\ncp -r ui/dist/. collected\n"),
    ("deploy.sh", "pushd ui\nyarn build\npopd\nrsync -a --delete ui/dist/ collected/\n"),
    ("deploy.sh", 'OUT="collected"\nnpm --prefix ui run build\ncp -a ui/dist/* "$OUT/"\n'),
    ("update.sh", "cd ui; npm run build; rm -rf ../collected; mv dist ../collected\n"),
    ("scripts/frontend.sh", "cd ui && npm run build && cp -r dist ../collected\n"),
    ("scripts/frontend.sh", "cd ../ui && npm run build && cp -r dist ../collected\n"),
    ("Makefile", "front:\n\tcd ui && npm run build\n\tcp -r ui/dist collected\n"),
    ("Makefile", "OUT := collected\nfront:\n\t@cd ui && npm run build && cp -r dist/* ../$(OUT)/\n"),
    ("ui/publish.sh", "npm run build\ncp -r dist/* ../collected\n"),
]


@pytest.mark.parametrize(("path", "text"), SCRIPTS)
def test_a_copy_in_a_script_is_part_of_the_build(facts: Build, path: str, text: str) -> None:
    assert build(facts({**SITE, **package(build="vite build"), path: text})) == COPY


@pytest.mark.parametrize(("path", "text"), SCRIPTS)
def test_the_build_with_its_copy_brings_the_files(tmp_path: Path, path: str, text: str) -> None:
    made = {"ui/dist/app.js": "1\n", "ui/dist/css/app.css": "2\n"}
    write(tmp_path, {**SITE, **package(build="vite build"), path: text, **made})
    command = build(look(tmp_path)).partition(" && ")[2]
    assert command
    subprocess.run(["sh", "-ec", command], cwd=tmp_path / "ui", check=True)
    assert (tmp_path / "collected/css/app.css").read_text() == "2\n"


def test_a_folder_that_is_there_already_gets_the_output_inside(facts: Build) -> None:
    files = {"collected/robots.txt": "", "deploy.sh": "cd ui && npm run build && cp -r dist ../collected\n"}
    command = build(facts({**SITE, **package(build="vite build"), **files}))
    assert command == "npm run build && mkdir -p ../collected/dist && cp -R dist/. ../collected/dist/"


def test_a_copy_out_of_a_package_of_a_workspace(facts: Build) -> None:
    files = {
        "package.json": json.dumps({"workspaces": ["ui"]}),
        "package-lock.json": "{}",
        "deploy.sh": "npm run build -w ui && cp -r ui/dist/* collected/\n",
    }
    named = {"ui/package.json": json.dumps({"name": "ui", "scripts": {"build": "vite build"}})}
    assert build(facts({**SITE, **files, **named})).endswith(
        " && (cd ui && mkdir -p ../collected && cp -R dist/. ../collected/)"
    )


def test_one_file_is_copied_as_a_file(facts: Build) -> None:
    files = {"deploy.sh": "cd ui && npm run build\ncp dist/app.js ../collected/\n"}
    command = build(facts({**SITE, **package(build="vite build"), **files}))
    assert command == "npm run build && mkdir -p ../collected && cp -R dist/app.js ../collected/"


@pytest.mark.parametrize(
    "text",
    [
        "cd ui && npm run build\nscp -r dist host:/srv/collected\n",
        "cd ui && npm run build\nrsync -a dist/ deploy@host:collected/\n",
        "cd ui && npm run build\ncp -r dist/* /var/www/collected/\n",
        "cd ui && npm run build\n# cp -r dist/* ../collected/\n",
        "cd ui && npm run build\ncp -r dist/* ../elsewhere/\n",
        "cp -r ui/dist/* collected/\n",
        "npm run build --prefix ui\ncp -r $MISSING/* collected/\n",
        "npm run build --prefix ui\ncp -r 'ui/dist/* collected/\n",
    ],
)
def test_a_script_that_copies_nothing_to_django(facts: Build, text: str) -> None:
    assert "cp -R" not in build(facts({**SITE, **package(build="vite build"), "tools/publish.sh": text}))


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        ({"build": "NODE_ENV=production vite build --outDir ../collected"}, "npm run build"),
        ({"build": "OUT=../collected; vite build --outDir $OUT"}, "npm run build"),
        ({"build": "cross-env NODE_ENV=production vite build --outDir=../collected"}, "npm run build"),
        ({"build": "API_FILE=x npm run codegen && npm run compile", "codegen": "graphql-codegen",
          "compile": "vite build --outDir ../collected"}, "npm run build"),
        ({"bundle": "vite build --outDir ../collected", "build": "NODE_ENV=production A=b npm run bundle"}, "npm run build"),
        ({"build": "vite build", "build:django": "OUT=../collected npm run build && cp -r dist ../collected"},
         "npm run build:django"),
    ],
)  # fmt: skip
def test_a_variable_before_a_command_in_a_script(facts: Build, scripts: dict[str, str], expected: str) -> None:
    assert build(facts({**SITE, **package(**scripts)})) == expected
