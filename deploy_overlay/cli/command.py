"""The command `deploy-overlay`: finds the project, its version and the verb, runs it, and reports errors."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from ..base.git import overlay_folder
from ..base.log import start
from ..base.message import Failure, with_help_link
from ..base.release import PROGRAM, Release, command, own_version, recorded, whole_command
from ..base.run_hook import INTERRUPTED, shown, unexpected
from ..base.scrub import scrubbed
from .arguments import parse
from .machine import print_error
from .own import own_release
from .project import find_project
from .verbs import Verb
from .versions import check_trusted, run_recorded


def run() -> None:
    """The entry point of the installed program."""
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Carry out a command line without the program's name; the exit status: 0, 1 for an error, 2 for a wrong command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a Windows console may lack the characters of a path
    if "--version" in argv[:1]:
        print(_version(own_release()))
        return 0
    verb, options = parse(argv)
    try:
        return _run_verb(verb, options, argv)
    except Failure as failure:
        return _report_failure(failure, machine=getattr(options, "json", False))
    except KeyboardInterrupt:
        print(f"\n{PROGRAM}: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # `deploy-overlay status | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # a bug: one sentence for the user, the traceback for the log
        mistake = unexpected(error, _write_log(traceback.format_exc()))
        return _report_failure(mistake, machine=getattr(options, "json", False))


def _write_log(text: str) -> str:
    """Write the text to a log. A line with its path; empty without a git folder."""
    try:
        log = start(overlay_folder(Path.cwd()), "command")
    except Failure:
        return ""
    log.write(text)
    return f"\nLog: {shown(log.path, Path.cwd())}"


def _run_verb(verb: Verb, options: object, argv: Sequence[str]) -> int:
    file, trust = str(getattr(options, "answers_file", "")), bool(getattr(options, "trust", False))
    project = find_project(file)
    if project.answers is None and not verb.anywhere:
        raise Failure(
            f"This project does not have the overlay yet ({project.answers_file} is not in {project.root}): run "
            f"`{command({}, 'add')}`.",
            anchor="overlay-not-added",
        )
    if project.answers is not None and verb.copiers:
        check_trusted(recorded(project.answers.values), argv, trust=trust)
    elif verb.name:
        status = run_recorded(project, argv, trust=trust, needs_template=verb.needs_template)
        if status is not None:
            return status
    if verb.at_root:
        os.chdir(project.root)
    try:
        return verb.load()(project, options)  # type: ignore[arg-type]
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == (__package__ or "").partition(".")[0]:
            raise
        values = project.answers.values if project.answers else {}
        line = whole_command(values, *argv)
        raise Failure(
            f"This needs the package {missing.name}, which is not installed with deploy-overlay: run `{line}`.",
            anchor="package-missing",
        ) from None


def _version(own: Release) -> str:
    return f"{PROGRAM} {own_version()} ({' '.join(filter(None, (own.source, own.version)))})"


def _report_failure(failure: Failure, *, machine: bool) -> int:
    if machine:
        print_error(failure)
    print(scrubbed(with_help_link(f"{PROGRAM}: {failure}", failure.anchor)), file=sys.stderr)
    return 1
