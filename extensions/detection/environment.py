"""The variables without which the production settings fail."""

from __future__ import annotations


from .configurations import configuration_names
from .debug import production_environment
from .facts import Fact
from .project import Project
from .values import ClassValue

# Set by Django's own start, the shell or the platform: never asked for.
NOT_ASKED = frozenset({"DJANGO_SETTINGS_MODULE", "DJANGO_CONFIGURATION", "HOME", "PATH", "USER", "PWD", "HOSTNAME", "LANG"})


def django_required_env(project: Project) -> Fact:
    """Names of the variables that the settings read without a default, sorted."""
    module = str(project.fact("django_settings_module").value)
    run, read = project.read_settings(module, production_environment(project))
    configuration = str(project.fact("django_configuration").value or "")
    value = read.names.get(configuration) if read else None
    if isinstance(value, ClassValue):
        run, _ = project.read_settings(module)
        configuration_names(project, value)
    found = {name: place for name, place in run.required.items() if name not in NOT_ASKED}
    return Fact(sorted(found), tuple(found[name] for name in sorted(found)))



