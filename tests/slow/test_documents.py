"""Every command that the documentation shows is run as it stands; tests/test_documents.py names those that cannot be.

Slow, as each runs Copier, installs or rehearses.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import Project, apply_overlay, commit, environment, install, make_project, run
from tests.support.documents import Block
from tests.support.overlay import copier_program
from tests.test_documents import ALL, COMMANDS, COPIER, NOT_RUN, OWN, RUN, matching

CLIS = ("fly", "flyctl", "heroku", "upsun", "platform")
SOURCE = "gh:org/deploy-overlay"

# Which project a block of Copier's commands is run in, by what it says; and whether its lines follow each other.
STAGES = [
    (r"django_root=shop", "two", True),
    (r"django_root=blog", "two", False),
    (r"config\.settings", "split", False),
    (r"copier copy", "bare", False),
    (r"for project in", "parent", False),
    (r"copier (update|recopy)", "covered", False),
]


def copiers(block: Block) -> list[str]:
    """Its lines that start Copier and need no account."""
    return [
        line
        for line in block.lines
        if COPIER.search(line) and "deploy_action" not in line and not matching(line, NOT_RUN)
    ]


@pytest.fixture(scope="session")
def stages(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    """A project of each kind that the pages speak of; tests run in copies of them."""
    folder = tmp_path_factory.mktemp("stages")
    bare = make_project(folder / "bare" / "library")
    split = make_project(folder / "split" / "library", settings="split", layout="flat")
    two = make_project(folder / "two" / "library")
    for name in ("shop", "blog"):
        shutil.copytree(bare.root, two.root / name, ignore=shutil.ignore_patterns(".git"))
    for path in [path for path in two.root.iterdir() if path.name not in (".git", ".gitignore", "shop", "blog")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    commit(two, "Two projects")
    covered = copied(bare, folder / "covered" / "library")
    done = apply_overlay(covered, template, deploy_platforms=["fly"], deploy_database="sqlite")
    assert done.returncode == 0, done.stderr
    commit(covered, "Add the overlay")
    server = make_project(folder / "server" / "library", variants=["celery"])
    done = apply_overlay(
        server, template, deploy_platforms=["compose"], deploy_domains="www.example.com", deploy_uploads="none"
    )
    assert done.returncode == 0, done.stderr
    commit(server, "Add the overlay")
    own = make_project(folder / "own" / "library")
    done = apply_overlay(
        own, template, deploy_platforms=["kamal"], deploy_domains="www.example.com", kamal_server="server.example.com"
    )
    assert done.returncode == 0, done.stderr
    commit(own, "Add the overlay")
    return {"bare": bare, "split": split, "two": two, "covered": covered, "server": server, "own": own}


def copied(project: Project, to: Path) -> Project:
    shutil.copytree(project.root, to, symlinks=True)
    return replace(project, root=to, django_root=to, dependency_root=to)


def stage_of(block: Block) -> tuple[str, bool]:
    return next((stage, in_order) for pattern, stage, in_order in STAGES if re.search(pattern, block.text))


def data_file() -> str:
    return next(block.text for block in ALL if block.text.startswith("deploy_platforms: ")) + "\n"


@pytest.mark.parametrize("block", [block for block in COMMANDS if copiers(block)], ids=lambda block: block.name)
def test_a_block_of_copiers_commands(block: Block, stages: dict[str, Project], template: Path, tmp_path: Path) -> None:
    """As it stands: only the template is the one of this repository, and nobody sits at the terminal."""
    stage, in_order = stage_of(block)
    project: Project | None = None
    for number, line in enumerate(copiers(block)):
        if project is None or not in_order:
            project = copied(stages["covered" if stage == "parent" else stage], tmp_path / str(number) / "library")
        if "--data-file answers.yml" in line:
            (project.root / "answers.yml").write_text(data_file(), encoding="utf-8")
            commit(project, "The answers")
        if stage == "parent":
            looped(line, project)
            continue
        words = shlex.split(COPIER.sub("", line, count=1).replace(SOURCE, template.as_posix()))
        options = [] if {"--defaults", "--skip-answered"} & set(words) else ["--defaults"]
        command = [copier_program(), words[0], *options, *words[1:]]
        done = run(command, project.root, environment(project.python), check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        if in_order and run(["git", "status", "--porcelain"], project.root).stdout:
            commit(project, line)


def looped(line: str, project: Project) -> None:
    """A loop of the shell over the folders beside each other."""
    if os.name == "nt":
        pytest.skip("a line for a POSIX shell")
    variables = environment(project.python)
    variables["PATH"] = f"{Path(copier_program()).parent}{os.pathsep}{variables['PATH']}"
    assert run(["bash", "-c", line], project.root.parent, variables).returncode == 0


@pytest.mark.parametrize(
    "line", sorted({line for block in COMMANDS for line in block.lines if "deploy_action" in line})
)
def test_a_line_that_needs_an_account_gets_as_far_as_the_platforms_program(
    line: str, stages: dict[str, Project], template: Path, tmp_path: Path
) -> None:
    project = copied(stages["bare"], tmp_path / "library")
    words = shlex.split(COPIER.sub("", line, count=1).replace(SOURCE, template.as_posix()))
    variables = environment(project.python)
    without = [
        path for path in variables["PATH"].split(os.pathsep) if not any(shutil.which(n, path=path) for n in CLIS)
    ]
    variables["PATH"] = os.pathsep.join(without)

    done = run([copier_program(), words[0], "--defaults", *words[1:]], project.root, variables, check=False)

    assert done.returncode != 0
    assert "errors/#program-missing" in done.stderr
    assert not (project.root / "deploy").exists()


@pytest.fixture(scope="session")
def installed(stages: dict[str, Project]) -> Path:
    """By the line that the page has, in a new environment."""
    project = stages["covered"]
    return install(project)


def own(*verbs: str) -> list[str]:
    """Lines of the command with one of these verbs."""
    lines = (line for block in COMMANDS for line in block.lines if OWN.match(line))
    return sorted({line for line in lines if OWN.sub("", line, count=1).split()[:1] in [[verb] for verb in verbs]})


@pytest.mark.parametrize("line", own("add", "set", "uninstall"))
def test_a_line_that_changes_files(line: str, stages: dict[str, Project], template: Path, tmp_path: Path) -> None:
    # PostgreSQL, jobs and a server without backups of its own.
    server = re.search(r"add heroku|add kamal|deploy_backups|deploy_runs", line)
    stage = "own" if "kamal_" in line else "server" if server else "covered"
    project = copied(stages[stage], tmp_path / "library")
    words = shlex.split(OWN.sub("", line, count=1))
    yes = ["--yes"] if words == ["uninstall"] else []

    done = run(
        [sys.executable, template / "hooks" / "command.py", *words, *yes],
        project.root,
        environment(project.python),
        check=False,
    )

    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("line", own("rehearse", "check"))
def test_a_rehearsal_as_the_page_has_it(line: str, stages: dict[str, Project], template: Path, tmp_path: Path) -> None:
    project = copied(stages["covered"], tmp_path / "library")
    words = shlex.split(OWN.sub("", line, count=1))
    for word in words:
        if word.endswith(".env"):
            (project.root / word).write_text("MAIL_KEY=anything\n", encoding="utf-8")

    done = run(
        [sys.executable, template / "hooks" / "command.py", *words],
        project.root,
        environment(project.python),
        check=False,
    )

    assert done.returncode in (0, 3), done.stdout + done.stderr


def test_data_is_carried_to_another_database_as_the_page_has_it(
    stages: dict[str, Project], installed: Path, tmp_path: Path
) -> None:
    block = next(block for block in COMMANDS if block.lines[0].startswith("python -m django dumpdata"))
    project = copied(stages["covered"], tmp_path / "library")
    databases = {name: f"sqlite:///{(tmp_path / f'{name}.sqlite3').as_posix()}" for name in ("old", "new")}
    settings = {"DJANGO_SETTINGS_MODULE": "deploy.settings", "SECRET_KEY": "x" * 50, "DEPLOY_HOSTS": "example.com"}

    def django(line: str, database: str) -> None:
        env = environment(installed, **settings, DATABASE_URL=databases[database])
        run([installed, *shlex.split(line)[1:]], project.root, env)

    django("python -m django migrate", "old")
    for line in block.lines:
        django(line, "old" if "dumpdata" in line else "new")

    assert (tmp_path / "new.sqlite3").stat().st_size > 0


def test_what_is_added_is_committed_as_the_page_has_it(
    stages: dict[str, Project], template: Path, tmp_path: Path
) -> None:
    page = next(block for block in COMMANDS if block.lines[0] == "git add --all")
    project = copied(stages["bare"], tmp_path / "library")
    assert apply_overlay(project, template, deploy_platforms=["fly"]).returncode == 0

    for line in page.lines:
        run(shlex.split(line), project.root, environment(project.python))

    assert run(["git", "status", "--porcelain"], project.root).stdout == ""


def test_the_page_installs_what_production_installs(stages: dict[str, Project], installed: Path) -> None:
    lines = [line for block in COMMANDS for line in block.lines if re.match(RUN[0], line)]

    for line in set(lines):
        done = run([installed, *shlex.split(line)[1:], "--dry-run"], stages["covered"].root, environment(installed))
        assert "Would install" not in done.stdout


@pytest.mark.parametrize("program", ["copier", "deploy-overlay"])
def test_a_program_is_installed_for_good(program: str, template: Path, tmp_path: Path) -> None:
    """Ours from the template of this repository."""
    ours = r"git\+https://github\.com/org/deploy-overlay@v[\d.]+"
    lines = {line for block in COMMANDS for line in block.lines if line.startswith("uv tool install")}
    (line,) = (line for line in lines if bool(re.search(ours, line)) == (program == "deploy-overlay"))
    variables = environment() | {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}

    run(shlex.split(re.sub(ours, f"git+{template.as_uri()}@v1.0.0", line)), tmp_path, variables)

    assert run([tmp_path / "bin" / program, "--version"], tmp_path, variables).stdout.startswith(program)
