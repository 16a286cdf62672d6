"""What the site needs besides its web process: database, workers, queues, caches, storage for uploads."""

from __future__ import annotations

from .clients import django_library_env, local_clients
from .database import django_database
from .releases import release_commands
from .schedule import django_schedule
from .services import django_services
from .stores import django_stores
from .uploads import django_uploads
from .workers import django_workers

__all__ = [
    "django_database",
    "django_library_env",
    "django_schedule",
    "django_services",
    "django_stores",
    "django_uploads",
    "django_workers",
    "local_clients",
    "release_commands",
]
