"""The variables without which the production settings fail, and the one that SECRET_KEY comes from."""

from __future__ import annotations

import re

from ...base.evidence import Fact
from ..project import Project
from ..settings import ClassValue
from .apps import installed_apps
from .debug import production_environment
from .deciding import nearest_first
from .missing_files import refuse_missing
from .names import configuration_names, production_names

# Set by Django's own start, the shell or the platform: never asked for.
NOT_ASKED = frozenset(
    {"DJANGO_SETTINGS_MODULE", "DJANGO_CONFIGURATION", "HOME", "PATH", "USER", "PWD", "HOSTNAME", "LANG"}
)
# Apps that do not start where one of these settings is not a text: https://github.com/django-recaptcha/django-recaptcha
_OF_TEXT = dict.fromkeys(("django_recaptcha", "captcha"), ("RECAPTCHA_PUBLIC_KEY", "RECAPTCHA_PRIVATE_KEY"))
_SECRET_KEY_NAME = re.compile(r"SECRET(?!.*_FILE$)|KEY$", re.IGNORECASE)


def django_required_env(project: Project) -> Fact:
    """Names of the variables that the settings or their libraries read without a default, sorted.

    Raises Failure for a required file that is not in the repository.
    """
    module = str(project.fact("django_settings_module").value)
    decided = production_environment(project)
    run, read = project.read_settings(module, decided)
    configuration = str(project.fact("django_configuration").value or "")
    value = read.names.get(configuration) if read else None
    if isinstance(value, ClassValue):
        run, _ = project.read_settings(module)
        configuration_names(project, value)
    refuse_missing(project, run)
    given = {*NOT_ASKED, *decided, *(text.partition("=")[0] for text in project.fact("django_replaced_env").value)}
    found = {name: place for name, place in run.required.items() if name not in given}
    names = production_names(project) if isinstance(value, ClassValue) else read
    if names is not None and "SECRET_KEY" in names.places and names.names.get("SECRET_KEY") in (None, ""):
        # Django refuses an empty key: https://docs.djangoproject.com/en/stable/ref/settings/#secret-key
        behind = nearest_first(project, names, "SECRET_KEY", names.origins.get("SECRET_KEY", ()))
        named = [variable for variable in behind if _SECRET_KEY_NAME.search(variable)]
        for variable in (named or behind)[:1]:
            found.setdefault(variable, names.places["SECRET_KEY"])
    for name in _settings_of_text(project):
        if names is not None and name in names.places and names.names.get(name) is None:
            for variable in sorted(names.origins.get(name, ()))[:1]:
                found.setdefault(variable, names.places[name])
    if names is not None and "SECRET_KEY" not in names.names:
        # Set only where the variable is: if "SECRET_KEY" in os.environ.
        usual = ("SECRET_KEY", "DJANGO_SECRET_KEY")
        keys = sorted(
            (name for name in run.optional if name.endswith("SECRET_KEY")), key=lambda name: name not in usual
        )
        for name in keys[:1]:
            found.setdefault(name, run.optional[name])
    return Fact(sorted(found), tuple(found[name] for name in sorted(found)))


def _settings_of_text(project: Project) -> list[str]:
    apps, _ = installed_apps(project)
    return [name for app, names in _OF_TEXT.items() if app in apps and project.locate(app) is None for name in names]


def django_secret_key_env(project: Project) -> Fact:
    """The variable that SECRET_KEY is read from, with or without a default; "" for none or several."""
    module = str(project.fact("django_settings_module").value)
    run, _ = project.read_settings(module)
    read = production_names(project)
    if read is None:
        return Fact("")
    places = [place for _, place, _ in read.possible.get("SECRET_KEY", [])]
    lines = {(place.path, place.line) for place in places if place}
    variables = set(read.origins.get("SECRET_KEY", ()))
    variables |= {one.variable for one in run.reads if (one.place.path, one.place.line) in lines}
    likely = sorted(name for name in variables if _SECRET_KEY_NAME.search(name) and name not in NOT_ASKED)
    usual = [name for name in ("SECRET_KEY", "DJANGO_SECRET_KEY") if name in likely]
    chosen = (usual or likely)[:1] if len(likely) == 1 or usual else []
    evidence = [one.place for one in run.reads if one.variable in chosen][:1]
    return Fact(chosen[0] if chosen else "", tuple(evidence))
