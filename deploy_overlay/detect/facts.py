"""Looks at a user's repository: every fact by its name."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from pathlib import Path

from ..base.evidence import Evidence, Fact
from ..base.files import Repository
from ..base.message import Failure
from .dependencies.build_secrets import django_build_secrets
from .dependencies.dependency_files import django_dependency_files
from .dependencies.django_version import django_version
from .dependencies.local_sources import django_install_files, django_install_folder
from .dependencies.manager import django_dependency_manager, django_dependency_root
from .dependencies.python_version import django_python_version
from .dependencies.selected import django_dependency_extras, django_dependency_groups
from .dependencies.system_needs import django_system_libraries, django_unproven
from .deployed.platforms import django_platforms
from .frontend.frontend import django_frontend
from .layout.applications import django_asgi, django_settings_assigned, django_wsgi
from .layout.layout import django_python_path, django_root
from .layout.other_manage import django_other_manage_py
from .layout.source_root import django_source_root
from .overrides import check_given, shown
from .production.committed_static import django_static_root
from .production.configurations import django_configuration
from .production.debug import django_debug_env
from .production.environment import django_required_env, django_secret_key_env
from .production.installed_apps import django_dev_apps
from .production.settings_module import django_settings_module
from .project import Project
from .repository.image_files import django_image_keeps
from .services.build_commands import django_build_commands
from .services.database import django_database
from .services.services import django_services
from .services.workers import django_workers

FACTS: dict[str, Callable[[Project], Fact]] = {
    "django_root": django_root,
    "django_python_path": django_python_path,
    "django_dependency_root": django_dependency_root,
    "django_dependency_manager": django_dependency_manager,
    "django_dependency_files": django_dependency_files,
    "django_dependency_groups": django_dependency_groups,
    "django_dependency_extras": django_dependency_extras,
    "django_install_files": django_install_files,
    "django_install_folder": django_install_folder,
    "django_build_secrets": django_build_secrets,
    "django_settings_module": django_settings_module,
    "django_configuration": django_configuration,
    "django_wsgi": django_wsgi,
    "django_asgi": django_asgi,
    "django_settings_assigned": django_settings_assigned,
    "django_version": django_version,
    "django_python_version": django_python_version,
    "django_database": django_database,
    "django_debug_env": django_debug_env,
    "django_required_env": django_required_env,
    "django_secret_key_env": django_secret_key_env,
    "django_services": django_services,
    "django_workers": django_workers,
    "django_frontend": django_frontend,
    "django_build_commands": django_build_commands,
    "django_system_libraries": django_system_libraries,
    "django_unproven": django_unproven,
    "django_static_root": django_static_root,
    "django_image_keeps": django_image_keeps,
    "django_dev_apps": django_dev_apps,
    "django_other_manage_py": django_other_manage_py,
    "django_source_root": django_source_root,
    "django_platforms": django_platforms,
}


class Facts:
    """The facts of one repository, each computed when it is first asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def fact(self, name: str) -> Fact:
        """The fact of this name. Raises Failure when the project cannot be deployed as it is, KeyError for others."""
        try:
            return self._project.fact(name)
        except RecursionError:
            raise Failure(
                f"The settings are nested too deeply to be read. Name the value with -d {name}=VALUE.",
                anchor="settings-too-deep",
            ) from None

    def check_given(self, name: str = "") -> None:
        """Raise Failure for an answer that cannot be true of this project; for this one of them alone where named."""
        given = self._project.given
        check_given(self._project, {key: value for key, value in given.items() if name in ("", key)})

    def names(self) -> tuple[str, ...]:
        return tuple(FACTS)

    @property
    def notes(self) -> dict[str, str]:
        """Paths that were not read, or not to the end, each with the reason."""
        return dict(self._project.repository.notes)


def look(
    root: Path,
    given: Mapping[str, object] | None = None,
    *,
    without: frozenset[str] = frozenset(),
    python_before: str = "",
    platforms: Mapping[str, Callable[[Project], list[Evidence]]] | None = None,
) -> Facts:
    """Look at the repository whose root is `root`; nothing is written, imported or run.

    `given` are answers by fact name; each replaces what would be detected. `without` are files and folders of the
    overlay's own, which say nothing about the project, and `python_before` the Python that an earlier run chose: it
    stays where no file of the project names one. `platforms` maps each platform's name to the function that finds its
    files. Reading happens when a fact is asked for.
    """
    answers = dict(given or {})
    repository = Repository(Path(root), without)
    if answers.get("django_root") in (None, ""):
        answers.pop("django_root", None)
    else:
        answers["django_root"] = _checked_root(repository, str(answers["django_root"]))
    return Facts(Project(repository, answers, FACTS, python_before, platforms))


def _checked_root(repository: Repository, folder: str) -> str:
    cleaned = posixpath.normpath(folder.replace("\\", "/").strip())
    if cleaned.startswith(("..", "/")) or not repository.is_folder(cleaned) or not repository.inside(cleaned):
        raise Failure(
            f"django_root={shown(folder)} is not a folder of this repository. "
            "Give the folder of manage.py relative to its root.",
            anchor="answer-django-root",
        )
    return cleaned
