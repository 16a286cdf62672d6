"""The file with the values of a site on a server: this command reads it, and a shell does."""

import subprocess
import sys

import pytest

from deploy_overlay.base.env_file import parse_env_file
from deploy_overlay.platforms.kamal.provision.values import quoted

VALUES = [
    "plain", "", "two words # no comment", "a$b`c`!", "it's", 'say "so"', "a'b\"c", "back\\slash", "a'$b\\c", "line 1\nline 2",
    "=", "ünïcode",
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_what_is_written_is_read(value: str) -> None:
    assert parse_env_file(f"A={quoted(value)}\nB=1\n") == {"A": value, "B": "1"}


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize("value", [value for value in VALUES if "\\" not in value and not {"'", '"'} <= {*value}])
def test_a_shell_reads_the_same_but_for_what_has_both_quotes_or_a_backslash(value: str) -> None:
    line = f'A={quoted(value)}\nprintf %s "$A"'
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout == value
