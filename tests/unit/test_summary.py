"""The summary's lines at a terminal of 80 columns: no word is broken, and each command can be pasted."""

from __future__ import annotations

import shlex

from deploy_overlay.summary import COLUMNS, commands_of, described

PATHS = [".dockerignore", "Dockerfile", "fly.toml", "deploy", ".copier-answers.yml", "requirements.txt", '"a file"']


def test_a_command_with_many_words_is_several_commands() -> None:
    lines = commands_of("git add", PATHS)

    assert len(lines) == 2
    assert all(line.startswith("git add ") and len(f"  2. rehearse  {line}") <= COLUMNS for line in lines)
    assert [word for line in lines for word in shlex.split(line)[2:]] == shlex.split(" ".join(PATHS))


def test_one_word_that_is_too_long_stays_whole() -> None:
    assert commands_of("git add", ["a", "b" * 100, "c"]) == ["git add a", f"git add {'b' * 100}", "git add c"]


def test_a_long_text_goes_on_below_itself() -> None:
    price = "from $43.99 (fra may cost more than iad): Machine $3.19, managed PostgreSQL with 10 GB $40.80"

    first, second = described([("Fly.io", price)])

    assert max(len(first), len(second)) <= COLUMNS
    assert first.startswith("  Fly.io  from $43.99")
    assert second.startswith(" " * len("  Fly.io  ") + "PostgreSQL")
