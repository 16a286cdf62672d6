"""Messages at a terminal: no word is broken, nor anything that is pasted; elsewhere they stay one line."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from deploy_overlay.base.message import wrapped
from tests.support.template import REPOSITORY

SENTENCE = (
    "The requirements name a package that lies outside. Commit it: `git add --force libs/money requirements.txt`, "
    'or write -d "deploy_platforms=[fly, heroku]" behind the command.'
)


@pytest.mark.parametrize("columns", range(30, 90, 7))
def test_no_word_and_nothing_that_is_pasted_is_broken(columns: int) -> None:
    lines = wrapped(SENTENCE, columns)

    assert " ".join(lines) == SENTENCE
    for whole in ("`git add --force libs/money requirements.txt`", '-d "deploy_platforms=[fly, heroku]"'):
        assert [line for line in lines if whole in line]
    assert all(len(line) <= max(columns, 46) for line in lines)


def test_a_command_on_a_line_of_its_own_stays_as_it_is() -> None:
    command = f"    git add {'a-file ' * 20}"

    assert wrapped(command) == [command]


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_only_a_terminal_gets_lines() -> None:
    import pexpect

    program = (
        f"import sys; from deploy_overlay.base.message import fitted; print(fitted({SENTENCE!r}), file=sys.stderr)"
    )
    piped = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=True
    )
    child = pexpect.spawn(
        sys.executable, ["-c", program], cwd=str(REPOSITORY), dimensions=(24, 60), encoding="utf-8", timeout=60
    )
    child.expect(pexpect.EOF)

    assert piped.stderr == f"{SENTENCE}\n"
    assert child.before.splitlines() == wrapped(SENTENCE, 60)
