"""Every line of a command in the documentation is run by a test, or it is said here why it cannot be and what checks it.

A line that fits no row of the tables below fails, so that a new page has to say what its blocks are. The lines are run in
tests/slow/test_documents.py.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import pytest
import yaml

from deploy_overlay.cli.arguments import parse
from deploy_overlay.cli.verbs import VERBS
from tests.support.documents import Block, blocks, blocks_of
from tests.support.template import REPOSITORY

PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").glob("**/*.md"))]

COPIER = re.compile(r"(?:uvx --with copier-template-extensions )?copier (?=copy|update|recopy|check-update)")

# The command of this repository, as it is installed or started by uvx.
OWN = re.compile(r"(?:uvx --from git\+https://github\.com/org/deploy-overlay@v[\d.]+ )?deploy-overlay(?: |$)")

# Blocks that are no commands, by how they begin, and what they are.
SHOWN = {
    r"trust:\n": "Copier's settings.yml",
    r"\{ \"allowScripts\"": "Renovate's configuration of an administrator",
    r"deploy_platforms: ": "the data file that the command above it reads",
    r"Dockerfile, fly.toml ": "where files lie",
    r"deploy-overlay: ": "what a program prints",
    r"NAME=|LANG=": "a file of variables",
    r"- uses: ": "steps of a workflow",
    r"include: \[": "the line for a .gitlab-ci.yml that the summary shows: tests/slow/test_deploy_ci.py",
    r"\[processes\]\n|worker: |workers:\n|crons:\n": "the processes in a platform's file, see tests/template/test_pages.py",
    r"DATABASE_POOL=": "a variable, see tests/slow/template/test_asgi.py",
    r"DEPLOY_LOGS=|SENTRY_DSN=|dbs:|COPY --from|'litestream": "lines of a file, see tests/slow/test_production.py",
    r"CommandError: ": "what a program prints",
    r"(\(pods \+ 1\)|web instances) x ": "how connections add up: tests/unit/plan/test_connections.py",
    r"JOBS = |_PARTS = |_bucket = |# Redis: |# Mail: ": "lines of a rendered module, see tests/template/test_pages.py",
}

# Lines that are not run here, by how they begin: why, and what checks them instead.
NOT_RUN = {
    r"(fly|heroku|upsun) ": "asks an account; commands and options are held against the program's list: test_commands.py",
    r"git push (heroku|upsun|https://git.heroku)": "asks an account; its effect: tests/slow/platforms/test_provision_*.py",
    r"export RENDER_API_KEY=KEY$": "a key of an account; tests/slow/platforms/test_render_provision.py gives one",
    r"litestream restore ": "needs a bucket: tests/slow/test_production.py",
    r"git remote remove ": "after a project was deleted: there is none here",
    r"Get-ChildItem ": "PowerShell; the loop of a POSIX shell below it, which does the same, is run",
    r"export [A-Z_]+=\"\$\(heroku config:get ": "asks an account; tests/slow/test_data.py gives the values",
    r"pg_(dump|restore) ": "between two databases of an account, through its proxy",
    r"aws s3 ": "between two buckets of accounts; Amazon's own program",
    r"docker build ": "needs Docker; both images are built and started by tests/slow/images",
    r"uv tool install git\+": "fetches this repository; tests/slow/test_command_line.py installs what is in the working tree",
    r"pipx ": "changes the user's tools, and pipx is not part of the development environment",
    r"git clone https://github.com/OWNER": "fetches other people's projects, for the table above it",
    r"git clone \. |git add --all && git commit": "steps of that table: tests/support/proof.py does the same",
    r"uv venv |pip install -r |uv sync |poetry sync |pipenv install ": "steps of that table: tests/support/installing.py",
    r"DEPLOY_BUILD=1 ": "a step of that table: tests/slow/template/test_dockerfile.py",
    r"(DOCKER_HOST=\S+ )?(sh deploy/rollout\.sh|docker compose |kamal )": "needs a server: tests/slow/server",
    r"(apt-get install )?ufw( |$)": "changes a server's firewall",
    r"git clone git@|git pull$|git push$|cd library$": "needs a repository on another machine",
    r"python3 -c .* >> deploy/\.env$|chmod 600 |set -a; \. deploy/\.env; set \+a$": "makes values for a server",
    r"BACKUP_\w+='": "values of a file on a server; tests/slow/server gives such",
    r"make (?!help)": "takes minutes, or needs root: `make --dry-run` says that it could be run",
}

ALL = [
    block
    for block in blocks_of(PAGES, REPOSITORY)
    if block.page != "docs/add-a-platform.md"  # followed word for word by tests/platforms/test_contract.py
]

# These say in their fence what they are; tests/slow/test_production.py runs them.
CODE = [block for block in ALL if block.kind in ("python", "sql", "json")]

COMMANDS = [block for block in ALL if block not in CODE and not any(re.match(pattern, block.text) for pattern in SHOWN)]


def matching(line: str, *tables: dict[str, str]) -> list[str]:
    return [pattern for table in tables for pattern in table if re.match(pattern, line)]


def test_a_page_is_taken_apart_as_markdown_does() -> None:
    page = "Text:\n\n    one\n    two\n\n1. A list:\n\n        three\n\n    Text of the list.\n\n```sh\nfour\n\nfive\n```\n"

    assert [(block.line, block.kind, block.lines) for block in blocks("a.md", page)] == [
        (3, "", ("one", "two")),
        (8, "", ("three",)),
        (13, "sh", ("four", "", "five")),
    ]


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: block.name)
def test_every_line_is_run_or_has_its_reason(block: Block) -> None:
    ways = {
        line: matching(line, NOT_RUN, dict.fromkeys(RUN, ""))
        or [COPIER.pattern] * bool(COPIER.search(line))
        or [OWN.pattern] * bool(OWN.match(line))
        for line in block.lines
    }

    assert not {line: found for line, found in ways.items() if len(found) != 1}


def test_code_is_on_the_pages_whose_code_is_run() -> None:
    assert {block.page.rpartition("/")[0] for block in CODE} == {"docs/production"}


def test_every_line_of_the_command_is_one_that_it_takes() -> None:
    """Those in the text and in a workflow too."""
    texts = [path.read_text(encoding="utf-8") for path in PAGES]
    lines = [line for block in ALL for line in block.lines if "deploy-overlay@" in line or OWN.match(line)]
    lines += [line for text in texts for line in re.findall(r"`(deploy-overlay [a-z][^`]*)`", text)]
    verbs = {verb.name for verb in VERBS}

    shown = set()
    for line in lines:
        if "uv tool install" in line or "VERB" in line:
            continue
        verb, _ = parse(shlex.split(OWN.split(line.replace("…", "x"), maxsplit=1)[1]))
        shown.add(verb.name)
    table = set(re.findall(r"`([a-z]+)", (REPOSITORY / "docs" / "command.md").read_text(encoding="utf-8")))
    assert verbs - table == set()
    assert {"add", "set", "rehearse", "deploy", "env", "uninstall"} <= shown


def test_what_is_no_command_is_what_it_is_said_to_be() -> None:
    for block in ALL:
        for pattern in (pattern for pattern in SHOWN if re.match(pattern, block.text)):
            if SHOWN[pattern].startswith(("Copier's", "Renovate's", "the data")):
                assert isinstance(yaml.safe_load(block.text), dict), block.name


# Lines of other programs that are run here.
RUN = (
    r"python -m pip install -r requirements\.txt$",
    r"python (-m django|manage\.py) (dumpdata|migrate|loaddata)",
    r"git (add --all|commit -m \"[^\"]+\")$",
    r"uv tool install --with copier-template-extensions copier$",
)


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_every_target_could_be_made() -> None:
    named = {line.split()[1] for block in COMMANDS for line in block.lines if line.startswith("make ")}

    assert named
    for target in sorted(named):
        done = subprocess.run(["make", "--dry-run", target], cwd=REPOSITORY, capture_output=True, check=False)
        assert done.returncode == 0, target
