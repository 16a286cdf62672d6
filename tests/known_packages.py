"""Measures which packages install without a compiler, and writes deploy_overlay/base/known_packages.txt.

    python -m tests.known_packages [FILE ...]    also those named in these files, one a line

Asks the package index that pip knows. A package of which every release with wheels has one for any machine, or that has
nothing but wheels, is known in any version, if all that it depends on is; one whose newest release has wheels for Linux on
x86-64 and every Python up to the newest that each platform has is known where nothing holds it back.
"""

from __future__ import annotations

import io
import json
import re
import sys
import time
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from email.parser import Parser
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from pip._internal.models.index import PyPI  # its address is written nowhere else

from deploy_overlay.base import system_packages
from deploy_overlay.base.versions import NEWEST_EVERYWHERE, PYTHONS

FORM = {"Accept": "application/vnd.pypi.simple.v1+json"}  # https://peps.python.org/pep-0691/
MOST = 60_000_000  # bytes of a wheel that is fetched for its metadata


class Package(NamedTuple):
    pure: bool
    wheels: bool
    needs: frozenset[str]
    first: dict[str, str]  # the first release with a wheel, by Python


def main(files: list[str]) -> int:
    any_version, newest = system_packages.known_to_install()
    named = {
        canonicalize_name(line.split()[0]) for file in files for line in Path(file).read_text().splitlines() if line
    }
    found: dict[str, Package | None] = {}
    left = {*any_version, *newest, *named}
    with ThreadPoolExecutor(8) as pool:
        while left:
            names = sorted(left)
            found |= zip(names, pool.map(measured, names), strict=True)
            left = {name for package in found.values() if package for name in package.needs} - set(found)
            print(f"{len(found)} measured, {len(left)} more are needed", flush=True)
    packages = {name: package for name, package in found.items() if package}
    wheels = {name for name, package in packages.items() if package.wheels and not package.pure}
    elsewhere = {name for names in system_packages.FROM_SOURCE.values() for name in names}
    pure = {name for name, package in packages.items() if package.pure} - set(system_packages.NOT_IN_DEBIAN)
    while lacking := {name for name in pure if not packages[name].needs <= pure | wheels | elsewhere}:
        pure -= lacking
    compiled = {name for name, package in packages.items() if package.first} | wheels
    lines = [f"{name}\n" for name in pure]
    lines += [line(name, packages[name], name in wheels) for name in compiled - pure]
    head = f"# Written by python -m tests.known_packages on {time.strftime('%Y-%m-%d')}; read by system_packages.py.\n"
    system_packages.KNOWN_PACKAGES.write_text(head + "".join(sorted(lines)), encoding="utf-8", newline="\n")
    print(
        f"{len(pure)} in any version, {len(wheels)} in their newest; not known: {' '.join(sorted(named - pure - wheels))}"
    )
    return 0


def line(name: str, package: Package, newest: bool) -> str:
    first = [f"{python}>={release}" for python, release in package.first.items()]
    return " ".join([name, *(["newest"] if newest else []), *first]) + "\n"


def measured(name: str) -> Package | None:
    """What the index says of a package; None where it has none of that name."""
    told = fetched(f"{PyPI.simple_url}/{name}/", FORM)
    if told is None:
        return None
    releases: dict[Any, list[tuple[dict[str, Any], frozenset[Tag]]]] = {}
    files = json.loads(told)["files"]
    for file in files:
        if file["filename"].endswith(".whl") and not file.get("yanked"):
            try:
                _, version, _, tags = parse_wheel_filename(file["filename"])
            except InvalidWheelFilename:
                continue
            if not version.is_prerelease:
                releases.setdefault(version, []).append((file, tags))
    if not releases:
        return Package(False, False, frozenset(), {})
    last = releases[max(releases)]
    pure = all(any(is_pure(tags) for _, tags in wheels) for wheels in releases.values())
    usual = PYTHONS[1 : PYTHONS.index(NEWEST_EVERYWHERE) + 1]
    fits = all(any(is_for(tags, python) for _, tags in last) for python in usual)
    # What is published in wheels alone cannot be compiled, whatever the image has.
    pure = pure or not any(file["filename"].endswith((".tar.gz", ".zip")) for file in files)
    wanted = needs(last[0][0]) if pure else frozenset()
    return Package(pure and wanted is not None, fits, wanted or frozenset(), first_releases(releases))


def first_releases(releases: dict[Any, list[tuple[dict[str, Any], frozenset[Tag]]]]) -> dict[str, str]:
    """The first release with a wheel for Linux, by Python; empty where old ones have one for any machine."""
    if any(is_pure(tags) for wheels in releases.values() for _, tags in wheels):
        return {}
    found = {}
    for python in PYTHONS:
        fitting = (
            release for release in sorted(releases) if any(is_for(tags, python) for _, tags in releases[release])
        )
        first = next(fitting, None)
        found |= {python: str(first)} if first else {}
    return found


def is_pure(tags: frozenset[Tag]) -> bool:
    return any(tag.platform == "any" and tag.abi == "none" for tag in tags)


def is_for(tags: frozenset[Tag], python: str) -> bool:
    minor = int(python.removeprefix("3."))
    for tag in tags:
        here = tag.platform == "any" or ("manylinux" in tag.platform and tag.platform.endswith("x86_64"))
        own = tag.interpreter == f"cp3{minor}" or tag.interpreter == "py3"
        stable = tag.abi == "abi3" and re.fullmatch(r"cp3\d+", tag.interpreter) and int(tag.interpreter[3:]) <= minor
        if here and (stable or (own and tag.abi in ("none", f"cp3{minor}"))):
            return True
    return False


def needs(file: dict[str, Any]) -> frozenset[str] | None:
    """The packages that a wheel depends on in production; None where that cannot be read."""
    text = (
        fetched(f"{file['url']}.metadata") if file.get("core-metadata") or file.get("data-dist-info-metadata") else None
    )
    if text is None and file.get("size", 0) < MOST and (wheel := fetched(file["url"])):
        with zipfile.ZipFile(io.BytesIO(wheel)) as opened:
            text = next(opened.read(name) for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
    if text is None:
        return None
    found = set()
    for line in Parser().parsestr(text.decode("utf-8", "replace"), headersonly=True).get_all("Requires-Dist", []):
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            return None
        if wanted.marker is None or any(
            wanted.marker.evaluate({**LINUX, **of_python(one), "extra": ""}) for one in PYTHONS
        ):
            found.add(canonicalize_name(wanted.name))
    return frozenset(found)


LINUX = {
    "sys_platform": "linux",
    "platform_system": "Linux",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
}


@cache
def of_python(python: str) -> dict[str, str]:
    return {"python_version": python, "python_full_version": f"{python}.9"}


def fetched(url: str, headers: dict[str, str] | None = None) -> bytes | None:
    for _ in range(3):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=60) as answer:
                content: bytes = answer.read()
                return content
        except OSError:
            continue
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
