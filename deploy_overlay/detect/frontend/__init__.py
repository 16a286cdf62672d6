"""The build: the front end that Django collects, and management commands."""

from __future__ import annotations

from .build_commands import django_build_commands
from .front_end import django_frontend

__all__ = [
    "django_build_commands",
    "django_frontend",
]
