"""What the site needs beside its web process: the database, workers, queues, caches, a place for uploads."""

from __future__ import annotations

from .database import django_database
from .services import django_services
from .workers import django_workers

__all__ = [
    "django_database",
    "django_services",
    "django_workers",
]
