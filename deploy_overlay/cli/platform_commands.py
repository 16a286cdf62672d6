"""`logs`, `shell`, `run` and `open`: print the platform's own command, so that people learn it, and run it."""

from __future__ import annotations

import shlex
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from ..adapter.cli import locate
from ..base import git
from ..base.environment import outside_copier
from ..base.message import Failure, command_line
from ..base.programs import status_of
from ..base.scrub import scrubbed
from ..platforms import adapter, platform, title
from ..platforms.own_command import managing, own_command
from ..provision.sites import record_of
from .deploy import only_name
from .project import Project

MANAGE = ("manage", "manage.py")


def logs(project: Project, options: Namespace) -> int:
    return _carry_out(project, options, "logs")


def shell(project: Project, options: Namespace) -> int:
    return _carry_out(project, options, "shell")


def browse(project: Project, options: Namespace) -> int:
    return _carry_out(project, options, "open")


def run(project: Project, options: Namespace) -> int:
    """Run a command where the site runs; `manage` is translated for the platform."""
    given = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not given:
        raise Failure("There is no command to run: name one, such as `manage createsuperuser`.", anchor="not-an-answer")
    return _carry_out(project, options, "run", given)


def _carry_out(project: Project, options: Namespace, verb: str, arguments: Sequence[str] = ()) -> int:
    assert project.answers is not None
    name = only_name(project, options, verb, *arguments)
    declared = platform(name)
    if verb not in declared.verbs:
        raise Failure(
            f"`{verb}` does not work for {title(name)}: see {project.answers.deploy_folder}/README.md.",
            anchor="platform-without-verb",
        )
    line = shlex.join(arguments)
    if arguments and arguments[0] in MANAGE:
        line = managing(declared, project.answers.values, arguments[1:])
    record = record_of(name, project.answers, git.overlay_folder(project.root), options.environment)
    argv = own_command(declared, verb, project.name, options.environment, line, record.chosen)
    print(scrubbed(f"$ {command_line(argv)}"), file=sys.stderr, flush=True)
    if declared.adapter:
        argv[0] = locate(adapter(name).tool())
    try:
        return status_of(argv, Path.cwd(), outside_copier())
    except OSError as error:
        raise Failure(f"{argv[0]} cannot be started ({error.strerror}).", anchor="program-not-started") from None
