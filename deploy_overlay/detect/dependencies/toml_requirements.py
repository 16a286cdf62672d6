"""The dependencies in pyproject.toml and Pipfile, whichever dependency manager wrote them."""

from __future__ import annotations

import re
from typing import Any

from ...base.evidence import Evidence
from ...base.files import Repository
from .requirements_files import Requirement, line_of, normalise, parse_requirement, read_toml, table


def pyproject_requirements(repository: Repository, path: str) -> list[Requirement]:
    """All dependencies of a pyproject.toml: PEP 621, extras, PEP 735 groups, Poetry's and PDM's own tables."""
    data = read_toml(repository, path) or {}
    found: list[Requirement] = []
    sources = table(data, "tool", "uv", "sources")
    from_git = {normalise(name) for name, source in sources.items() if isinstance(source, dict) and "git" in source}

    def add(texts: Any, group: str, development: bool) -> None:
        for text in texts if isinstance(texts, list) else []:
            if isinstance(text, str):
                line = line_of(repository, path, re.escape(text.split(";")[0].strip()))
                requirement = parse_requirement(text, Evidence(path, line, f"{text} ({group})"), development)
                if requirement:
                    cloned = requirement.version_control or requirement.name in from_git
                    inside = group if group != "dependencies" else ""
                    found.append(requirement._replace(version_control=cloned, group=inside))

    project = table(data, "project")
    add(project.get("dependencies"), "dependencies", False)
    for name, texts in table(project, "optional-dependencies").items():
        add(texts, f"extra {name}", is_development(name))
    for name, texts in table(data, "dependency-groups").items():
        add(texts, f"group {name}", is_development(name))
    for name, texts in table(data, "tool", "pdm", "dev-dependencies").items():
        add(texts, f"group {name}", True)
    add(table(data, "tool", "uv").get("dev-dependencies"), "development", True)
    poetry = table(data, "tool", "poetry")
    groups = {"": table(poetry, "dependencies"), "dev": table(poetry, "dev-dependencies")}
    groups |= {name: table(group, "dependencies") for name, group in table(poetry, "group").items()}
    for group, dependencies in groups.items():
        for name, wanted in dependencies.items():
            if name.lower() != "python":
                line = line_of(repository, path, rf'^\s*"?{re.escape(name)}"?\s*=')
                place = Evidence(path, line, f"{name} {wanted}"[:100])
                requirement = _from_table(name, wanted, place, is_development(group))
                found.append(requirement._replace(group=f"group {group}" if group else ""))
    return found


def _from_table(name: str, wanted: Any, place: Evidence, development: bool) -> Requirement:
    """A dependency as Poetry and Pipenv write it: a constraint, or a table with more than that."""
    fields = wanted if isinstance(wanted, dict) else {}
    given = fields.get("extras")
    extras = frozenset(normalise(extra) for extra in given if isinstance(extra, str)) if isinstance(given, list) else ()
    return Requirement(normalise(name), _constraint(wanted), place, development, frozenset(extras), "git" in fields)


def is_development(group: str) -> bool:
    words = set(re.split(r"[^a-z]+", group.lower()))
    return bool(words & {"dev", "develop", "development", "test", "tests", "testing", "lint", "linting", "docs", "doc",
                         "typing", "types", "debug", "local", "ci", "style", "format"})  # fmt: skip


def _constraint(wanted: Any) -> str:
    if isinstance(wanted, list):
        return _constraint(wanted[0]) if wanted else ""
    if isinstance(wanted, dict):
        wanted = wanted.get("version", "")
    return "" if wanted == "*" or not isinstance(wanted, str) else wanted


def pipfile_requirements(repository: Repository, path: str) -> list[Requirement]:
    """The packages of a Pipfile."""
    data = read_toml(repository, path) or {}
    return [
        _from_table(
            name,
            wanted,
            Evidence(path, line_of(repository, path, rf'^\s*"?{re.escape(name)}"?\s*='), f"{name} {wanted}"[:100]),
            section != "packages",
        )
        for section in ("packages", "dev-packages")
        for name, wanted in table(data, section).items()
    ]
