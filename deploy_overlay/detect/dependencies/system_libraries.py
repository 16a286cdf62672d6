"""What the installed packages ask of the system."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ..production import engines_seen, installed_apps
from ..project import Project
from .production_packages import locked_versions, requirements

# Packages that compile against, or load, a library of the system. `psycopg` alone loads libpq too: see below.
# Sources: https://www.psycopg.org/docs/install.html, https://github.com/PyMySQL/mysqlclient#install,
# https://docs.djangoproject.com/en/stable/ref/contrib/gis/install/geolibs/, https://doc.courtbouillon.org/weasyprint/
SYSTEM_LIBRARIES: dict[str, tuple[str, ...]] = {
    "postgresql": ("psycopg2", "psycopg-c"),
    "mysql": ("mysqlclient",),
    "gdal": ("gdal", "pygdal"),
    "cairo": ("pycairo", "cairosvg", "xhtml2pdf", "rlpycairo"),
    "pango": ("weasyprint", "django-weasyprint"),
    "ldap": ("python-ldap", "django-auth-ldap"),
    "xmlsec": ("xmlsec", "python3-saml", "djangosaml2", "pysaml2"),
    "magic": ("python-magic",),
    "odbc": ("pyodbc", "mssql-django"),
    "curl": ("pycurl",),
    "gettext": (),
}


def django_system_libraries(project: Project) -> Fact:
    """What the packages need of the system to be installed or to run: "postgresql", "mysql", "gdal", "git", ..."""
    wanted = [requirement for requirement in requirements(project) if not requirement.group]
    names = {requirement.name: requirement.place for requirement in wanted}
    found: dict[str, Evidence] = {}
    for library, packages in SYSTEM_LIBRARIES.items():
        for package in packages:
            if package in names:
                found.setdefault(library, names[package])
    without_library = [item for item in wanted if item.name == "psycopg" and "binary" not in item.extras]
    if without_library and "psycopg-binary" not in {*names, *locked_versions(project)}:
        found.setdefault("postgresql", without_library[0].place)
    repository = next((item for item in wanted if item.cloned), None)
    if repository:
        found.setdefault("git", repository.place)
    gis = _uses_gis(project)
    if gis:
        found.setdefault("gdal", gis)
    return Fact(sorted(found), tuple(found[name] for name in sorted(found)))


def _uses_gis(project: Project) -> Evidence | None:
    apps, place = installed_apps(project)
    if "django.contrib.gis" in apps:
        return place
    for engine, seen in engines_seen(project):
        if "gis" in engine:
            return seen
    return None
