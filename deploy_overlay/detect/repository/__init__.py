"""The repository: which files git has, and whether the overlay can be applied."""

from __future__ import annotations

from .git_files import tracked
from .image_files import django_image_keeps
from .preconditions import check_unchanged, cut_off, look_at_git

__all__ = [
    "check_unchanged",
    "cut_off",
    "django_image_keeps",
    "look_at_git",
    "tracked",
]
