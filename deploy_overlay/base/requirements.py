"""Reads requirements: one as people write it, and requirements files with all that they include.

A requirement: https://packaging.python.org/en/latest/specifications/dependency-specifiers/
A file: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Callable, Iterator
from typing import NamedTuple

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement as Standard
from packaging.utils import canonicalize_name

from .evidence import Evidence
from .files import join, parent
from .versions import PYTHONS, allows, standard_versions

NOWHERE = Evidence("", None, "")
MOST_FILES = 100  # that one file may include, directly or not

_NAMED = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[(?P<extras>[^\]]*)\])?\s*(?P<rest>.*)", re.DOTALL
)
_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9._-]+)(?:\[(?P<extras>[^\]]*)\])?")
_ARCHIVE = re.compile(
    r"(?:^|/)(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*?)-\d[^/]*\.(?:whl|zip|tar\.(?:gz|bz2|xz)|tgz)(?:#|$)"
)
_CLONED = re.compile(r"^(?:git|hg|svn|bzr)\+[^#]*/(?P<name>[A-Za-z0-9._-]+?)(?:\.git)?/?(?:@[^/#]*)?(?:#|$)")
_OPTIONS = re.compile(r"\s--?[a-zA-Z].*$", re.DOTALL)
_HASH = re.compile(r"\s--hash[=\s]")
_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDE = re.compile(r"(?P<option>-r|-c|--requirement|--constraint)(?:\s+|\s*=\s*|(?<=-[rc]))(?P<path>\S.*)$")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|\s*=\s*)(?P<target>\S.*)$")
_PROJECT = re.compile(r"(?:file:)?\./?(?:\[(?P<extras>[^\]]*)\])?/?")
_VARIABLE = re.compile(
    r"\$\{[A-Z0-9_]+\}"
)  # pip puts the value of an environment variable there, known to production only


def canonical(name: str) -> str:
    """The form that two spellings of a name share.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return canonicalize_name(name)


class Requirement(NamedTuple):
    """One dependency of a project. `name` and `extras` are canonical."""

    name: str
    extras: frozenset[str] = frozenset()
    constraint: str = ""  # as the file's format has it, "^5.2" in Poetry's; "" for any version
    reference: str = ""  # the URL or path that it comes from instead of the index
    marker: str = ""  # without the semicolon
    pythons: str = ""  # a constraint on the Python, beside the marker: Poetry's `python = "<3.10"`
    written: str = ""
    place: Evidence = NOWHERE
    group: str = ""  # the group or extra that it stands in; "" for what is always installed
    development: bool = False  # whether that group is one for development, going by its name

    @property
    def versions(self) -> str:
        """The constraint in the standard's form, `>=5.2,<6`; "" for any version, or where there is no such form."""
        return standard_versions(self.constraint)

    @property
    def cloned(self) -> bool:
        """Whether installing it takes git."""
        return self.reference.startswith("git+")

    def holds(self, python: str, extras: frozenset[str] = frozenset()) -> bool:
        """Whether it is installed on Linux with that Python (`3.13`, "" for the newest), where production runs.

        `extras` are those asked for of the package that needs it. A marker that cannot be understood counts as true:
        then nothing is added beside what the project has.
        """
        python = python or PYTHONS[-1]
        if self.pythons and not allows(self.pythons, ".".join(python.split(".")[:2])):
            return False
        return marker_holds(self.marker, python, extras)


def marker_holds(marker: str, python: str, extras: frozenset[str] = frozenset()) -> bool:
    """Whether a marker is true in production, for one of the extras at least where it asks for one."""
    parsed = _parsed_marker(marker) if marker else None
    if parsed is None:
        return True
    # An image has the newest patch release of its Python.
    full = python if python.count(".") > 1 else f"{python}.99"
    environment = {
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "platform_release": "6.1.0",
        "platform_version": "",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "implementation_version": full,
        "python_full_version": full,
        "python_version": ".".join(python.split(".")[:2]),
    }
    try:
        return any(parsed.evaluate({**environment, "extra": extra}) for extra in ("", *sorted(extras)))
    except ValueError:  # a version compared with something else, or a name that only another tool knows
        return True


