"""`rehearse`: hands over to the rehearsal, which reads its own options."""

from __future__ import annotations

from argparse import Namespace

from ..base.release import ANSWERS_FILE
from .project import Project


def rehearse(project: Project, options: Namespace) -> int:
    """In the folder where it was started; the exit status is the rehearsal's."""
    from ..rehearse.command import main

    own = [] if project.answers_file == ANSWERS_FILE else ["--answers-file", project.answers_file]
    return main([*own, *options.rest])
