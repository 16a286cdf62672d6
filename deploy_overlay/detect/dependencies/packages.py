"""The Python packages that the project installs, and what they ask of the system."""

from __future__ import annotations

from ...base.evidence import Evidence, Fact
from ...base.locks import installed_packages, locked_packages
from ...base.message import Failure
from ...base.requirements import Requirement
from ..project import Project
from .dependency_files import workspace_lock
from .manifests import read_folder

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


def production_python(project: Project) -> str:
    """The Python whose markers count: answered, named by a file, or chosen together with its Django."""
    from .python_version import chosen_python  # which looks at the Django that each Python would install

    python: str = project.once("production python", lambda: chosen_python(project))
    return python


def declared(project: Project) -> list[Requirement]:
    """What the project asks for beside development's own, on every system and Python."""
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


def requirements(project: Project) -> list[Requirement]:
    """What production installs as far as it is declared: on Linux, with production's Python."""
    python = production_python(project)
    return [requirement for requirement in declared(project) if requirement.holds(python)]


def constraints(project: Project) -> list[Requirement]:
    """Versions that requirements files fix with -c, should the package be asked for."""
    try:
        folder = read_folder(project, str(project.fact("django_dependency_root").value))
    except Failure:
        return []
    return folder.requirements.constraints if folder.requirements and folder.uses_requirements else []


def locked_versions(project: Project, python: str = "") -> dict[str, str]:
    """Names and versions that production installs from the lock, {} without one; on another `python` where named."""
    on = python or production_python(project)
    found: dict[str, str] = project.once(("locked", on), lambda: _locked_versions(project, on))
    return found


def _locked_versions(project: Project, python: str) -> dict[str, str]:
    try:
        path = str(project.fact("django_dependency_root").value)
        manager = str(project.fact("django_dependency_manager").value)
    except Failure:
        return {}
    folder = read_folder(project, path)
    packages = folder.packages.get(manager)
    if packages is None and manager == "uv":
        lock = workspace_lock(project, path)
        packages = locked_packages("uv.lock", project.repository.text(lock) or "") if lock else None
    if not packages:
        return {}
    wanted = declared(project)
    if folder.dynamic:
        # The build backend says what is needed, and uv writes it down with the project itself.
        wanted = [*wanted, *(item for package in packages if not package.version for item in package.needs)]
    return installed_packages(packages, wanted, python)


def installed(project: Project) -> dict[str, Evidence]:
    """Canonical names of the packages known to be installed, with where each is named."""
    found = {requirement.name: requirement.place for requirement in requirements(project)}
    versions = locked_versions(project)
    if not versions:
        return found
    path = str(project.fact("django_dependency_root").value)
    manager = str(project.fact("django_dependency_manager").value)
    folder = read_folder(project, path)
    lock = folder.locks.get(manager, "")
    for_development = {requirement.name for requirement in folder.pyproject if requirement.development}
    for name in versions:
        if name not in found and name not in for_development:
            found[name] = Evidence(lock, None, f"{name} is locked")
    return found


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
    from ..production.installed_apps import installed_apps
    from ..services.database import engines_seen

    apps, place = installed_apps(project)
    if "django.contrib.gis" in apps:
        return place
    for engine, seen in engines_seen(project):
        if "gis" in engine:
            return seen
    return None
