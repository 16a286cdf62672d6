"""Reads requirements from pyproject.toml and Pipfile, whichever dependency manager wrote them.

https://packaging.python.org/en/latest/specifications/pyproject-toml/
https://packaging.python.org/en/latest/specifications/dependency-groups/
https://python-poetry.org/docs/dependency-specification/
https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .evidence import Evidence
from .requirements import Requirement, canonical, parse

# A dependency that comes from elsewhere than the index; git's is written as pip does.
_REFERENCES = ("git", "path", "file", "url", "hg", "svn", "bzr")
# What may stand in Pipenv's table as a key of its own: sys_platform = "== 'win32'".
_MARKERS = (
    "os_name", "sys_platform", "platform_machine", "platform_python_implementation", "platform_release",
    "platform_system", "platform_version", "python_version", "python_full_version", "implementation_name",
    "implementation_version",
)  # fmt: skip
_NOT_PACKAGES = frozenset({"source", "requires", "scripts", "pipenv", "pipfile"})
_DEVELOPMENT = frozenset(
    {"dev", "develop", "development", "test", "tests", "testing", "lint", "linting", "docs", "doc", "typing", "types",
     "debug", "local", "ci", "style", "format"}
)  # fmt: skip


def table(value: Any, *keys: str) -> dict[str, Any]:
    """The table at a path of keys, {} if there is none or something else stands there."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def is_development(group: str) -> bool:
    """Whether a group or extra is one for development, going by its name."""
    return not _DEVELOPMENT.isdisjoint(re.split(r"[^a-z]+", group.lower()))


def pyproject_requirements(data: Mapping[str, Any], path: str = "", text: str = "") -> list[Requirement]:
    """Everything that a pyproject.toml asks for: `[project]`, extras, groups, Poetry's, uv's and PDM's own tables.

    `path` and `text` are the file's, for the places. Those with an empty `group` are installed in production.
    """
    project, poetry = table(data, "project"), table(data, "tool", "poetry")
    lists: list[tuple[object, str, bool]] = [(project.get("dependencies"), "", False)]
    for name, texts in table(project, "optional-dependencies").items():
        lists.append((texts, f"extra {name}", is_development(name)))
    groups = table(data, "dependency-groups")
    # A requirement is first named for the group that declares it, then for those that include this group.
    for find in (_own, _included):
        lists += [(find(groups, name), f"group {name}", is_development(name)) for name in groups]
    for name, texts in table(data, "tool", "pdm", "dev-dependencies").items():
        lists.append((texts, f"group {name}", True))
    lists.append((table(data, "tool", "uv").get("dev-dependencies"), "development", True))
    lines = text.split("\n")
    found: list[Requirement] = []
    for texts, group, development in lists:
        for written in texts if isinstance(texts, list) else ():
            requirement = parse(written) if isinstance(written, str) else None
            if requirement:
                line = _first_line(lines, re.escape(written.partition(";")[0].strip()))
                place = Evidence(path, line, f"{written} ({group or 'dependencies'})")
                found.append(requirement._replace(place=place, group=group, development=development))
    own = list(_of_poetry(poetry, path, lines))
    cloned = {item.name: item.reference for item in own if item.cloned}
    for name, source in table(data, "tool", "uv", "sources").items():
        addresses = [table(part).get("git") for part in (source if isinstance(source, list) else [source])]
        cloned |= {canonical(name): f"git+{address}" for address in addresses if isinstance(address, str)}
    if "dependencies" in project:
        # Then Poetry's own table only says more about what is there already:
        # https://python-poetry.org/docs/dependency-specification/#projectdependencies-and-toolpoetrydependencies
        own = [item for item in own if item.group]
    found = [item._replace(reference=item.reference or cloned.get(item.name, "")) for item in found]
    return found + own


def _own(groups: Mapping[str, Any], name: str) -> list[object]:
    own = groups.get(name)
    return own if isinstance(own, list) else []


def _included(groups: Mapping[str, Any], name: str, above: tuple[str, ...] = ()) -> list[object]:
    """What the groups hold that a group includes.

    https://packaging.python.org/en/latest/specifications/dependency-groups/#dependency-group-include
    """
    found: list[object] = []
    for item in _own(groups, name):
        included = canonical(str(item.get("include-group", ""))) if isinstance(item, dict) else ""
        for other in groups if included else ():
            if canonical(other) == included and other not in (name, *above):
                found += [*_own(groups, other), *_included(groups, other, (*above, name))]
    return found


