"""System packages that the installed packages need, and packages whose needs are unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ...base.evidence import Evidence, Fact
from ...base.files import join
from ...base.message import Failure
from ...base.requirements import canonical
from ...base.system_packages import (
    ALWAYS,
    FROM_SOURCE,
    NOT_IN_DEBIAN,
    OF_DEBIAN,
    is_program_of_debian,
    kind_of_debian,
    known_to_install,
)
from ...base.versions import NEWEST_EVERYWHERE, version
from ..deployed import deploy_files
from ..production import engines_seen, installed_apps
from ..project import Project
from .dependency_files import workspace_lock
from .first_wheels import has_wheel
from .local_sources import local_sources
from .manifests import is_about, read_folder
from .production_packages import installed, locked_versions, requirements
from .production_python import production_python
from .requirements_files import read_toml, table

# What reads the key of another repository of apt: https://wiki.debian.org/DebianRepository/UseThirdParty
_ADDS_A_KEY = re.compile(r"\bgpg2?\b[^&|;]*--?(?:dearmor|import|recv-keys)\b|\bapt-key\b|/keyrings/|trusted\.gpg")
_OF_KEYS = ("gnupg", "gnupg2", "gpg")
_APT = re.compile(r"\bapt(?:-get)?\s+(?:-\S+\s+)*install\s([^&;|]*)")


class SystemNeeds(NamedTuple):
    """Kinds of `system_packages` with their place, and packages whose needs are unknown."""

    kinds: dict[str, Evidence]
    unproven: dict[str, Evidence]


def django_system_libraries(project: Project) -> Fact:
    """What the packages need to be installed or to run: "postgresql", "compiler", "poppler", "git", ..."""
    found = system_needs(project).kinds
    return Fact(sorted(found), tuple(found[name] for name in sorted(found)))


def django_unproven(project: Project) -> Fact:
    """Names of packages that may not work in an image; `not_proven` has the reason."""
    found = system_needs(project).unproven
    return Fact(sorted(found), tuple(found[name] for name in sorted(found)))


def system_needs(project: Project) -> SystemNeeds:
    """The needs of all packages in the lock, or else of the declared ones, computed once."""
    found: SystemNeeds = project.once("system needs", lambda: _compute(project))
    return found


def _compute(project: Project) -> SystemNeeds:
    names = installed(project)
    kinds: dict[str, Evidence] = {}
    unproven: dict[str, Evidence] = {}

    def need(kind: str, place: Evidence) -> None:
        kinds.setdefault(kind, place)

    for kind, packages in ALWAYS.items():
        for package in packages:
            if package in names:
                need(kind, names[package])
    for package in NOT_IN_DEBIAN:
        if package in names:
            unproven[package] = names[package]
    compiled = _from_source(project, names)
    known = {name for packages in ALWAYS.values() for name in packages} | ({*NOT_IN_DEBIAN} - {"cx-oracle"})
    by_source = {name: kind for kind, packages in FROM_SOURCE.items() for name in packages}
    for name, place in compiled.sure.items():
        need("compiler", place)
        if name in by_source:
            need(by_source[name], place)
        elif name not in known:
            unproven.setdefault(name, place)
    for name, place in compiled.unknown.items():
        if name in known:
            continue
        need("compiler", place)
        if name not in by_source:
            unproven.setdefault(name, place)
    _psycopg(project, names, need)
    for item in requirements(project):
        if item.cloned:
            need("git", item.place)
    for place in local_sources_of(project).values():
        need("compiler", place)  # a package in the repository is built here
    for package, place in _installed_by_apt(project):
        if kind := kind_of_debian(package):
            need(kind, place)
        elif is_program_of_debian(package):
            unproven.setdefault(f"{OF_DEBIAN}{package}", place)
    gis = uses_gis(project)
    if gis:
        need("gdal", gis[0])
        if gis[1]:
            need("spatialite", gis[0])
    return SystemNeeds(kinds, unproven)


def _installed_by_apt(project: Project) -> Iterator[tuple[str, Evidence]]:
    """Debian packages of the project's own images: programs that no Python package says it starts.

    Aptfile: https://elements.heroku.com/buildpacks/heroku/heroku-buildpack-apt
    """
    root = str(project.fact("django_dependency_root").value)
    for file in deploy_files(project):
        if file.kind == "docker" and is_about(project, file, root):
            checks_a_key = _ADDS_A_KEY.search(file.text)
            for match, place in file.matches(_APT):
                for word in match[1].split():
                    name = word.partition("=")[0].partition(":")[0]
                    if not (checks_a_key and name in _OF_KEYS):
                        yield name, place
    for number, line in enumerate((project.repository.text("Aptfile") or "").split("\n"), 1):
        yield line.strip(), Evidence("Aptfile", number, line.strip())


def local_sources_of(project: Project) -> dict[str, Evidence]:
    """Local packages that have something to compile: a C source, or a build that makes one."""
    repository = project.repository
    try:
        packages = local_sources(project).packages
    except Failure:
        return {}
    found = {}
    for folder, place in packages.items():
        text = "".join(repository.text(f"{folder}/{name}") or "" for name in ("setup.py", "pyproject.toml"))
        if re.search(
            r"ext_modules|Extension\(|ext-modules|cython|pybind11|cffi_modules|maturin|scikit-build|meson", text, re.I
        ):
            found[folder] = place
    return found


def _is_local(reference: str) -> bool:
    return bool(reference) and ("://" not in reference or reference.startswith("file:"))


def _names_of_local(project: Project) -> set[str]:
    """Names of the packages in the repository, whose files show whether they are compiled."""
    repository = project.repository
    try:
        folders = [*local_sources(project).packages, str(project.fact("django_dependency_root").value)]
    except Failure:
        return set()
    found = {canonical(folder.rpartition("/")[2]) for folder in folders}
    for folder in folders:
        data = read_toml(repository, join(folder, "pyproject.toml")) or {}
        for name in (table(data, "project").get("name"), table(data, "tool", "poetry").get("name")):
            found |= {canonical(name)} if isinstance(name, str) else set()
    return found


class _Compiled(NamedTuple):
    sure: dict[str, Evidence]  # no wheel fits, or none is wanted
    unknown: dict[str, Evidence]  # nothing says whether there is one


def _from_source(project: Project, names: dict[str, Evidence]) -> _Compiled:
    wanted = {name: names[name] for name in _without_binaries(project, names)}
    lacking = _by_lock(project)
    if lacking is not None:
        wanted |= {name: names[name] for name in lacking if name in names}
        return _Compiled(wanted, {})
    loose = {item.name for item in requirements(project) if not re.search(r"==|<|~|\^|===", item.constraint)}
    loose -= set(locked_versions(project))
    elsewhere = {item.name for item in requirements(project) if item.cloned or _is_local(item.reference)}
    elsewhere |= _names_of_local(project)
    any_version, newest = known_to_install()
    python = production_python(project)
    if version(python) > version(NEWEST_EVERYWHERE):
        newest = frozenset()  # measured for older ones
    asked = {item.name: item.constraint for item in requirements(project)}
    asked |= {name: f"=={version}" for name, version in locked_versions(project).items()}
    wheels = {name: has_wheel(name, asked[name], python) for name in names if name in asked}
    wanted |= {name: names[name] for name, has in wheels.items() if has is False}
    unknown = {
        name: place
        for name, place in names.items()
        if name not in elsewhere and name not in any_version and not (name in newest and name in loose)
        if wheels.get(name) is None
    }
    return _Compiled(wanted, unknown)


def _by_lock(project: Project) -> list[str] | None:
    """Packages of the lock without a wheel for production's Python; None if unknown."""
    try:
        root = str(project.fact("django_dependency_root").value)
        manager = str(project.fact("django_dependency_manager").value)
        python = str(project.fact("django_python_version").value)
    except Failure:
        return None
    lock = read_folder(project, root).locks.get(manager) or (workspace_lock(project, root) if manager == "uv" else None)
    if not lock or not re.fullmatch(r"3\.\d+", python):
        return None
    from .wheels import without_wheel

    return without_wheel(lock.rpartition("/")[2], project.repository.text(lock) or "", python)


