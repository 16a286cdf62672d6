"""Upsun, Flex and Fixed: what is rendered is valid to its own program. Slow, as each test applies the overlay.

That a site is built and runs from these files is in test_upsun_sites.py.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.upsun_container import read
from tests.support import Project, adopt, apply_overlay, environment, make_project, tree
from tests.support.anchors import shows_one_of
from tests.support.projects import MANAGERS
from tests.template.conftest import small_project
from tests.tools import tool

# What makes the program judge the files of Upsun Fixed: a vendor's own configuration, as short as it may be.
# https://github.com/upsun/cli/blob/main/internal/config/schema.go
FIXED = """
application: {name: fixed, slug: fixed, executable: fixed, env_prefix: FIXED_, user_config_dir: .fixed}
api: {base_url: "http://127.0.0.1:1", auth_url: "http://127.0.0.1:1"}
detection: {git_remote_name: fixed, site_domains: [invalid]}
service: {name: Fixed, env_prefix: PLATFORM_, project_config_dir: .platform, project_config_flavor: platform}
ssh: {domain_wildcards: ["*.invalid"]}
"""


def upsun_validate(root: Path, home: Path, flavour: str) -> subprocess.CompletedProcess[str]:
    """`upsun validate` on a repository, offline."""
    home.mkdir(exist_ok=True)
    settings = {"HOME": str(home), "UPSUN_CLI_HOME": str(home), "UPSUN_CLI_NO_INTERACTION": "1"}
    settings |= {"UPSUN_CLI_UPDATES_CHECK": "0", "FIXED_NO_INTERACTION": "1", "FIXED_UPDATES_CHECK": "0"}
    if flavour == "fixed":
        (home / "fixed.yaml").write_text(FIXED, encoding="utf-8")
        settings["CLI_CONFIG_FILE"] = str(home / "fixed.yaml")
    return subprocess.run(
        [str(tool("upsun")), "validate"], cwd=root, env=environment() | settings, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip


def rendered(project: Project, template: Path, **answers: object) -> Path:
    """The project's root with the overlay for Upsun on it; hooks are not run."""
    done = apply_overlay(project, template, "--skip-tasks", **{"deploy_platforms": ["upsun"]} | answers)
    assert done.returncode == 0, done.stderr
    return project.root


# Every manager in every layout, and each database and flavour with several of them.
SHAPES = [
    (manager, layout, ("postgres", "sqlite", "external")[(row + column) % 3], ("flex", "fixed")[(row + column) % 2])
    for row, manager in enumerate(MANAGERS)
    for column, layout in enumerate(("flat", "nested", "monorepo"))
]


# Slow, some seconds each: the real program and a real copy for each shape, as only it knows what Upsun accepts.
@pytest.mark.parametrize(("manager", "layout", "database", "flavour"), SHAPES)
def test_upsuns_own_program_finds_the_files_valid(
    manager: str, layout: str, database: str, flavour: str, template: Path, tmp_path: Path
) -> None:
    tool("upsun")
    project = make_project(tmp_path / "library", manager=manager, layout=layout)
    root = rendered(project, template, deploy_database=database, upsun_flavour=flavour)

    done = upsun_validate(root, tmp_path / "home", flavour)

    assert done.returncode == 0, done.stderr
    inside = project.django_root.relative_to(root).as_posix()
    narrow = layout == "monorepo"
    assert read(root).app.get("source") == ({"root": inside} if narrow else None)
    assert bool(read(root).services) == (database == "postgres")


@pytest.mark.parametrize("uploads", ["volume", "bucket"])
@pytest.mark.parametrize("flavour", ["flex", "fixed"])
def test_upsuns_own_program_finds_a_whole_project_valid(
    flavour: str, uploads: str, template: Path, tmp_path: Path
) -> None:
    """Workers, a scheduler, a job, Redis and uploads: all of it is in the files, and the program creates nothing more."""
    tool("upsun")
    project = make_project(tmp_path / "library", variants=["whole"])
    chosen = {"deploy_runs": ["worker", "scheduler", "cron"], "deploy_redis": "platform", "deploy_uploads": uploads}
    root = rendered(project, template, upsun_flavour=flavour, deploy_database="postgres", **chosen)

    done = upsun_validate(root, tmp_path / "home", flavour)

    assert done.returncode == 0, done.stderr
    found = read(root)
    assert len(found.app["workers"]) >= 3 and found.app["crons"], found.app
    kinds = {str(one["type"]).partition(":")[0].partition("-")[0] for one in found.services.values()}
    assert kinds == {"postgresql", "valkey"}
    assert ("/media" in found.app["web"]["locations"]) == (uploads == "volume")


@pytest.mark.parametrize("flavour", ["flex", "fixed"])
def test_upsuns_own_program_refuses_a_key_that_there_is_not(flavour: str, template: Path, tmp_path: Path) -> None:
    tool("upsun")
    root = rendered(small_project(tmp_path / "library"), template, upsun_flavour=flavour)
    file = root / (".upsun/config.yaml" if flavour == "flex" else ".platform.app.yaml")
    file.write_text(file.read_text(encoding="utf-8").replace("hooks:", "hoops:"), encoding="utf-8")

    done = upsun_validate(root, tmp_path / "home", flavour)

    assert done.returncode == 1
    assert "hoops" in done.stderr


