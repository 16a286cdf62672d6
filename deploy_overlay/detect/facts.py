"""Every fact by its name: what it needs, and which function of which wing finds it.

A new fact gets a function in the wing of its subject, a name in that wing's door, and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..base.evidence import Fact
from .dependencies import (
    django_build_secrets,
    django_dependency_extras,
    django_dependency_files,
    django_dependency_groups,
    django_dependency_manager,
    django_dependency_root,
    django_install_files,
    django_install_folder,
    django_manager_required,
    django_python_version,
    django_system_libraries,
    django_unproven,
    django_version,
)
from .deployed import django_platforms
from .frontend import django_build_commands, django_frontend
from .layout import (
    django_asgi,
    django_other_manage_py,
    django_python_path,
    django_root,
    django_settings_assigned,
    django_source_root,
    django_wsgi,
)
from .production import (
    django_configuration,
    django_debug_env,
    django_dev_apps,
    django_replaced_env,
    django_required_env,
    django_secret_key_env,
    django_settings_module,
    django_static_root,
)
from .project import Project
from .repository import django_image_keeps
from .services import (
    django_database,
    django_library_env,
    django_schedule,
    django_services,
    django_stores,
    django_uploads,
    django_workers,
)


class Detector(NamedTuple):
    """How a fact is found: `needs` are the facts that `detect` asks the project for, itself or through what it calls."""

    name: str
    detect: Callable[[Project], Fact]
    needs: tuple[str, ...] = ()


# What many facts ask for: how production is configured, and which files its packages are declared in.
SETTINGS = ("django_root", "django_settings_module", "django_configuration")
# What the production settings set, read with the variable that makes them production's.
NAMES = (*SETTINGS, "django_debug_env")
FILES = ("django_dependency_root", "django_dependency_manager", "django_dependency_files")

DETECTORS = (
    Detector("django_root", django_root),
    Detector("django_python_path", django_python_path, needs=("django_root", "django_settings_module")),
    Detector("django_dependency_root", django_dependency_root, needs=("django_root",)),
    Detector("django_dependency_manager", django_dependency_manager, needs=("django_root", "django_dependency_root")),
    Detector(
        "django_dependency_files",
        django_dependency_files,
        needs=("django_dependency_root", "django_dependency_manager"),
    ),
    Detector(
        "django_manager_required",
        django_manager_required,
        needs=("django_dependency_root", "django_dependency_manager"),
    ),
    Detector("django_dependency_groups", django_dependency_groups, needs=FILES),
    Detector("django_dependency_extras", django_dependency_extras, needs=FILES),
    Detector("django_install_files", django_install_files, needs=FILES),
    Detector("django_install_folder", django_install_folder, needs=FILES),
    Detector("django_build_secrets", django_build_secrets, needs=(*FILES, "django_frontend")),
    Detector("django_settings_module", django_settings_module, needs=("django_root",)),
    Detector("django_configuration", django_configuration, needs=("django_root", "django_settings_module")),
    Detector("django_wsgi", django_wsgi, needs=("django_root", "django_settings_module")),
    Detector("django_asgi", django_asgi, needs=("django_root", "django_settings_module")),
    Detector(
        "django_settings_assigned",
        django_settings_assigned,
        needs=("django_root", "django_settings_module", "django_wsgi", "django_asgi"),
    ),
    Detector("django_version", django_version, needs=(*FILES, "django_root")),
    Detector("django_python_version", django_python_version, needs=(*FILES, "django_root")),
    Detector("django_database", django_database, needs=(*NAMES, *FILES)),
    Detector("django_debug_env", django_debug_env, needs=SETTINGS),
    Detector("django_replaced_env", django_replaced_env, needs=(*NAMES, "django_database")),
    Detector(
        "django_required_env",
        django_required_env,
        needs=(*SETTINGS, "django_debug_env", "django_replaced_env", "django_frontend"),
    ),
    Detector("django_library_env", django_library_env, needs=(*NAMES, *FILES, "django_required_env")),
    Detector("django_secret_key_env", django_secret_key_env, needs=NAMES),
    Detector("django_services", django_services, needs=(*NAMES, *FILES)),
    Detector("django_workers", django_workers, needs=(*NAMES, *FILES)),
    Detector("django_stores", django_stores, needs=(*NAMES, *FILES)),
    Detector("django_schedule", django_schedule, needs=NAMES),
    Detector("django_uploads", django_uploads, needs=NAMES),
    Detector("django_frontend", django_frontend, needs=(*NAMES, *FILES)),
    Detector("django_build_commands", django_build_commands, needs=NAMES),
    Detector("django_system_libraries", django_system_libraries, needs=(*NAMES, *FILES, "django_python_version")),
    Detector("django_unproven", django_unproven, needs=(*NAMES, *FILES, "django_python_version")),
    Detector("django_static_root", django_static_root, needs=NAMES),
    Detector("django_image_keeps", django_image_keeps, needs=("django_root",)),
    Detector("django_dev_apps", django_dev_apps, needs=NAMES),
    Detector("django_other_manage_py", django_other_manage_py, needs=("django_root",)),
    Detector(
        "django_source_root",
        django_source_root,
        needs=("django_root", "django_dependency_root", "django_dependency_files", "django_frontend"),
    ),
    Detector("django_platforms", django_platforms, needs=("django_root",)),
)
FACTS: dict[str, Detector] = {detector.name: detector for detector in DETECTORS}
