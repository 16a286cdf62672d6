"""Detection: what the overlay needs to know about the user's project, read from its files.

Reads only, standard library only; the user's code is neither imported nor run.
"""

from __future__ import annotations

from ..base.evidence import Evidence, Fact
from ..base.message import Failure
from .dependencies import Cloned, check_discovery
from .facts import FACTS
from .look import Facts, look
from .project import Project
from .repository import cut_off, look_at_git
from .visit import Visit

__all__ = [
    "FACTS",
    "Cloned",
    "Evidence",
    "Fact",
    "Facts",
    "Failure",
    "Project",
    "Visit",
    "check_discovery",
    "cut_off",
    "look",
    "look_at_git",
]
