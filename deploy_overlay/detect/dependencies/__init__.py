"""What the project installs: manager, manifests and locks, the versions of Python and Django, system libraries."""

from __future__ import annotations

from .build_secrets import django_build_secrets
from .dependency_files import django_dependency_files
from .local_sources import django_install_files, django_install_folder
from .manager import django_dependency_manager, django_dependency_root
from .manager_version import django_manager_required
from .named_python import python_constraint
from .over_ssh import Cloned, cloned_over_ssh
from .own_package import check_discovery, lacks_its_package
from .production_django import django_version, found_version, refuse_old
from .production_packages import installed, requirements
from .python_version import django_python_version
from .requirements_files import line_of, read_requirements, table
from .selected import django_dependency_extras, django_dependency_groups
from .system_needs import django_system_libraries, django_unproven, uses_gis

__all__ = [
    "Cloned",
    "check_discovery",
    "cloned_over_ssh",
    "django_build_secrets",
    "django_dependency_extras",
    "django_dependency_files",
    "django_dependency_groups",
    "django_dependency_manager",
    "django_dependency_root",
    "django_install_files",
    "django_install_folder",
    "django_manager_required",
    "django_python_version",
    "django_system_libraries",
    "django_unproven",
    "django_version",
    "found_version",
    "installed",
    "lacks_its_package",
    "line_of",
    "python_constraint",
    "read_requirements",
    "refuse_old",
    "requirements",
    "table",
    "uses_gis",
]
