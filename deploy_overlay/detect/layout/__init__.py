"""Where the project's code is: manage.py, entry points, the Python path, and the part of the repository to deploy."""

from __future__ import annotations

from .applications import django_asgi, django_settings_assigned, django_wsgi
from .other_manage import django_other_manage_py
from .root import django_python_path, django_root, side_folder
from .server_modules import server_scripts
from .source_root import django_source_root

__all__ = [
    "django_asgi",
    "django_other_manage_py",
    "django_python_path",
    "django_root",
    "django_settings_assigned",
    "django_source_root",
    "django_wsgi",
    "server_scripts",
    "side_folder",
]
