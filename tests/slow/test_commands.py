"""Every command of a platform in what users read is one that the platform's own program has, with these options.

The programs list their commands with all options in one call each, which is what their `--help` is made from; for
flyctl, which neither npm nor PyPI has, that list is kept (`tests/tools/fly_commands.py`).

Slow: the programs take seconds to list, and each file is rendered.
"""

from __future__ import annotations

import functools
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import apply_overlay, environment, make_project, run
from tests.support.overlay import copier_program
from tests.support.template import REPOSITORY
from tests.tools import fly_commands, tool

DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("**/*.md"))]


# Answers with which the file has other commands.
OTHERWISE: dict[str, list[dict[str, object]]] = {
    "fly": [{}, {"fly_postgres": "unmanaged"}, {"deploy_database": "sqlite"}],
    "heroku": [{}],
    "upsun": [{}, {"upsun_flavour": "fixed"}],
}


@functools.cache
def heroku() -> dict[str, set[str]]:
    done = subprocess.run([tool("heroku"), "commands", "--json"], capture_output=True, encoding="utf-8", check=True)
    found: dict[str, set[str]] = {}
    for command in json.loads(done.stdout):
        flags = {**command.get("baseFlags", {}), **command.get("flags", {})}
        options = {f"--{name}" for name in flags} | {f"-{flag['char']}" for flag in flags.values() if flag.get("char")}
        for name in (command["id"], *command.get("aliases", ()), *command.get("hiddenAliases", ())):
            found[name] = options | {"--help"}
    return found


@functools.cache
def upsun() -> dict[str, set[str]]:
    command = [tool("upsun"), "list", "--all", "--format=json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    found: dict[str, set[str]] = {}
    for known in json.loads(done.stdout)["commands"]:
        options: set[str] = set()
        for option in dict(known["definition"]["options"] or {}).values():
            options |= {option["name"], *str(option.get("shortcut") or "").split("|")}
        for name in (known["name"], *known.get("aliases", ())):
            found[name] = options | {"--help"}
    return found


PROGRAMS = {"fly": fly_commands.known, "heroku": heroku, "upsun": upsun}


def commands(text: str, program: str) -> Iterator[list[str]]:
    """The command lines of a program in backticks and in indented blocks, as words; a pipe or `&&` ends one."""
    lines = re.findall(rf"`({program} [^`]*)`", text) + re.findall(rf"^ {{4,}}({program} .*)$", text, re.MULTILINE)
    for line in lines:
        words = shlex.split(line.replace("$(", "(").replace("...", ""), comments=True)
        yield words[: next((index for index, word in enumerate(words) if word in ("|", "&&", "||", ";")), None)]


def unknown(text: str, program: str) -> list[str]:
    """What the program would not understand."""
    known = PROGRAMS[program]()
    wrong = []
    for words in commands(text, program):
        name, rest = named(words[1:], known)
        if name.startswith("-") or not name:
            continue
        # After a group of commands comes one of them.
        inner = rest[:1] if any(other.startswith(f"{name} ") for other in known) else []
        if name not in known or [word for word in inner if not word.startswith("-")]:
            wrong.append(f"{program} {' '.join([name, *inner])}: no such command")
            continue
        for word in rest:
            if word == "--":
                break
            option = word.partition("=")[0]
            if re.fullmatch(r"--?[a-z][a-z-]*", option) and option not in known[name]:
                wrong.append(f"{program} {name} has no {option}")
    return wrong


def named(words: list[str], known: dict[str, set[str]]) -> tuple[str, list[str]]:
    """The command of as many words as there is one, and what follows it."""
    for count in range(min(4, len(words)), 0, -1):
        if " ".join(words[:count]) in known:
            return " ".join(words[:count]), words[count:]
    return next(iter(words), ""), words[1:]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_check_knows_a_wrong_command_from_a_right_one(program: str) -> None:
    listed = sorted(PROGRAMS[program]())[-1]
    assert unknown(f"`{program} {listed} --no-such-option`", program) == [f"{program} {listed} has no --no-such-option"]
    assert unknown(f"`{program} no-such-command`", program) == [f"{program} no-such-command: no such command"]
    assert unknown(f"`{program} {listed} --help`", program) == []


def test_a_command_of_two_words_is_known_by_both() -> None:
    assert unknown("`fly apps list`", "fly") == []
    assert unknown("`fly apps no-such-command`", "fly") == ["fly apps no-such-command: no such command"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_commands_in_the_readme_of_a_project(program: str, template: Path, tmp_path: Path) -> None:
    project = make_project(tmp_path / "library", layout="nested", variants=["celery"])
    answers = {"deploy_platforms": [program], "deploy_database": "postgres", "django_required_env": ["MAIL_KEY"]}
    for more in OTHERWISE[program]:
        done = apply_overlay(project, template, "--skip-tasks", "--overwrite", **{**answers, **more})
        assert done.returncode == 0, done.stderr
        text = (project.root / "shelf" / "deploy" / "README.md").read_text(encoding="utf-8")

        assert len(list(commands(text, program))) > 10
        assert unknown(text, program) == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_commands_in_the_documentation(program: str) -> None:
    wrong = {path.name: unknown(path.read_text(encoding="utf-8"), program) for path in DOCUMENTS}

    assert {name: lines for name, lines in wrong.items() if lines} == {}


def test_the_commands_of_the_readme_do_what_it_says(template: Path, tmp_path: Path) -> None:
    """The line without questions, run as it stands: only the template is the one of this repository."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    copy = next(line for line in text.splitlines() if line.startswith("    uvx "))
    options = re.search(r"add\s`(--defaults [^`]*)`", text)
    assert options
    words = shlex.split(f"{copy} {options[1]}".replace("gh:org/deploy-overlay", str(template)))
    assert words[:3] == ["uvx", "--with", "copier-template-extensions"]  # what the development environment has
    project = make_project(tmp_path / "library")
    done = run([copier_program(), *words[4:]], project.root, environment(project.python), check=False)

    assert done.returncode == 0, done.stderr
    assert (project.root / "deploy" / "README.md").is_file()