@pytest.mark.parametrize(
    ("domains", "urls"),
    [
        ("", {"https://{default}/": None, "https://www.{default}/": "https://{default}/"}),
        ("example.com", {"https://{default}/": None, "https://www.{default}/": "https://{default}/"}),
        ("example.com, www.example.com", {"https://{default}/": None, "https://www.{default}/": "https://{default}/"}),
        ("www.example.com", {"https://{default}/": None}),
        ("example.com, example.org", {"https://{all}/": None, "https://www.{all}/": "https://{all}/"}),
    ],
)
def test_routes_follow_the_domains(domains: str, urls: dict[str, str | None], template: Path, tmp_path: Path) -> None:
    root = rendered(small_project(tmp_path / "library"), template, deploy_domains=domains)

    assert {url: route.get("to") for url, route in read(root).routes.items()} == urls


def test_only_what_holds_everything_is_the_source_root(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="monorepo")
    requirements = project.dependency_root / "requirements.txt"
    requirements.write_text(requirements.read_text(encoding="utf-8") + "-e ../shared\n", encoding="utf-8")
    (project.root / "shared").mkdir()
    (project.root / "shared" / "setup.py").write_text("from setuptools import setup\nsetup()\n", encoding="utf-8")
    adopt(project.root, "A package beside")

    app = read(rendered(project, template)).app

    assert "source" not in app
    assert "cd backend\npip install -r requirements.txt\n" in app["hooks"]["build"]
    assert app["web"]["commands"]["start"].startswith("cd backend && exec ../.venv/bin/gunicorn ")


def test_the_front_end_is_built_before_its_files_are_collected(template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="monorepo")
    front_end = {
        "root": "frontend", "manager": "pnpm", "node": "24", "script": "build", "install": "pnpm install",
        "build": "pnpm run build", "tool": "pnpm@10", "files": [], "modules": False, "image": "node:24-slim",
    }  # fmt: skip

    app = read(rendered(project, template, django_frontend=front_end)).app

    build = app["hooks"]["build"]
    assert app["dependencies"]["nodejs"] == {"n": "*", "pnpm": "10"}
    assert "source" not in app
    order = ["n 24", "cd frontend", "pnpm install", "NODE_ENV=production", "pnpm run build", "collectstatic"]
    places = [build.index(words) for words in order]
    assert places == sorted(places)


def test_channels_gets_its_websockets(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    found = read(rendered(project, template, django_services=["channels"]))

    assert found.app["web"]["locations"]["/"]["request_buffering"] == {"enabled": False}
    assert found.routes["https://{default}/"]["cache"] == {"enabled": False}


@pytest.mark.parametrize("path", [".upsun/config.yaml", ".platform.app.yaml", ".platform/routes.yaml"])
def test_files_of_the_users_own_stay_and_none_is_added_beside(path: str, template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    own = project.root / path
    own.parent.mkdir(exist_ok=True)
    own.write_text("name: mine\n", encoding="utf-8")
    adopt(project.root, "Deployed by hand")

    rendered(project, template, upsun_flavour="flex" if path.startswith(".upsun") else "fixed")

    assert own.read_text(encoding="utf-8") == "name: mine\n"
    beside = {file for file in tree(project.root) if file.startswith((".upsun", ".platform"))}
    assert beside == {path}
    assert "Your configuration" in (project.root / "deploy" / "README.md").read_text(encoding="utf-8")


def test_a_project_of_platform_sh_is_taken_for_upsun_fixed(template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    (project.root / ".platform.app.yaml").write_text("name: app\n", encoding="utf-8")
    adopt(project.root, "Deployed by hand")

    rendered(project, template)

    assert "upsun_flavour: fixed" in (project.root / ".copier-answers.yml").read_text(encoding="utf-8")
    assert not (project.root / ".upsun").exists()


@shows_one_of(
    "upsun-python", "upsun-source-root", "answer-upsun-flavour", "answer-upsun-region", "answer-upsun-plan"
)  # fmt: skip
@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"django_python_version": "3.15"}, "no Python 3.15"),
        ({"django_source_root": "docs"}, "does not contain ."),
        ({"upsun_flavour": "flexible"}, "flex, fixed"),
        ({"upsun_region": "Frankfurt"}, "eu-5"),
        ({"upsun_flavour": "fixed", "upsun_plan": "free"}, "development"),
    ],
)
def test_nothing_is_written_by_a_refusal(answers: dict[str, Any], words: str, template: Path, tmp_path: Path) -> None:
    project = small_project(tmp_path / "library")
    before = tree(project.root)

    done = apply_overlay(project, template, **{"deploy_platforms": ["upsun"]} | answers)

    assert done.returncode != 0
    assert words in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert tree(project.root) == before
