"""The front end is built in the tree as production builds it, and nothing of npm's stays there.

Seconds each: npm really installs.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.rehearse import nodes
from deploy_overlay.rehearse.build import build_front_end, modules_in_place, run_before_collectstatic
from deploy_overlay.rehearse.preparation import CannotTest, NotReady, Tree
from deploy_overlay.rehearse.results import Outcome, Results
from deploy_overlay.rehearse.stage import Stage
from tests.support.cache import cache_folder

NODE = nodes.find("0")
MAJOR = NODE.major if NODE else ""
pytestmark = pytest.mark.skipif(not NODE, reason="this machine has no Node.js")

BUILD = (
    "const ms = require('ms'), fs = require('fs'); fs.mkdirSync('static', {recursive: true}); "
    "fs.writeFileSync('static/app.js', ms('1m') + ' ' + process.env.NODE_ENV)"
)
PACKAGE = {
    "name": "ui",
    "version": "1.0.0",
    "scripts": {"build": f'node -e "{BUILD}"'},
    "dependencies": {"ms": "2.1.3"},
}


@dataclass
class Project:
    folder: Path  # of tree and scratch
    front: dict[str, Any]
    answers: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    number: int = 0

    def build(self, content: Mapping[str, str], /, **front: Any) -> Outcome:
        """Build a new tree of these files."""
        self.number += 1
        folder = self.folder / f"tree{self.number}"
        for path, text in content.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        self.tree = Tree(folder, "0" * 40, self.folder / "repository", ())
        self.scratch = self.folder / f"scratch{self.number}"
        self.scratch.mkdir()
        self.said.clear()
        self.results = Results(self.said.append)
        self.values = {"django_frontend": {**self.front, **front} if self.front else {}, **self.answers}
        return build_front_end(self.tree, self.values, self.scratch, Log(self.folder / "log"), self.results)

    def built(self) -> str:
        return (self.tree.folder / "ui" / "static" / "app.js").read_text()


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("npm_config_cache", str(cache_folder() / "downloads" / "npm"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    front = {"root": "ui", "manager": "npm", "node": MAJOR, "install": "npm ci", "build": "npm run build", "tool": "",
             "files": ["ui/package.json", "ui/package-lock.json"], "modules": False}  # fmt: skip
    return Project(tmp_path, front)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A package with its lock, and a file of the site."""
    folder = tmp_path_factory.mktemp("lock")
    (folder / "package.json").write_text(json.dumps(PACKAGE))
    subprocess.run(["npm", "install", "--package-lock-only", "--silent"], cwd=folder, check=True)
    lock = (folder / "package-lock.json").read_text()
    return {"ui/package.json": json.dumps(PACKAGE), "ui/package-lock.json": lock, "manage.py": ""}


def paths(tree: Tree) -> set[str]:
    return {path.relative_to(tree.folder).as_posix() for path in tree.folder.rglob("*") if path.is_file()}


