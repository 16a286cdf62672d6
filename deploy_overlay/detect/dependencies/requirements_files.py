"""Reads requirements files and locks, and what all files have in which Python projects write their dependencies."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...base.evidence import Evidence
from ...base.files import Repository, join, parent
from ...base.message import Failure

_NAME = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*(.*)$")
_CLONED = re.compile(
    r"(?:(?:-e|--editable)[= ]\s*)?git\+\w+://(?:[^/@]*@)?[^/]+/(?:\S+?/)?([\w.-]+?)(?:\.git)?(?:@\S*)?(?:#.*)?$"
)
LOCKS = {"uv.lock": "uv", "poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}


class Requirement(NamedTuple):
    """One dependency: its normalised name, its constraint as written, where, and whether only development has it.

    `extras` are normalised; `version_control` says that it is cloned from a repository; `group` is the group or extra
    that it stands in, "" for what is always installed.
    """

    name: str
    constraint: str
    place: Evidence
    development: bool = False
    extras: frozenset[str] = frozenset()
    version_control: bool = False
    group: str = ""


@dataclass
class RequirementsFile:
    """A requirements file with all that it includes. `text` is its own; `files` starts with itself."""

    path: str
    text: str
    files: list[str] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    missing: list[Evidence] = field(default_factory=list)
    # Whether it asks for something itself, beside what it includes.
    own: bool = False
    # "." or "-e ." was found: the project's own metadata is installed as well.
    installs_project: bool = False

    @property
    def names(self) -> set[str]:
        return {requirement.name for requirement in self.requirements}

    @property
    def valid(self) -> bool:
        """False for a file in another format (a Pipfile saved under the wrong name)."""
        return not re.search(r"^\s*\[(packages|dev-packages|tool\.|project|\[source)", self.text, re.MULTILINE)


def normalise(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_requirements(repository: Repository, path: str) -> RequirementsFile | None:
    """A requirements file, what it includes with -r among it; None when there is none. Refuses what is not text."""
    if not repository.is_file(path):
        return None
    text = repository.text(path)
    if text is None:
        reason = repository.notes.get(join(path), "it cannot be read")
        text = f"{path} is a dependency file, but it is {reason}. Save it as UTF-8 text, commit, and run this again."
        raise Failure(text, anchor="dependency-file-not-text")
    result = RequirementsFile(path, text)
    _collect(repository, path, result)
    return result


def _collect(repository: Repository, path: str, result: RequirementsFile) -> None:
    if path in result.files or len(result.files) > 30:
        return
    text = repository.text(path)
    if text is None:
        return
    result.files.append(path)
    for number, line in enumerate(_logical_lines(text), 1):
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        included = re.match(r"(?:-r|--requirement)[= ]?\s*(\S+)", bare)
        if included:
            inner = join(parent(path), included.group(1).strip("\"'"))
            if repository.is_file(inner):
                _collect(repository, inner, result)
            else:
                result.missing.append(Evidence(path, number, f"includes {inner}, which is missing"))
            continue
        result.own = result.own or (bool(bare) and path == result.path)
        if re.match(r"(-e|--editable)?\s*(file:)?\.(\[.*\])?/?$", bare):
            result.installs_project = True
        elif bare and not bare.startswith(("-", "[", "http:", "https:", ".", "/")):
            requirement = parse_requirement(bare, Evidence(path, number, bare[:100]))
            if requirement:
                result.requirements.append(requirement)
        # "git+https://host/name.git@tag#egg=name", where the part after # may be missing
        named = re.search(r"#egg=([\w.-]+)", line) or _CLONED.match(bare)
        if named:
            place = Evidence(path, number, line.strip()[:100])
            result.requirements.append(
                Requirement(normalise(named.group(1)), "", place, version_control="git+" in line)
            )


def _logical_lines(text: str) -> list[str]:
    """Lines joined where one ends in a backslash; empty ones fill up, so that the numbers stay right."""
    lines: list[str] = []
    start: int | None = None
    for number, line in enumerate(text.split("\n")):
        if start is None:
            lines.append(line.rstrip("\\"))
        else:
            lines[start] += " " + line.rstrip("\\")
            lines.append("")
        start = (number if start is None else start) if line.endswith("\\") else None
    return lines


def parse_requirement(text: str, place: Evidence, development: bool = False) -> Requirement | None:
    """One PEP 508 requirement; None when the text is none."""
    text = re.split(r"\s--(?:hash|config)", text)[0]
    match = _NAME.match(text.strip())
    if not match:
        return None
    rest = match.group(3).partition(";")[0].strip()
    if rest and not re.match(r"^[@(=<>~!,\s]", rest):
        return None
    constraint = "" if rest.startswith("@") else rest.strip("() ")
    extras = frozenset(normalise(extra.strip()) for extra in (match.group(2) or "")[1:-1].split(",") if extra.strip())
    cloned = rest.startswith("@") and rest.lstrip("@ ").startswith("git+")
    return Requirement(normalise(match.group(1)), constraint, place, development, extras, cloned)


def read_toml(repository: Repository, path: str) -> dict[str, Any] | None:
    """A TOML file, None when there is none; Failure when it cannot be read as TOML."""
    if not repository.is_file(path):
        return None
    text = repository.text(path)
    if text is None:
        if "over 1 MiB" in repository.notes.get(join(path), ""):
            return {}
        raise Failure(
            f"{path} cannot be read ({repository.notes.get(join(path), 'unreadable')}). Save it as UTF-8 text.",
            anchor="dependency-file-not-text",
        )
    import tomllib  # a project with requirements files alone does without

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        line = re.search(r"line (\d+)", str(problem))
        place = f"{path}:{line.group(1)}" if line else path
        raise Failure(
            f"{place} is not valid TOML ({problem}). Correct it, commit, and run this again.", anchor="not-valid-toml"
        ) from None


def line_of(repository: Repository, path: str, pattern: str) -> int | None:
    """The first line of a file that matches, counted from 1."""
    for number, line in enumerate((repository.text(path) or "").split("\n"), 1):
        if re.search(pattern, line):
            return number
    return None


def table(value: Any, *keys: str) -> dict[str, Any]:
    """A nested table, {} where there is none or something else stands there."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def locked(repository: Repository, path: str) -> dict[str, str]:
    """Names and versions in a lock file; {} when it cannot be read (a very large one, for example)."""
    text = repository.text(path)
    if text is None:
        return {}
    if path.endswith("Pipfile.lock"):
        try:
            packages = table(json.loads(text), "default")
        except (ValueError, RecursionError):
            return {}
        return {normalise(name): str(table(entry).get("version", "")).lstrip("=") for name, entry in packages.items()}
    found: dict[str, str] = {}
    for block in re.split(r"^\[\[package\]\]\s*$", text, flags=re.MULTILINE)[1:]:
        name = re.search(r'^name\s*=\s*"([^"]+)"', block, re.MULTILINE)
        number = re.search(r'^version\s*=\s*"([^"]+)"', block, re.MULTILINE)
        if name:
            found[normalise(name.group(1))] = number.group(1) if number else ""
    return found