@functools.cache
def _parsed_marker(text: str) -> Marker | None:
    try:
        return Marker(text)
    except ValueError:
        return None


def parse(text: str, place: Evidence = NOWHERE) -> Requirement | None:
    """A requirement in the standard's form, or the URL or path that pip takes where a name can be seen in it; else None.

    What the standard refuses and pip once accepted, `Django>=4.2.*`, has its name still. Options such as `--hash`, which
    a requirements file may have after it, are passed over.
    """
    text = _OPTIONS.sub("", text.strip())
    head = text.split(maxsplit=1)[0] if text else ""
    if _is_reference(head):
        found = _EGG.search(head) or _ARCHIVE.search(head) or _CLONED.search(head)
        if found is None:
            return None
        extras = _extras(found.groupdict().get("extras") or "")
        _, marker = [*re.split(r"\s;\s*|;\s+", text, maxsplit=1), ""][:2]
        return Requirement(canonical(found["name"]), extras, "", head.rstrip(";"), marker, written=text, place=place)
    try:
        standard = Standard(text)
    except InvalidRequirement:
        return _loosely_parsed(text, place)
    return Requirement(
        canonical(standard.name),
        frozenset(map(canonical, standard.extras)),
        # The set has no order: the one of the text is easier to recognise.
        ",".join(
            str(item) for item in sorted(standard.specifier, key=lambda item: (text.find(item.version), str(item)))
        ),
        standard.url or "",
        str(standard.marker or ""),
        written=text,
        place=place,
    )


def _is_reference(head: str) -> bool:
    path = head.partition("#")[0].partition("[")[0]
    return "://" in head.partition("@")[0] or head.startswith((".", "/", "file:", "git+")) or (
        "@" not in head and ("/" in path or "\\" in path or path.endswith((".whl", ".zip", ".tar.gz")))
    )  # fmt: skip


def _loosely_parsed(text: str, place: Evidence) -> Requirement | None:
    named = _NAMED.fullmatch(text)
    if named is None:
        return None
    rest, _, marker = named["rest"].partition(" ;" if named["rest"].startswith("@") else ";")
    rest = rest.strip()
    if rest and rest[0] not in "<>=!~@(,":
        return None
    if rest.startswith("@"):
        constraint, reference = "", rest.lstrip("@ ")
    else:
        constraint, reference = ("" if "$" in rest else rest.strip("() ,")), ""
    extras = _extras(named["extras"] or "")
    return Requirement(
        canonical(named["name"]), extras, constraint, reference, marker.strip(), written=text, place=place
    )


def _extras(text: str) -> frozenset[str]:
    return frozenset(canonical(extra.strip()) for extra in text.split(",") if extra.strip())


class Include(NamedTuple):
    """A file that another one names, as written there."""

    path: str
    constrains: bool  # with -c: it only says which versions, should something be asked for
    line: int

    @property
    def is_local(self) -> bool:
        """Whether its place is known: not on the network, nor behind an environment variable of production's."""
        return "://" not in self.path and not _VARIABLE.search(self.path)


class Contents(NamedTuple):
    """One requirements file, without what it includes."""

    parts: tuple[Requirement | Include, ...]  # in their order
    hashed: bool
    asks: bool  # for anything itself, beside what it includes
    installs_project: bool  # "." or "-e ." is among it: the project's own metadata counts as well
    project_extras: frozenset[str]  # with these extras of it: "-e .[prod]"
    unnamed: bool  # a path or an address is among it that does not say its package's name

    @property
    def requirements(self) -> list[Requirement]:
        return [part for part in self.parts if isinstance(part, Requirement)]

    @property
    def includes(self) -> list[Include]:
        return [part for part in self.parts if isinstance(part, Include)]


