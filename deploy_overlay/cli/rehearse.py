"""`rehearse`: proves on this machine that the site would run."""

from __future__ import annotations

import argparse
import os

from ..rehearse.command import add_arguments
from ..rehearse.command import rehearse as prove
from .project import Project


def options(parser: argparse.ArgumentParser) -> None:
    add_arguments(parser)


def rehearse(project: Project, options: argparse.Namespace) -> int:
    """The exit status: 0 for ready, 1 for not ready, 3 for unproven, 2 if it cannot start."""
    if options.answers_file and project.answers is not None:
        options.env_file = options.env_file and (project.here / options.env_file)
        options.report = options.report and (project.here / options.report)
        os.chdir(project.root / project.answers.django_root)  # it tells which project of the repository this is
    return prove(options)