def _without_binaries(project: Project, names: dict[str, Evidence]) -> set[str]:
    """Packages that the project compiles on purpose: pip's --no-binary, uv's and Poetry's no-binary."""
    repository = project.repository
    wanted: set[str] = set()
    try:
        files = [str(path) for path in project.fact("django_dependency_files").value]
        files += [path for path in local_sources(project).found if path.endswith(("uv.toml", "poetry.toml"))]
    except Failure:
        return set()
    for path in files:
        if path.endswith((".txt", ".in", ".pip")):
            for said in re.findall(r"(?m)^\s*--no-binary[= ]\s*(\S+)", repository.text(path) or ""):
                wanted |= _listed(said)
        elif path.endswith(".toml"):
            data = read_toml(repository, path) or {}
            uv = data if path.endswith("uv.toml") else table(data, "tool", "uv")
            for settings in (uv, table(uv, "pip")):
                wanted |= _listed(settings.get("no-binary-package"))
                wanted |= _listed(settings.get("no-binary"))
            wanted |= _listed(table(data, "installer").get("no-binary") if path.endswith("poetry.toml") else None)
    return set(names) if ":all:" in wanted else wanted & set(names)


def _listed(said: Any) -> set[str]:
    """Canonical names, or ":all:", of a list, a text with commas, or true."""
    texts = said if isinstance(said, list) else said.split(",") if isinstance(said, str) else []
    named = {text if text == ":all:" else canonical(text) for text in texts if isinstance(text, str)}
    return named | ({":all:"} if said is True else set())


def _psycopg(project: Project, names: dict[str, Evidence], need: Callable[[str, Evidence], None]) -> None:
    """`psycopg` alone loads libpq of the system: https://www.psycopg.org/psycopg3/docs/basic/install.html"""
    bare = [item for item in requirements(project) if item.name == "psycopg" and "binary" not in item.extras]
    if ("psycopg" in names and "psycopg-binary" not in names) and (bare or not _declares(project, "psycopg")):
        need("postgresql", bare[0].place if bare else names["psycopg"])


def _declares(project: Project, name: str) -> bool:
    return any(item.name == name for item in requirements(project))


def uses_gis(project: Project) -> tuple[Evidence, bool] | None:
    """The place that uses GeoDjango, and whether on SQLite; None if nothing does."""
    for engine, seen in engines_seen(project):
        if "gis" in engine or "spatialite" in engine:
            return seen, "spatialite" in engine
    apps, place = installed_apps(project)
    return (place, False) if "django.contrib.gis" in apps and place else None
