"""Reads lock files, and finds which of their packages production installs.

A lock covers every system, Python, group and extra at once; an installation uses a part of it.
https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile, https://python-poetry.org/docs/libraries/#lock-file,
https://pdm-project.org/latest/usage/lockfile/, https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from .requirement_tables import table, table_requirements
from .requirements import Requirement, canonical, marker_holds, parse


class Package(NamedTuple):
    """One package of a lock; there may be several versions of a name. Names are canonical."""

    name: str
    version: str  # "" for one that has none, such as a folder of the project
    markers: tuple[str, ...] = ()  # one of them has to hold
    needs: tuple[Requirement, ...] = ()
    of_extras: Mapping[str, tuple[Requirement, ...]] = {}  # needed besides where that extra is asked for
    local: bool = False  # a folder of the repository, such as the project itself
    extras: frozenset[str] = frozenset()  # PDM's: the entry is for these extras of the package
    repository: str = ""  # the address that git clones it from; "" for one of an index
    path: str = ""  # of a folder or file of the repository, from the lock file's folder; "" for one from elsewhere

    def holds(self, python: str) -> bool:
        return not self.markers or any(marker_holds(marker, python) for marker in self.markers)


def locked_packages(name: str, text: str) -> list[Package]:
    """Every package in the lock file called `name`; none if it is damaged, which its manager reports at the installation."""
    import tomllib

    try:
        if name == "Pipfile.lock":
            return [_of_pipenv(key, table(entry)) for key, entry in table(json.loads(text), "default").items()]
        blocks = tomllib.loads(text).get("package")
    except (ValueError, RecursionError):
        return []
    read = {"uv.lock": _of_uv, "poetry.lock": _of_poetry, "pdm.lock": _of_pdm}[name]
    tables = [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []
    return [read(block) for block in tables if isinstance(block.get("name"), str)]


def installed_packages(packages: Sequence[Package], wanted: Sequence[Requirement], python: str) -> dict[str, str]:
    """Name and version of each package that installing `wanted` takes from the lock on that Python, on Linux.

    If the lock does not say what needs what (Pipfile.lock never does), it is every package that may be installed.
    """
    by_name: dict[str, list[Package]] = {}
    for package in packages:
        if package.holds(python):
            by_name.setdefault(package.name, []).append(package)
    roots = [item for item in wanted if item.holds(python)]
    found = _reached(by_name, roots, python) if any(package.needs for package in packages) else {}
    if found:
        return found
    asked = {item.name: item for item in reversed(roots)}
    left_out = {item.name for item in wanted} - set(asked)
    return {
        name: _choose(choices, asked.get(name, Requirement(name))).version
        for name, choices in by_name.items()
        if name not in left_out
    }


def _reached(by_name: Mapping[str, Sequence[Package]], roots: Sequence[Requirement], python: str) -> dict[str, str]:
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    queue = list(roots)
    while queue:
        requirement = queue.pop(0)
        choices = by_name.get(requirement.name)
        if not choices or (requirement.name, requirement.extras) in seen:
            continue
        seen.add((requirement.name, requirement.extras))
        chosen = _choose(choices, requirement)
        found.setdefault(chosen.name, chosen.version)
        needs = list(chosen.needs)
        for extra in sorted(requirement.extras):
            needs += chosen.of_extras.get(extra, ())
        for package in choices:
            needs += package.needs if package.extras & requirement.extras else ()
        queue += [item for item in needs if item.holds(python, requirement.extras)]
    return found


def _choose(choices: Sequence[Package], requirement: Requirement) -> Package:
    plain = [package for package in choices if not package.extras] or list(choices)
    return next((package for package in plain if _fits(package, requirement)), plain[0])


def _fits(package: Package, requirement: Requirement) -> bool:
    try:
        return SpecifierSet(requirement.versions).contains(package.version, prereleases=True)
    except (InvalidSpecifier, ValueError):
        return False


def _of_pipenv(name: str, entry: Mapping[str, Any]) -> Package:
    marker = str(entry.get("markers") or "")
    version = str(entry.get("version", "")).lstrip("=")
    path = next((str(entry[kind]) for kind in ("path", "file") if "://" not in str(entry.get(kind, "://"))), "")
    repository = str(entry.get("git") or "")
    return Package(canonical(name), version, (marker,) if marker else (), repository=repository, path=path)


def _of_uv(block: Mapping[str, Any]) -> Package:
    extras, source = table(block, "optional-dependencies"), table(block, "source")
    return Package(
        canonical(str(block["name"])),
        str(block.get("version", "")),
        tuple(_texts(block.get("resolution-markers"))),
        _edges_of_uv(block.get("dependencies")),
        {canonical(extra): _edges_of_uv(edges) for extra, edges in extras.items()},
        bool({"virtual", "editable", "directory"} & set(source)),
        repository=str(source.get("git") or ""),
        path=next((str(source[kind]) for kind in ("editable", "directory", "path") if kind in source), ""),
    )


def _edges_of_uv(edges: object) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(
            canonical(str(edge.get("name", ""))),
            frozenset(map(canonical, _texts(edge.get("extra")))),
            f"=={edge['version']}" if isinstance(edge.get("version"), str) else "",
            marker=str(edge.get("marker") or ""),
        )
        for edge in (edges if isinstance(edges, list) else ())
        if isinstance(edge, dict)
    )


def _of_poetry(block: Mapping[str, Any]) -> Package:
    """Poetry 2 says for a package where it is installed; Poetry 1 says it for what needs it only."""
    marker = block.get("markers")
    marker = marker.get("main") if isinstance(marker, dict) else marker
    dependencies = table(block, "dependencies")
    optional = {
        canonical(name)
        for name, value in dependencies.items()
        if any(table(part).get("optional") is True for part in (value if isinstance(value, list) else [value]))
    }
    needs = table_requirements(dependencies)
    source = table(block, "source")
    named = {
        canonical(extra): {found.name for found in map(parse, _texts(texts)) if found}
        for extra, texts in table(block, "extras").items()
    }
    return Package(
        canonical(str(block["name"])),
        str(block.get("version", "")),
        (marker,) if isinstance(marker, str) and marker else (),
        tuple(item for item in needs if item.name not in optional),
        {extra: tuple(item for item in needs if item.name in names) for extra, names in named.items()},
        repository=str(source.get("url") or "") if source.get("type") == "git" else "",
        path=str(source.get("url") or "") if source.get("type") in ("directory", "file") else "",
    )


def _of_pdm(block: Mapping[str, Any]) -> Package:
    marker = block.get("marker")
    return Package(
        canonical(str(block["name"])),
        str(block.get("version", "")),
        (marker,) if isinstance(marker, str) and marker else (),
        tuple(found for found in map(parse, _texts(block.get("dependencies"))) if found),
        extras=frozenset(map(canonical, _texts(block.get("extras")))),
        repository=str(block.get("git") or ""),
        path=str(block.get("path") or ""),
    )


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
