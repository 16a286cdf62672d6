"""What tests of whole projects are made of: projects, the overlay applied to them, a fresh place to run them."""

from .browser import Answer, Browser
from .installing import install
from .made import djangocms_project, wagtail_project
from .overlay import apply_overlay, failed_checks, rehearse
from .programs import NoPython, available, environment, interpreter, run, usual_python
from .projects import DATABASES, DJANGO, LAYOUTS, MANAGERS, SETTINGS, Project, make_project
from .proof import applied, proven
from .repository import adopt, clone, commit, git, status, tree
from .serving import runserver
from .template import snapshot
from .variants import VARIANTS

__all__ = [
    "DATABASES",
    "DJANGO",
    "LAYOUTS",
    "MANAGERS",
    "SETTINGS",
    "VARIANTS",
    "Answer",
    "Browser",
    "NoPython",
    "Project",
    "adopt",
    "applied",
    "apply_overlay",
    "available",
    "clone",
    "commit",
    "djangocms_project",
    "environment",
    "failed_checks",
    "git",
    "install",
    "interpreter",
    "make_project",
    "proven",
    "rehearse",
    "run",
    "runserver",
    "snapshot",
    "status",
    "tree",
    "usual_python",
    "wagtail_project",
]
