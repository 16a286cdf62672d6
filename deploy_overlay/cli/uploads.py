"""`uploads push`: the files of a folder on this machine among the uploads of the site."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from ..base.answers import Answers
from ..base.log import Log
from ..base.state import State
from ..provision import uploads
from .deploy import only_name
from .machine import run_logged
from .project import Project
from .terminal import request


def act(project: Project, options: Namespace) -> int:
    name = only_name(project, options, "uploads", "push", options.folder)
    folder = uploads.folder_of(Path(project.path(options.folder)))
    asked = request("uploads", options)

    def work(answers: Answers, state: State, log: Log) -> int:
        return uploads.push(name, answers, asked, state, log, folder, look_only=options.dry_run)

    ended, result = run_logged("uploads", project, work, run=None if options.dry_run else 0)
    return ended if result is None else result
