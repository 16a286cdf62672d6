"""Ways from a simulated platform into a site: what its program, or ssh, does where a line would run beside the site's data."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

# The line to run is the last argument, of Kamal what `docker exec -i CONTAINER` is given.
SCRIPT = """#!/usr/bin/env bash
line="${{@: -1}}"
case "$line" in "docker exec -i "*) line="${{line#docker exec -i }}"; line="${{line#* }}" ;; esac
case "$*" in
{cases}
    {otherwise}
esac
"""
CASE = """    {pattern}) echo "$*" >>{calls}; exec sh -c {start}" $line" ;;"""


class Site(Protocol):
    """`start` begins a line for a shell: a command behind it is one in the site."""

    @property
    def start(self) -> str: ...


def into(folder: Path, name: str, sites: Mapping[str, Site], program: Path | None = None) -> Path:
    """A folder for PATH whose program `name` runs lines in the site of the first pattern of arguments that fits.

    Other arguments are those of the real program, where there is one. Those of lines in a site are in the file `calls`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cases = [
        CASE.format(pattern=pattern, calls=shlex.quote(str(folder / "calls")), start=shlex.quote(site.start))
        for pattern, site in sites.items()
    ]
    otherwise = f'*) exec {shlex.quote(str(program))} "$@" ;;' if program else "*) exit 255 ;;"
    (folder / name).write_text(SCRIPT.format(cases="\n".join(cases), otherwise=otherwise), encoding="utf-8")
    (folder / name).chmod(0o755)
    return folder
