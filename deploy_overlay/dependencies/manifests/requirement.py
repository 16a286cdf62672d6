"""One requirement as people write it: name, extras, versions and marker, and whether it holds in production."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAMED = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[(?P<extras>[^\]]*)\])?\s*(?P<rest>.*)", re.DOTALL
)
_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9._-]+)(?:\[(?P<extras>[^\]]*)\])?")
_WHEEL_OR_ARCHIVE = re.compile(r"(?:^|/)(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*?)-\d[^/]*\.(?:whl|zip|tar\.gz|tgz)(?:#|$)")
_REPOSITORY = re.compile(r"^git\+[^#]*/(?P<name>[A-Za-z0-9._-]+?)(?:\.git)?(?:@[^/#]*)?(?:#|$)")


def canonical(name: str) -> str:
    """The form that two spellings of a name share.

    https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", name).lower()


class Requirement(NamedTuple):
    name: str  # canonical
    extras: frozenset[str]  # canonical
    versions: str  # "==20.1", "" for any; a direct reference as "@ https://..."
    marker: str  # without the semicolon
    written: str


def parse(text: str) -> Requirement | None:
    """A requirement in PEP 508 form, or the URL or path that pip accepts when a name can be seen in it; else None."""
    text = text.strip()
    head = text.split(maxsplit=1)[0] if text else ""
    if "://" in head or head.startswith((".", "/", "git+")):
        found = _EGG.search(text) or _WHEEL_OR_ARCHIVE.search(head) or _REPOSITORY.search(head)
        if found is None:
            return None
        extras = found.groupdict().get("extras") or ""
        marker = text.partition(" ;")[2].strip()
        return Requirement(canonical(found["name"]), _extras(extras), f"@ {head}", marker, text)
    named = _NAMED.fullmatch(text)
    if named is None:
        return None
    rest = named["rest"]
    versions, _, marker = rest.partition(" ;" if rest.startswith("@") else ";")
    versions = versions.strip()
    if versions.startswith("(") and versions.endswith(")"):
        versions = versions[1:-1].strip()
    if versions and versions[0] not in "<>=!~@":
        return None
    return Requirement(canonical(named["name"]), _extras(named["extras"] or ""), versions, marker.strip(), text)


def _extras(text: str) -> frozenset[str]:
    return frozenset(canonical(extra.strip()) for extra in text.split(",") if extra.strip())


def holds_in_production(requirement: Requirement, python: str) -> bool:
    """Whether the requirement's marker is true on Linux with that Python (`3.13`), where production runs.

    A marker that is not understood counts as true: then nothing is added beside what the project has.
    """
    if not requirement.marker:
        return True
    from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

    environment = {
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    if python:
        full = python if python.count(".") > 1 else f"{python}.0"
        short = ".".join(python.split(".")[:2])
        environment |= {"python_version": short, "python_full_version": full, "implementation_version": full}
    try:
        return Marker(requirement.marker).evaluate(environment)
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        return True