class Collected(NamedTuple):
    """A requirements file and everything that it includes, in pip's order."""

    requirements: tuple[Requirement, ...]
    constraints: tuple[Requirement, ...]
    files: tuple[str, ...]  # the file itself first; only those that exist
    missing: tuple[Evidence, ...]
    hashed: bool
    asks: bool  # the file itself, beside what it includes
    installs_project: bool
    project_extras: frozenset[str]
    unnamed: bool


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines as pip sees them, each with the number of its first: joined at a trailing backslash, without comments.

    https://github.com/pypa/pip/blob/25.3/src/pip/_internal/req/req_file.py (join_lines, ignore_comments)
    """
    first, pending = 0, ""
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        comment = line.lstrip().startswith("#")
        if not pending:
            first = number
        if line.endswith("\\") and not comment:
            pending += line.strip("\\")
            continue
        # A comment ends a line that waited for more.
        joined = _COMMENT.sub("", f"{pending} {line}" if comment else pending + line).strip()
        pending = ""
        if joined:
            yield first, joined
    if pending.strip():
        yield first, _COMMENT.sub("", pending).strip()


def contents(text: str, path: str = "") -> Contents:
    """What one file says itself; `path` is what the places of its requirements name."""
    parts: list[Requirement | Include] = []
    hashed = asks = installs_project = unnamed = False
    project_extras = frozenset[str]()
    for number, line in logical_lines(text):
        hashed = hashed or line.startswith("--require-hashes") or bool(_HASH.search(line))
        include = _INCLUDE.match(line)
        if include:
            constrains = include["option"] in ("-c", "--constraint")
            parts.append(Include(_first_word(include["path"]), constrains, number))
            continue
        asks = True
        editable = _EDITABLE.match(line)
        if line.startswith("-") and not editable:
            continue
        target = editable["target"] if editable else line
        itself = _PROJECT.fullmatch(target.partition(";")[0].strip().strip("\"'"))
        if itself:
            installs_project = True
            project_extras |= _extras(itself["extras"] or "")
            continue
        found = parse(target, Evidence(path, number, line[:100]))
        if found:
            parts.append(found)
        unnamed = unnamed or (found is None and _is_reference(target))
    return Contents(tuple(parts), hashed, asks, installs_project, project_extras, unnamed)


def _first_word(text: str) -> str:
    try:
        return (shlex.split(text) or [""])[0]
    except ValueError:
        return text.strip("\"' ")


def collect(path: str, read: Callable[[str], str | None]) -> Collected:
    """Follows `-r` and `-c` from a file on. Paths are POSIX; `read` gives a file's text, None if there is none."""
    requirements: list[Requirement] = []
    constraints: list[Requirement] = []
    missing: list[Evidence] = []
    texts: dict[str, str | None] = {}
    followed: set[tuple[str, bool]] = set()
    all_contents: list[Contents] = []

    def follow(current: str, constrains: bool) -> bool:
        if (current, constrains) in followed or len(followed) >= MOST_FILES:
            return True
        if current not in texts:
            texts[current] = read(current)
        text = texts[current]
        if text is None:
            return False
        followed.add((current, constrains))
        found = contents(text, current)
        all_contents.append(found)
        for part in found.parts:
            if isinstance(part, Requirement):
                (constraints if constrains else requirements).append(part)
            elif part.is_local:
                inner = join(parent(current), part.path)
                if not follow(inner, constrains or part.constrains):
                    missing.append(Evidence(current, part.line, f"includes {inner}, which is missing"))
        return True

    follow(path, False)
    return Collected(
        tuple(requirements),
        tuple(constraints),
        tuple(dict.fromkeys(name for name, text in texts.items() if text is not None)),
        tuple(missing),
        any(found.hashed for found in all_contents),
        bool(all_contents) and all_contents[0].asks,
        any(found.installs_project for found in all_contents),
        frozenset[str]().union(*(found.project_extras for found in all_contents)),
        any(found.unnamed for found in all_contents),
    )