def unplug(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("npm_config_fetch_retries", "0")


def test_nothing_to_build(project: Project) -> None:
    project.front = {}

    assert project.build({}).status == "pass"


def test_a_front_end_is_built_and_kept(
    project: Project, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = project.build(files)

    assert outcome.status == "pass" and f"Node.js {MAJOR}." in outcome.detail and project.said
    assert project.built() == "60000 production"
    assert paths(project.tree) == {*files, "ui/static/app.js"}
    assert project.results.unproven == []

    unplug(monkeypatch)
    project.build({**files, "ui/new.js": ""})

    assert project.built() == "60000 production" and not project.said


def test_a_lock_that_is_behind(project: Project, files: dict[str, str]) -> None:
    package = json.dumps({**PACKAGE, "dependencies": {"ms": "2.1.2"}})

    with pytest.raises(NotReady) as refusal:
        project.build({**files, "ui/package.json": package})

    assert refusal.value.outcome.detail.startswith("`npm ci` in ui fails: ")
    assert refusal.value.outcome.cure.startswith("Run `npm install` in ui, and commit ui/package-lock.json")


def test_a_build_that_fails(project: Project, files: dict[str, str]) -> None:
    script = {**PACKAGE, "scripts": {"build": "node -e \"throw new TypeError('no such colour')\""}}

    with pytest.raises(NotReady) as refusal:
        project.build({**files, "ui/package.json": json.dumps(script)})

    assert refusal.value.outcome.detail == "`npm run build` in ui fails: TypeError: no such colour"


def test_a_lock_that_git_does_not_have(project: Project, files: dict[str, str]) -> None:
    del (lacking := dict(files))["ui/package-lock.json"]

    with pytest.raises(NotReady) as refusal:
        project.build(lacking)

    assert "git add --force ui/package-lock.json" in refusal.value.outcome.cure


def test_what_an_installation_runs_may_need_the_whole_repository(project: Project, files: dict[str, str]) -> None:
    scripts = {"postinstall": "node ../tools/write.js", "build": "cat written > static-name"}
    package = json.dumps({**PACKAGE, "scripts": scripts})
    tool = "require('fs').writeFileSync('written', 'by a tool')"

    project.build({**files, "ui/package.json": package, "tools/write.js": tool}, files=[])

    assert (project.tree.folder / "ui" / "static-name").read_text() == "by a tool"
    assert not any("node_modules" in path for path in paths(project.tree))


def test_modules_that_are_collected_are_there_while_they_are(project: Project, files: dict[str, str]) -> None:
    project.build(files, modules=True, build="")
    modules = project.tree.folder / "ui" / "node_modules"

    with modules_in_place(project.tree, project.values, project.scratch):
        assert (modules / "ms" / "index.js").is_file()
    assert not modules.exists()


def test_another_node_proves_nothing(project: Project, files: dict[str, str]) -> None:
    project.build(files, node="7")
    assert project.results.unproven[0].startswith(f"Production builds the front end with Node.js 7: {MAJOR} was used")

    with pytest.raises(CannotTest, match=f"This is Node.js {MAJOR}, not 7 as in production"):
        project.build(files, node="7", build="exit 3")


def test_no_node(project: Project, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project.folder))

    with pytest.raises(CannotTest, match=r"Node\.js 97, which is not installed here"):
        project.build(files, node="97")


def test_no_network(project: Project, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    unplug(monkeypatch)
    monkeypatch.setenv("npm_config_cache", str(project.folder / "nothing"))

    with pytest.raises(CannotTest, match=r"The index of npm .*cannot be reached"):
        project.build({**files, "ui/package.json": json.dumps({**PACKAGE, "version": "1.0.1"})})


@pytest.mark.skipif(os.name == "nt", reason="version managers of POSIX")
def test_a_node_of_a_version_manager(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for version in ("v93.1.0", "v93.10.0", "v94.0.0"):
        program = project.folder / "nvm" / "versions" / "node" / version / "bin" / "node"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho {version}\n")
        program.chmod(0o755)
    monkeypatch.setenv("NVM_DIR", str(project.folder / "nvm"))

    found = nodes.find("93")

    assert found and found.version == "93.10.0"


@pytest.mark.parametrize(
    ("manager", "tool", "lock", "install"),
    [
        ("pnpm", "pnpm@9.15.0", "pnpm-lock.yaml", "pnpm install --frozen-lockfile"),
        ("yarn", "", "yarn.lock", "yarn install --frozen-lockfile"),
    ],
)
def test_other_managers(
    manager: str, tool: str, lock: str, install: str, project: Project, files: dict[str, str]
) -> None:
    """A manager that Node.js comes without is installed in production's version."""
    package = {"ui/package.json": files["ui/package.json"]}
    front = {"manager": manager, "tool": tool, "build": f"{manager} run build"}
    project.build(package, **front, files=["ui/package.json"], install=f"{manager} install")
    written = {lock: (project.tree.folder / "ui" / lock).read_text()}

    project.build(
        {**package, f"ui/{lock}": written[lock]}, **front, install=install, files=["ui/package.json", f"ui/{lock}"]
    )

    assert project.built() == "60000 production"


def stage(tmp_path: Path, python: Path) -> Stage:
    (tmp_path / "settings.py").write_text("SECRET_KEY = 'x'\n")
    return Stage(tmp_path, tmp_path, tmp_path, "", tmp_path / "log", python)


def test_tasks_of_deno(project: Project) -> None:
    write = "const ms = (await import('npm:ms@2.1.3')).default; Deno.writeTextFileSync('static.js', ms(60000))"
    deno = {"tasks": {"build": f'deno eval "{write}"'}, "imports": {"ms": "npm:ms@2.1.3"}}

    outcome = project.build(
        {"ui/deno.json": json.dumps(deno)},
        manager="deno", tool="deno@2", install="deno install", build="deno task build", files=["ui/deno.json"],
    )  # fmt: skip

    assert outcome.status == "pass"
    assert (project.tree.folder / "ui" / "static.js").read_text() == "1m"


def test_two_front_ends_one_after_the_other(project: Project, files: dict[str, str]) -> None:
    second = {path.replace("ui/", "admin/", 1): text for path, text in files.items()}

    project.build(
        {**files, **second},
        install="npm ci && (cd ../admin && npm ci)",
        build="npm run build && (cd ../admin && npm run build)",
        files=[path for path in (*files, *second) if path != "manage.py"],
    )

    assert project.built() == (project.tree.folder / "admin/static/app.js").read_text() == "60000 production"
    assert not any("node_modules" in path for path in paths(project.tree))


def test_commands_of_django(tmp_path: Path, python: Path) -> None:
    building = {"DJANGO_SETTINGS_MODULE": "settings", "PATH": os.environ["PATH"], "DEPLOY_BUILD": "1"}

    assert run_before_collectstatic(stage(tmp_path, python), building, (), ["check", "diffsettings"]).status == "pass"
    outcome = run_before_collectstatic(stage(tmp_path, python), building, (), ["compress --force"])
    assert outcome.status == "fail" and outcome.detail.startswith("compress --force: ")


def test_translations_without_gettext(tmp_path: Path, python: Path) -> None:
    with pytest.raises(CannotTest, match="apt-get install gettext"):
        run_before_collectstatic(stage(tmp_path, python), {"PATH": str(tmp_path)}, (), ["compilemessages"])
