"""Variables that the settings use only for settings that deploy/settings.py replaces, so the user need not set them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ...base.evidence import Evidence, Fact
from ..project import Project
from ..settings import Module
from .apps import installed_apps
from .debug import production_environment

# Each with a value for what the settings of the project make of it; production's own comes on top, or instead.
_VALUES = {
    "ALLOWED_HOSTS": "localhost",
    "CSRF_TRUSTED_ORIGINS": "https://localhost",
    "STATIC_ROOT": "staticfiles",
    "MEDIA_ROOT": "media",
}
_FOLDERS = frozenset({"STATIC_ROOT", "MEDIA_ROOT"})
# Django's own storages, for settings that read the class from a variable without a default.
_STORAGES = {
    "default": "django.core.files.storage.FileSystemStorage",
    "staticfiles": "django.contrib.staticfiles.storage.StaticFilesStorage",
}
# https://docs.djangoproject.com/en/stable/ref/settings/#engine
_ENGINES = {"postgresql": "django.db.backends.postgresql", "sqlite": "django.db.backends.sqlite3"}
# https://docs.djangoproject.com/en/stable/ref/contrib/gis/db-api/#spatial-backends
_GIS = {"postgresql": "django.contrib.gis.db.backends.postgis", "sqlite": "django.contrib.gis.db.backends.spatialite"}


def django_replaced_env(project: Project) -> Fact:
    """`NAME=value` of such variables, sorted; a value is the hosts', or the folder's beside manage.py."""
    if project.fact("django_configuration").value:
        return Fact([])
    module = str(project.fact("django_settings_module").value)
    decided = production_environment(project)
    run, read = project.read_settings(module, decided)
    if read is None:
        return Fact([])
    found = {}
    for variable, place in run.required.items():
        fed = {name for name, origins in read.origins.items() if variable in origins and name.isupper()}
        known = fed & _VALUES.keys()
        values = {_VALUES[name] for name in known}
        if len(values) != 1 or not (known == fed or known <= _FOLDERS):
            continue
        value = values.pop()
        for text in (value, json.dumps([value])):  # settings may read a list as JSON
            _, filled = project.read_settings(module, {**decided, variable: text})
            if filled is None:
                continue
            # Another setting may be the same folder: SENDFILE_ROOT = MEDIA_ROOT.
            same = all(filled.names.get(name) == value for name in fed)
            if same or (known == fed and all(name in _FOLDERS or _holds(filled, name, value) for name in fed)):
                found[f"{variable}={text}"] = place
                break
    for alias, storage in _STORAGES.items():
        for variable in sorted(read.origins.get("STORAGES", ())) if _backend(read, alias) is None else ():
            _, filled = project.read_settings(module, {**decided, variable: storage})
            if filled is not None and _backend(filled, alias) == storage:
                found[f"{variable}={storage}"] = read.places["STORAGES"]
                break
    found |= _engine(project, module, decided, run.required, read)
    return Fact(sorted(found), tuple(found[text] for text in sorted(found)))


def _engine(
    project: Project, module: str, decided: Mapping[str, str], required: Mapping[str, Evidence], read: Module
) -> dict[str, Evidence]:
    """The variable that names the engine of the default database, whole or its last part, and production's value."""
    server = _GIS if "django.contrib.gis" in installed_apps(project)[0] else _ENGINES
    engine = server.get(str(project.fact("django_database").value), "")
    if not engine or _default_engine(read) == engine:
        return {}
    for variable in sorted(read.origins.get("DATABASES", frozenset()) & required.keys()):
        for value in (engine, engine.rpartition(".")[2]):
            _, filled = project.read_settings(module, {**decided, variable: value})
            if filled is not None and _default_engine(filled) == engine:
                return {f"{variable}={value}": required[variable]}
    return {}


def _default_engine(read: Module) -> object:
    databases = read.names.get("DATABASES")
    default = databases.get("default") if isinstance(databases, dict) else None
    return default.get("ENGINE") if isinstance(default, dict) else None


def _holds(read: Module, name: str, value: str) -> bool:
    """Whether the list contains the value itself, and not a text of JSON."""
    listed = read.names.get(name)
    return isinstance(listed, (list, tuple)) and value in listed


def _backend(read: Module, alias: str) -> object:
    """The class of a storage; "" if there is no such storage."""
    storages = read.names.get("STORAGES")
    storage = storages.get(alias) if isinstance(storages, dict) else None
    return storage.get("BACKEND", "") if isinstance(storage, dict) else ""
