"""The variables without which the production settings fail."""

from __future__ import annotations

from .configurations import configuration_names
from .debug import production_environment
from .facts import Fact
from .installed_apps import production_names
from .project import Project
from .values import ClassValue

# Set by Django's own start, the shell or the platform: never asked for.
NOT_ASKED = frozenset(
    {"DJANGO_SETTINGS_MODULE", "DJANGO_CONFIGURATION", "HOME", "PATH", "USER", "PWD", "HOSTNAME", "LANG"}
)


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
    names = production_names(project) if isinstance(value, ClassValue) else read
    if names is not None and "SECRET_KEY" in names.places and names.names.get("SECRET_KEY") in (None, ""):
        # Django refuses an empty key: https://docs.djangoproject.com/en/stable/ref/settings/#secret-key
        for variable in sorted(names.origins.get("SECRET_KEY", ()))[:1]:
            found.setdefault(variable, names.places["SECRET_KEY"])
    return Fact(sorted(found), tuple(found[name] for name in sorted(found)))
