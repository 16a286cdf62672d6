"""Options that make a dependency manager install some groups and extras beside what production always has.

https://docs.astral.sh/uv/concepts/projects/sync/#syncing-optional-dependencies
https://python-poetry.org/docs/cli/#install, https://pdm-project.org/latest/usage/dependency/#select-a-subset-of-dependency-groups-to-install
https://pipenv.pypa.io/en/latest/pipfile.html#custom-package-categories
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence


def install_options(manager: str, groups: Sequence[str], extras: Sequence[str]) -> str:
    """What follows the usual command, with a space before it; "" where nothing more is wanted."""
    if manager == "uv":
        words = [
            *(f"--group {shlex.quote(name)}" for name in groups),
            *(f"--extra {shlex.quote(name)}" for name in extras),
        ]
    elif manager == "poetry":
        words = [f"--extras {shlex.quote(name)}" for name in extras]
    elif manager == "pdm":
        words = [f"--group {shlex.quote(name)}" for name in (*groups, *extras)]
    elif manager == "pipenv" and groups:
        words = [f"--categories {shlex.quote(' '.join(['packages', *groups]))}"]
    else:
        words = []
    return "".join(f" {word}" for word in words)
