"""The production settings: module, DEBUG, variables, applications, database engines."""

from __future__ import annotations

from .apps import django_dev_apps, installed_apps
from .branching import side_of_place
from .chosen import family
from .committed_static import django_static_root
from .configurations import django_configuration
from .debug import django_debug_env
from .engines import engines_seen
from .environment import django_required_env, django_secret_key_env
from .ignored import left_out_by_git
from .libraries import library_variables
from .names import production_names, production_run
from .replaced import django_replaced_env
from .settings_module import django_settings_module

__all__ = [
    "django_configuration",
    "django_debug_env",
    "django_dev_apps",
    "django_replaced_env",
    "django_required_env",
    "django_secret_key_env",
    "django_settings_module",
    "django_static_root",
    "engines_seen",
    "family",
    "installed_apps",
    "left_out_by_git",
    "library_variables",
    "production_names",
    "production_run",
    "side_of_place",
]
