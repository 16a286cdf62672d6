"""Commands for Render, which runs `dockerCommand` and `preDeployCommand` without a shell.

It splits them at spaces, even in quotes, so commands that need a shell are in our script render.sh.
https://render.com/docs/blueprint-spec#dockercommand
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...base.plan import Process
from ...plan.application import application, on_volume
from ...plan.processes import UNPRIVILEGED, CommandLine, processes

FREE = "free"
_FOR_A_SHELL = re.compile(r"[&|;<>$`*?~(){}\[\]'\"\\#!]|^\w+=")


def is_free(answers: Mapping[str, Any]) -> bool:
    """Whether the site, its database and its Redis use free plans: https://render.com/docs/free"""
    return answers.get("render_plan") == FREE


def commands(answers: Mapping[str, Any]) -> dict[str, str]:
    """The command of each process in the Blueprint, by name."""
    package = application(answers).package
    found = {}
    for process, script in _started(answers):
        line = f"sh {package}/render.sh {process.name}" if script else process.command
        # An image with a disk starts as root, which the web process alone needs.
        root = process.kind != "web" and on_volume(answers, _platform())
        found[process.name] = f"{UNPRIVILEGED if root else ''}{line}"
    return found


def scripted(answers: Mapping[str, Any]) -> list[str]:
    """Names of the processes whose command is in the script."""
    return [process.name for process, script in _started(answers) if script]


def _started(answers: Mapping[str, Any]) -> list[tuple[Process, bool]]:
    """The processes, each with whether its command is in the script."""
    app, platform = application(answers), _platform()
    line = CommandLine(platform.runs.shell, answers, app)
    found = [one for one in processes(answers, app, platform, line) if one.state == "started"]
    # Free services have no preDeployCommand, so this migrates first.
    migrates = is_free(answers) and any(one.kind == "release" for one in found)
    return [
        (one, bool(_FOR_A_SHELL.search(one.command)) or (migrates and one.kind == "web"))
        for one in found
        if not (migrates and one.kind == "release")
    ]


def _platform() -> Any:
    from . import PLATFORM

    return PLATFORM
