"""Runs the project's own dependency manager, or says exactly what to run instead."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..base.environment import outside_copier
from ..base.message import Failure, command_line
from ..base.programs import Finished, find, python_of, run
from ..base.progress import tell
from . import Project
from .pinned import pinned_manager

# What uv and pipx say of an interpreter that they neither find nor can download.
_MISSING = ("No interpreter found", "python-build-standalone", "No Python at", "not found on PATH", "No suitable")
# What uv and Poetry say in a project that insists on another version of theirs.
_REFUSED = ("Required uv version", "requires Poetry")
# What uvx and pipx say while they fetch a tool, before the tool itself says anything.
_FETCHING = (
    r"^(?:(?:Resolved|Prepared|Installed) \d+ packages?|Downloading \S+ \(|Downloaded \S+$|Using CPython"
    r"|(?:Building|Built) \S+(?:==| @ )|(?:Updating|Updated) \w+://)"
    r"|^(?:creating virtual environment|(?:creating|upgrading) shared libraries|installing \S+\.\.\.|done! |NOTE: running app)"
    r"|already on your PATH and installed at|Downloading and running anyway"
)
TIMEOUT = 900.0  # seconds: resolving a large project over a slow line takes minutes


def environment_of(project: Project, environ: Mapping[str, str]) -> list[Path]:
    """Folders where a virtual environment of the project may be: the active one, then those beside the manifest."""
    active = [Path(environ["VIRTUAL_ENV"])] if environ.get("VIRTUAL_ENV") else []
    roots = dict.fromkeys((project.directory, project.root))
    return active + [root / name for root in roots for name in (".venv", "venv")]


def run_tool(
    project: Project,
    argv: Sequence[str],
    *,
    folder: str = "",
    package: str = "",
    python: str = "",
    interpreter: bool = False,
    environ: Mapping[str, str | None] | None = None,
    by_hand: Sequence[str] = (),
    accepted: Sequence[int] = (0,),
    quietly: bool = False,
    same_python: bool = False,
) -> Finished:
    """Runs `argv`, whose first item is the tool's name, in `folder` (relative to the git root; else the manifest's).

    Raises Failure with the command to run by hand (`by_hand`, else argv itself) when the tool is missing or fails.
    `package` and `python` ("3.13") are used when it has to be fetched: see programs.find. With `interpreter`, one of
    that version is looked for and put first on the tool's PATH. A None in `environ` takes a variable away. An exit
    status that is not `accepted` is a failure. `quietly` shows no progress. With `same_python` a tool on PATH that runs
    on another Python than that version is skipped: its results would be right only for its own. Where the project insists
    on another version of the tool than the installed one, that version is fetched.
    """
    folder = folder or project.folder
    name, arguments = argv[0], tuple(argv[1:])
    manual = [command_line(by_hand or argv)]
    surroundings = outside_copier()
    path = surroundings.get("PATH", "")
    version = python or project.python
    runs_on = python_of(name, surroundings) if same_python else ""
    installed = not runs_on or not version or version.startswith(runs_on)
    if not installed and find(name, package, version, surroundings, installed=False) is None:
        raise Failure(
            f"{name} on PATH uses Python {runs_on} and would compile for that, but the project uses {version}. "
            "Install uv (https://docs.astral.sh/uv/getting-started/installation/), or run this yourself with "
            f"Python {version}.",
            manual,
            folder,
            anchor="manager-not-installed",
        )
    if interpreter and find(name, environ={"PATH": path}, installed=installed) is not None:
        from . import interpreters

        found = interpreters.interpreter(version, environment_of(project, surroundings), surroundings)
        if found:
            version = str(found)
            surroundings["PATH"] = f"{found.parent}{os.pathsep}{path}"
    for key, value in (environ or {}).items():
        surroundings.pop(key, None)
        if value is not None:
            surroundings[key] = value
    last: Finished | None = None
    # Where an interpreter of that version is missing, the one that the tool comes with is tried.
    attempts = [(tried, package, installed) for tried in dict.fromkeys((version, "") if installed else (version,))]
    for tried, wanted, own in attempts:
        program = find(name, wanted, tried, {"PATH": path}, installed=own)
        if program is None:
            raise Failure(
                f"{wanted or name} is not installed, and neither is uvx or pipx, which could fetch it. Install one of "
                "them: https://docs.astral.sh/uv/getting-started/installation/",
                manual,
                folder,
                anchor="manager-not-installed",
            )
        source = "" if program.own else f" with {Path(program.argv[0]).stem}"
        since = time.monotonic()
        last = run(
            [*program.argv, *arguments],
            cwd=project.root / folder,
            log=project.log,
            timeout=TIMEOUT,
            progress="" if quietly else f"running {name}{source}, this can take a minute",
            environ=surroundings,
            failing=(manual, folder),
        )
        if last.status in accepted:
            if not quietly:
                tell(f"{name} is done ({time.monotonic() - since:.0f} s)")
            return last
        taken = pinned_manager(name, project.required)
        if program.own and taken and any(phrase in last.output for phrase in _REFUSED):
            attempts[1:] = [(version, taken.requirement, False)]
        elif program.own or not any(phrase in last.output for phrase in _MISSING):
            break
    assert last is not None and program is not None
    reason = last.reason if program.own else last.reason_without(_FETCHING) or last.reason
    raise Failure(f"`{command_line(argv)}` failed:\n{reason}", manual, folder, anchor="manager-failed")