def _of_poetry(poetry: Mapping[str, Any], path: str, lines: list[str]) -> Iterator[Requirement]:
    groups = [("", table(poetry, "dependencies")), ("dev", table(poetry, "dev-dependencies"))]
    groups += [(name, table(group, "dependencies")) for name, group in table(poetry, "group").items()]
    extras = table(poetry, "extras").items()
    for group, dependencies in groups:
        # `optional = true` belongs to an extra: https://python-poetry.org/docs/pyproject/#extras
        for requirement, fields in _entries(dependencies, path, lines):
            inside = f"group {group}" if group else ""
            if not group and fields.get("optional") is True:
                named = (extra for extra, names in extras if requirement.name in map(canonical, map(str, names)))
                inside = f"extra {next(named, 'optional')}"
            if requirement.name != "python":
                yield requirement._replace(group=inside, development=is_development(inside))


def pipfile_requirements(data: Mapping[str, Any], path: str = "", text: str = "") -> list[Requirement]:
    """Everything that a Pipfile asks for: `[packages]` is production's, and every other category is not."""
    lines = text.split("\n")
    return [
        requirement._replace(group="" if category == "packages" else category, development=category != "packages")
        for category, packages in data.items()
        if category not in _NOT_PACKAGES and isinstance(packages, dict)
        for requirement, _ in _entries(packages, path, lines)
    ]


def table_requirements(dependencies: Mapping[str, Any]) -> list[Requirement]:
    """Requirements written as a table, name = versions; a list has one for each of its parts."""
    return [requirement for requirement, _ in _entries(dependencies, "", [])]


def _entries(
    dependencies: Mapping[str, Any], path: str, lines: list[str]
) -> Iterable[tuple[Requirement, Mapping[str, Any]]]:
    for name, value in dependencies.items():
        line = _first_line(lines, rf'^\s*(?:\[+[\w.-]*\.)?"?{re.escape(name)}"?\s*(?:=|\]+)')
        place = Evidence(path, line, f"{name} {value}"[:100])
        for part in value if isinstance(value, list) else [value]:
            fields: dict[str, Any] = part if isinstance(part, dict) else {"version": part}
            extras, version, python = (fields.get(key) for key in ("extras", "version", "python"))
            reference = next((f"{kind}+{fields[kind]}" for kind in _REFERENCES if kind in fields), "")
            yield (
                Requirement(
                    canonical(name),
                    frozenset(canonical(extra) for extra in extras if isinstance(extra, str))
                    if isinstance(extras, list)
                    else frozenset(),
                    version if isinstance(version, str) and version.strip() != "*" else "",
                    reference,
                    _marker(fields),
                    python if isinstance(python, str) else "",
                    f"{name} = {_written(part)}",
                    place,
                ),
                fields,
            )


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {json.dumps(part, default=str)}' for key, part in value.items())}}}"
    return json.dumps(value) if isinstance(value, str) else str(value)


def _marker(fields: Mapping[str, Any]) -> str:
    """`markers` (Poetry and Pipenv), Poetry's `platform`, and Pipenv's way of writing one marker as a key."""
    markers = [str(fields["markers"])] if fields.get("markers") else []
    if isinstance(fields.get("platform"), str):
        markers.append(_platforms(fields["platform"]))
    markers += [f"{name} {fields[name]}" for name in _MARKERS if isinstance(fields.get(name), str)]
    return " and ".join(f"({marker})" for marker in markers if marker)


def _platforms(text: str) -> str:
    """Poetry's constraint on sys.platform as a marker: `linux`, `!=win32`, `linux || darwin`."""
    alternatives = [re.findall(r"(==|!=)?\s*([\w.-]+)", part) for part in re.split(r"\|\|?", text)]
    parts = (
        " and ".join(f"sys_platform {operator or '=='} '{name}'" for operator, name in alternative)
        for alternative in alternatives
    )
    return " or ".join(filter(None, parts))


def _first_line(lines: list[str], pattern: str) -> int | None:
    compiled = re.compile(pattern)
    return next((number for number, line in enumerate(lines, 1) if compiled.search(line)), None)
