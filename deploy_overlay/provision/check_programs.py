"""Whether the programs of the chosen platforms are there, new enough and logged in, before anything is written."""

from __future__ import annotations

import sys
from pathlib import Path

from ..base.message import Failure, with_help_link
from ..base.scrub import scrubbed
from .run import ready


def main(arguments: list[str]) -> int:
    """`<env file, or ""> <platform>...`, run in the git root; returns the exit status, with the problem on standard error."""
    env_file, *platforms = arguments
    try:
        ready(platforms, env_file, Path.cwd())
    except Failure as failure:
        print(scrubbed(with_help_link(str(failure), failure.anchor)), file=sys.stderr)
        return 1
    return 0
