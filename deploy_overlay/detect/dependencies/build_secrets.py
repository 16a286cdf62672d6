"""Variables that the installation needs: tokens in addresses of indexes and repositories, logins of indexes.

https://pip.pypa.io/en/stable/reference/requirements-file-format/#using-environment-variables
https://pipenv.pypa.io/en/latest/credentials.html, https://pdm-project.org/latest/usage/config/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...base.build_secrets import poetry_login, uv_login
from ...base.evidence import Evidence, Fact
from ...base.files import join, parent
from ..deployed import deploy_files
from ..project import Project
from .local_sources import local_sources
from .requirements_files import line_of, read_toml, table

_BRACED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_PLAIN = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")  # Pipenv takes both: os.path.expandvars
_PIPS = re.compile(r"\$\{([A-Z0-9_]+)\}")
_BUILT_IN = frozenset({"PROJECT_ROOT", "HOME", "PWD", "PATH"})
# Yarn's `${TOKEN-}` and npm's `${TOKEN?}` are optional; Bun needs no braces.
_OF_NPM = re.compile(r"\$\{([A-Za-z_]\w*)(?::?-[^}]*|\?)?\}")
_OF_BUN = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
# Indexes that everybody reads without a login, though a project may name them.
_PUBLIC = re.compile(r"https://(?:[\w-]+\.)?(?:pypi|pythonhosted|pytorch|piwheels)\.org(?:[:/]|$)")
_NPM_FILES = {".npmrc": _OF_NPM, ".yarnrc.yml": _OF_NPM, ".yarnrc": _OF_NPM, "bunfig.toml": _OF_BUN}
# Variables of the managers with an index and its login, if a deployment file passes them on without a value.
_INDEX_VARIABLES = {
    "pip": r"PIP_(?:EXTRA_)?INDEX_URL|PIP_FIND_LINKS",
    "pip-tools": r"PIP_(?:EXTRA_)?INDEX_URL|PIP_FIND_LINKS",
    "pipenv": r"PIP_(?:EXTRA_)?INDEX_URL|PIPENV_PYPI_MIRROR",
    "uv": r"UV_(?:EXTRA_)?INDEX_URL|UV_(?:DEFAULT_)?INDEX|UV_FIND_LINKS|UV_INDEX_\w+_(?:USERNAME|PASSWORD)",
    "poetry": r"POETRY_(?:HTTP_BASIC|PYPI_TOKEN)_\w+",
    "pdm": r"PDM_(?:PYPI_URL|PYPI_USERNAME|PYPI_PASSWORD)",
}


def django_build_secrets(project: Project) -> Fact:
    """Names, in order of appearance; `is_login` recognizes those of an index's login."""
    found: dict[str, Evidence] = {}
    for name, place in _named(project):
        if name not in _BUILT_IN:
            found.setdefault(name, place)
    return Fact(list(found), tuple(found.values()))


def _named(project: Project) -> Iterator[tuple[str, Evidence]]:
    manager = str(project.fact("django_dependency_manager").value)
    files = [str(path) for path in project.fact("django_dependency_files").value]
    everything = dict.fromkeys([*files, *local_sources(project).found])
    for path in everything:
        name = path.rpartition("/")[2]
        if name.endswith(".toml") or name == "Pipfile":
            yield from _in_tables(project, path, manager)
        elif project.repository.is_file(path) and not name.endswith((".lock", ".whl", ".zip", ".gz")):
            yield from _in_lines(project, path, _PIPS)
    if manager == "uv":
        # The root of a workspace names the indexes for all of it.
        root = str(project.fact("django_dependency_root").value)
        while root != ".":
            root = parent(root)
            if project.repository.is_file(join(root, "uv.lock")):
                yield from _in_tables(project, join(root, "pyproject.toml"), manager)
    yield from _handed_on(project, manager)
    yield from _of_front_end(project)


def _handed_on(project: Project, manager: str) -> Iterator[tuple[str, Evidence]]:
    """`ARG PIP_EXTRA_INDEX_URL`, `ENV UV_INDEX_URL=$INDEX` or a secret of that name in the project's own deployment files."""
    pattern = re.compile(rf"\b({_INDEX_VARIABLES[manager]})\b[\"']?\s*(?:[=:]\s*[\"']?(?P<value>[^\s\"',]*))?")
    for file in deploy_files(project):
        if file.kind not in ("docker", "compose", "platform", "script"):
            continue
        for match, place in file.matches(pattern):
            if not match["value"] or "$" in match["value"] or match["value"] == match[1]:
                yield match[1], place


def _in_lines(project: Project, path: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, Evidence]]:
    for number, line in enumerate((project.repository.text(path) or "").split("\n"), 1):
        bare = re.sub(r"(^|\s)#.*$", "", line)
        for match in pattern.finditer(bare):
            yield match.group(1), Evidence(path, number, match.group())


def _in_tables(project: Project, path: str, manager: str) -> Iterator[tuple[str, Evidence]]:
    repository = project.repository
    data = read_toml(repository, path) or {}
    if manager == "uv":
        indexes = data.get("index") if path.endswith("uv.toml") else table(data, "tool", "uv").get("index")
        for index in indexes if isinstance(indexes, list) else []:
            if isinstance(index, dict) and _may_ask(index):
                place = Evidence(
                    path, line_of(repository, path, re.escape(str(index["name"]))), f"index {index['name']}"
                )
                yield from ((name, place) for name in uv_login(str(index["name"])))
    elif manager == "poetry":
        sources = table(data, "tool", "poetry").get("source")
        for source in sources if isinstance(sources, list) else []:
            address = source.get("url") if isinstance(source, dict) else None
            name = source.get("name") if isinstance(source, dict) else None
            if isinstance(name, str) and address and not _PUBLIC.match(str(address)):
                place = Evidence(path, line_of(repository, path, re.escape(name)), f"source {name}")
                yield from ((variable, place) for variable in poetry_login(name))
    elif manager in ("pipenv", "pdm"):
        pattern = _PLAIN if manager == "pipenv" else _BRACED
        read = data if manager == "pipenv" else {"project": data.get("project"), "pdm": table(data, "tool", "pdm"),
                                                 "groups": data.get("dependency-groups")}  # fmt: skip
        for text in _texts(read):
            for match in pattern.finditer(text):
                at = line_of(repository, path, re.escape(match.group()))
                yield match.group(1), Evidence(path, at, match.group())
    elif manager in ("pip", "pip-tools"):
        for text in _texts(table(data, "project")):
            for match in _PIPS.finditer(text):
                yield match.group(1), Evidence(path, line_of(repository, path, re.escape(match.group())), match.group())


def _may_ask(index: dict[str, Any]) -> bool:
    """Whether an index of uv can have a login: it has a name and is an HTTP address."""
    if index.get("authenticate") == "never" or not isinstance(index.get("name"), str):
        return False
    address = str(index.get("url", ""))
    return address.startswith(("http:", "https:")) and not _PUBLIC.match(address)


def _texts(value: Any) -> Iterator[str]:
    """Every string in nested tables and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _of_front_end(project: Project) -> Iterator[tuple[str, Evidence]]:
    """A token in the configuration of npm, Yarn, pnpm or Bun, which insert the variable's value."""
    front = project.fact("django_frontend").value
    if not front:
        return
    for place in dict.fromkeys((str(front["root"]), *(parent(str(file)) for file in front.get("files") or ()), ".")):
        for name, pattern in _NPM_FILES.items():
            path = join(place, name)
            if project.repository.is_file(path):
                yield from _in_lines(project, path, pattern)
