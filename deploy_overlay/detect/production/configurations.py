"""The production class of projects with django-configurations."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ..deployed import DEVELOPMENT_WORDS, PRODUCTION_WORDS, deploy_files
from ..layout import server_scripts
from ..project import Project
from ..settings import ClassValue, configuration_classes


def django_configuration(project: Project) -> Fact:
    """The class name for DJANGO_CONFIGURATION, "" for settings without classes.

    Source: https://django-configurations.readthedocs.io/
    """
    module = str(project.fact("django_settings_module").value)
    _, read = project.read_settings(module)
    scripts = [*server_scripts(project)["wsgi"], *server_scripts(project)["asgi"]]
    manage = project.manage_script()
    named = [pair for script in (*scripts, *([manage] if manage else [])) for pair in script.configurations]
    classes = configuration_classes(read) if read else []
    # The base of a class that a script names may be a library's.
    classes += [name for name, _ in named if read and isinstance(read.names.get(name), ClassValue)]
    classes = list(dict.fromkeys(classes))
    if not classes:
        return Fact("")
    for file in deploy_files(project):
        for number, line in file.lines:
            for name in classes:
                if (
                    "DJANGO_CONFIGURATION" in line
                    and name in line.split("DJANGO_CONFIGURATION")[1]
                    and _production(name)
                ):
                    return Fact(name, (Evidence(file.path, number, line.strip()[:100]),))
    for name, place in named:
        if name in classes and _production(name):
            return Fact(name, (place,))
    served = [pair for script in scripts for pair in script.configurations]
    plain = any(name.lower() in ("production", "prod") for name in classes)
    for name, place in served if not plain else ():
        if name in classes and name.lower() not in DEVELOPMENT_WORDS:
            return Fact(name, (place,))  # what serves the site, unless its name or another's says otherwise
    places = read.places if read else {}
    production = [name for name in classes if _production(name)]
    evidence = tuple(places[name] for name in (production or classes) if name in places)
    if production:
        exact = [name for name in production if name.lower() in ("production", "prod")] or production
        return Fact(exact[0], evidence, tuple(exact) if len(exact) > 1 else ())
    usable = [name for name in classes if name.lower() not in DEVELOPMENT_WORDS] or classes
    return Fact(usable[0], evidence, tuple(usable) if len(usable) > 1 else ())


def _production(name: str) -> bool:
    return any(word in name.lower() for word in PRODUCTION_WORDS if word not in ("product", "docker"))
