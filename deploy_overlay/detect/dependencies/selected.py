"""Groups and extras that production installs besides the project's dependencies.

The deployment file decides what is installed; if none says it, the manager's own default does.
https://python-poetry.org/docs/managing-dependencies/#dependency-groups, https://docs.astral.sh/uv/concepts/projects/dependencies/
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from ...base.evidence import Evidence, Fact
from ...base.files import join
from ...base.requirement_tables import is_development
from ..deployed import deploy_files
from ..project import Project
from .manifests import PRODUCTION_FILES
from .requirements_files import read_toml, table

_INSTALLS = {
    "uv": re.compile(r"\buv\s+(?:--[\w-]+\s+)*(?:sync|export)\b([^&;|]*)"),
    "poetry": re.compile(r"\bpoetry\s+(?:--[\w-]+\s+)*(?:install|sync|export)\b([^&;|]*)"),
    "pdm": re.compile(r"\bpdm\s+(?:--[\w-]+\s+)*(?:install|sync|export)\b([^&;|]*)"),
    "pipenv": re.compile(r"\bpipenv\s+(?:install|sync)\b([^&;|]*)"),
}
_PIP = re.compile(r"\bpip3?(?:\.\d+)?[\"']?,?\s+install\b([^&;|]*)")
_GROUPS = ("--group", "--with", "--only", "--only-group", "-G", "--categories")
_EXTRAS = ("--extra", "--extras", "-E")


class Selected(NamedTuple):
    """Names of groups and extras, with their place."""

    groups: dict[str, Evidence]
    extras: dict[str, Evidence]

    @property
    def parts(self) -> set[str]:
        """All of them in the form of `Requirement.group`."""
        return {*(f"group {name}" for name in self.groups), *(f"extra {name}" for name in self.extras)}


def django_dependency_groups(project: Project) -> Fact:
    """Groups (Poetry's, PEP 735's, Pipenv's categories) that production installs."""
    found = selected(project).groups
    return Fact(list(found), tuple(found.values()))


def django_dependency_extras(project: Project) -> Fact:
    """Extras of the project that are installed."""
    found = selected(project).extras
    return Fact(list(found), tuple(found.values()))


def selected(project: Project) -> Selected:
    """Groups and extras, computed once."""
    result: Selected = project.once("selected", lambda: _select(project))
    return result


def _select(project: Project) -> Selected:
    manager = str(project.fact("django_dependency_manager").value)
    root = str(project.fact("django_dependency_root").value)
    files = [str(path) for path in project.fact("django_dependency_files").value]
    if manager in ("pip", "pip-tools") and not (files and files[0].endswith("pyproject.toml")):
        return Selected({}, {})
    return selected_with(project, manager, root)


def selected_with(project: Project, manager: str, root: str) -> Selected:
    """Groups and extras, for this manager and folder."""
    groups, extras, by_default = _declared(project, manager, root)
    said = list(_options(project, manager))
    wanted: dict[str, Evidence] = {}
    chosen: dict[str, Evidence] = {}
    for option, names, place in said:
        if option in _EXTRAS or (manager == "pdm" and names & extras):
            chosen |= {name: place for name in sorted(extras) if name in names or ":all" in names}
        if option in _GROUPS:
            wanted |= {name: place for name in sorted(groups) if name in names or ":all" in names}
    limited = any(option in ("limited", "--only") for option, _, _ in said)
    if not limited:
        place = Evidence(
            join(root, "Pipfile" if manager == "pipenv" else "pyproject.toml"), None, f"{manager} installs it"
        )
        wanted |= {name: place for name in sorted(by_default) if name not in _left_out(said)}
    if not said:
        place = Evidence(join(root, "pyproject.toml"), None, "named for production")
        wanted |= {name: place for name in sorted(groups) if _for_production(name)}
        chosen |= {name: place for name in sorted(extras) if _for_production(name)}
    return Selected(
        {name: place for name, place in wanted.items() if not is_development(name)},
        {name: place for name, place in chosen.items() if not is_development(name)},
    )


def _for_production(name: str) -> bool:
    return bool(set(re.split(r"[^a-z]+", name.lower())) & set(PRODUCTION_FILES))


def _declared(project: Project, manager: str, root: str) -> tuple[set[str], set[str], set[str]]:
    """Groups, extras, and the groups that the manager installs by default."""
    if manager == "pipenv":
        data = read_toml(project.repository, join(root, "Pipfile")) or {}
        known = {"packages", "dev-packages", "source", "requires", "scripts", "pipenv"}
        return {name for name, value in data.items() if name not in known and isinstance(value, dict)}, set(), set()
    data = read_toml(project.repository, join(root, "pyproject.toml")) or {}
    extras = set(table(data, "project", "optional-dependencies"))
    poetry = table(data, "tool", "poetry")
    if manager == "poetry":
        own = table(poetry, "group")
        optional = {name for name, group in own.items() if table(group).get("optional") is True}
        groups = set(own) | set(table(data, "dependency-groups"))
        return groups, extras | set(table(poetry, "extras")), groups - optional
    if manager == "uv":
        default_groups = table(data, "tool", "uv").get("default-groups")
        groups = set(table(data, "dependency-groups"))
        by_default = (
            set(default_groups) & groups
            if isinstance(default_groups, list)
            else groups
            if default_groups == "all"
            else set()
        )
        return groups, extras, by_default
    return set(), extras, set()


def _options(project: Project, manager: str) -> Iterator[tuple[str, set[str], Evidence]]:
    """Options of the install commands in the deployment file nearest to production, with their names.

    ("start", ...) stands before those of each command, ("limited", ...) for one without the default groups.
    """
    for file in deploy_files(project):
        if file.kind in ("env", "compose", "server") or "/.github/" in f"/{file.path}":
            continue
        seen = False
        for number, line in file.lines:
            place = Evidence(file.path, number, line.strip()[:100])
            if manager in ("pip", "pip-tools"):
                for arguments in _PIP.findall(line):
                    for name in re.findall(r"(?:^|[\s\"'])\.\[([\w.,\s-]+)\]", arguments):
                        seen = True
                        yield "--extra", {part.strip() for part in name.split(",")}, place
                continue
            for match in _INSTALLS[manager].finditer(line):
                seen = True
                yield from _read_options(match.group(1), place)
        if seen:
            return


def _read_options(text: str, place: Evidence) -> Iterator[tuple[str, set[str], Evidence]]:
    yield "start", set(), place
    words = split_words(re.sub(r"[\[\],]+(?=\s|$)|\",\s*\"", " ", text))
    for position, word in enumerate(words):
        option, equals, value = word.partition("=")
        following = value if equals else words[position + 1] if position + 1 < len(words) else ""
        if option in (
            "--no-default-groups",
            "--only-main",
            "--no-dev",
            "--only",
            "--only-group",
            "--prod",
            "--production",
        ):
            limits = option in ("--no-default-groups", "--only", "--only-group") or "main" in following
            yield ("limited" if limits else "command"), set(), place
        if option in (*_GROUPS, *_EXTRAS):
            yield option, set(re.split(r"[,\s]+", following.strip("\"'"))), place
        elif option in ("--all-groups", "--all-extras"):
            yield {"--all-groups": "--group", "--all-extras": "--extra"}[option], {":all"}, place
        elif option in ("--without", "--no-group"):
            yield "--without", set(re.split(r"[,\s]+", following.strip("\"'"))), place


def split_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _left_out(said: list[tuple[str, set[str], Evidence]]) -> set[str]:
    """Groups that no command installs: a stage of an image may install them for its build alone."""
    of_commands: list[set[str]] = []
    for option, names, _ in said:
        if option == "start":
            of_commands.append(set())
        elif option == "--without":
            of_commands[-1] |= names
    return set.intersection(*of_commands) if of_commands else set()
