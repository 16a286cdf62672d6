"""The names that the production settings set."""

from __future__ import annotations

from ..project import Project
from ..settings import ClassValue, Module, Run, read_configuration
from .debug import production_environment


def production_run(project: Project) -> tuple[Run, Module | None]:
    """The production settings as they are read with the variable that makes them production's."""
    module = str(project.fact("django_settings_module").value)
    return project.read_settings(module, production_environment(project))


def production_names(project: Project) -> Module | None:
    """The names of the production settings; those of the configuration class for django-configurations."""
    _, read = production_run(project)
    if read is None:
        return None
    configuration = str(project.fact("django_configuration").value or "")
    value = read.names.get(configuration)
    return configuration_names(project, value) if isinstance(value, ClassValue) else read


def configuration_names(project: Project, value: ClassValue) -> Module:
    """The settings in a configuration class, its values read from an empty environment."""

    def compute() -> Module:
        run, _ = production_run(project)
        return read_configuration(run, value)

    result: Module = project.once(("configuration", value.node.name), compute)
    return result
