"""The Python packages that the project installs, and what they ask of the system."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ...base.message import Failure
from ..project import Project
from .dependency_files import workspace_lock
from .manifests import read_folder
from .requirements import Requirement, locked

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


def requirements(project: Project) -> list[Requirement]:
    """What production installs as far as it is declared; development's own left out."""
    try:
        path = str(project.fact("django_dependency_root").value)
        manager = project.fact("django_dependency_manager").value
    except Failure:
        return []  # refused where it is asked for; the other facts are still of use
    folder = read_folder(project, path)
    if manager == "pipenv":
        found = list(folder.pipfile or [])
    elif manager in ("pip", "pip-tools") and folder.requirements and folder.uses_requirements:
        found = list(folder.requirements.requirements)
        if folder.requirements.installs_project:
            found += folder.pyproject
    else:
        found = list(folder.pyproject)
    return [requirement for requirement in found if not requirement.development]


def locked_versions(project: Project) -> dict[str, str]:
    """Names and versions that the lock file fixes, {} without one."""
    try:
        path = str(project.fact("django_dependency_root").value)
        manager = str(project.fact("django_dependency_manager").value)
    except Failure:
        return {}
    folder = read_folder(project, path)
    if manager in folder.packages:
        return folder.packages[manager]
    if manager == "uv":
        lock = workspace_lock(project, path)
        return locked(project.repository, lock) if lock else {}
    return {}


def installed(project: Project) -> dict[str, Evidence]:
    """Normalised names of the packages known to be installed, with where each is named."""
    found = {requirement.name: requirement.place for requirement in requirements(project)}
    versions = locked_versions(project)
    if not versions:
        return found
    path = str(project.fact("django_dependency_root").value)
    manager = str(project.fact("django_dependency_manager").value)
    lock = read_folder(project, path).locks.get(manager, "")
    declared_for_development = {
        requirement.name for requirement in read_folder(project, path).pyproject if requirement.development
    }
    for name in versions:
        if name not in found and name not in declared_for_development:
            found[name] = Evidence(lock, None, f"{name} is locked")
    return found


def django_system_libraries(project: Project) -> Fact:
    """What the packages need of the system to be installed or to run: "postgresql", "mysql", "gdal", "git", ..."""
    wanted = requirements(project)
    names = {requirement.name: requirement.place for requirement in wanted}
    found: dict[str, Evidence] = {}
    for library, packages in SYSTEM_LIBRARIES.items():
        for package in packages:
            if package in names:
                found.setdefault(library, names[package])
    without_library = [item for item in wanted if item.name == "psycopg" and "binary" not in item.extras]
    if without_library and "psycopg-binary" not in {*names, *locked_versions(project)}:
        found.setdefault("postgresql", without_library[0].place)
    repository = next((item for item in wanted if item.version_control), None)
    if repository:
        found.setdefault("git", repository.place)
    gis = _uses_gis(project)
    if gis:
        found.setdefault("gdal", gis)
    return Fact(sorted(found), tuple(found[name] for name in sorted(found)))


def _uses_gis(project: Project) -> Evidence | None:
    from ..production.installed_apps import installed_apps
    from ..services.database import engines_seen

    apps, place = installed_apps(project)
    if "django.contrib.gis" in apps:
        return place
    for engine, seen in engines_seen(project):
        if "gis" in engine:
            return seen
    return None
