"""Writes fly_commands.txt, every command of flyctl with its options, as the `--help` of a program says it.

    python -m tests.tools.fly_commands path/to/fly

flyctl comes from neither npm nor PyPI, so its words are kept: a line for each command, then its options.
"""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

LIST = Path(__file__).with_suffix(".txt")


@functools.cache
def known() -> dict[str, set[str]]:
    """Options by command, `apps create`."""
    lines = [line for line in LIST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {command: set(options.split()) for command, _, options in (line.partition(":") for line in lines)}


def told(program: str, home: str, words: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    done = subprocess.run(
        [program, *words, "--help"],
        env={**os.environ, "HOME": home, "FLY_NO_UPDATE_CHECK": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    text = done.stdout
    if words:
        found = re.findall(r"^ +(?:(-\w), |    )(--[\w-]+)", text, re.MULTILINE)
        options = sorted({option for pair in found for option in pair if option})
        aliases = re.findall(r"^Aliases:\n +(.*)$", text, re.MULTILINE)
        for name in aliases[0].split(", ") if aliases else words[-1:]:
            yield " ".join((*words[:-1], name)), options
    # The first page has a heading for each group of commands.
    listed = re.split(r"^Flags:", text.partition("Usage:")[2], flags=re.MULTILINE)[0].partition("\n\n")[2]
    for name in re.findall(r"^  ([\w-]+)  ", listed, re.MULTILINE):
        if name not in ("help", "completion") and (not words or "Available Commands:" in text):
            yield from told(program, home, (*words, name))


def main(program: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        version = subprocess.run([program, "version"], capture_output=True, encoding="utf-8", check=True).stdout
        rows = dict(told(program, home))
    lines = [
        f"# {version.partition(' Commit')[0]}",
        *(f"{command}: {' '.join(options)}" for command, options in sorted(rows.items())),
    ]
    LIST.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print(f"{LIST}: {len(rows)} commands")


if __name__ == "__main__":
    main(sys.argv[1])
