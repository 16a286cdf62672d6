"""Existing deployment files, and their platforms."""

from __future__ import annotations

from .docker_stages import FROM, WORKDIR
from .files import (
    DEVELOPMENT_WORDS,
    PRODUCTION_WORDS,
    SET_VARIABLE,
    DeployFile,
    deploy_files,
    settings_named,
    value_named,
    words_of,
)
from .platforms import django_platforms
from .workflows import runs_workflows

__all__ = [
    "DEVELOPMENT_WORDS",
    "FROM",
    "PRODUCTION_WORDS",
    "SET_VARIABLE",
    "WORKDIR",
    "DeployFile",
    "deploy_files",
    "django_platforms",
    "runs_workflows",
    "settings_named",
    "value_named",
    "words_of",
]
