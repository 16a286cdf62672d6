"""The build: the front end whose output Django collects, and the management commands that a build runs."""

from __future__ import annotations

from .build_commands import django_build_commands
from .front_end import django_frontend

__all__ = [
    "django_build_commands",
    "django_frontend",
]
