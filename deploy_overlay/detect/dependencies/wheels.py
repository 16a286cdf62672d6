"""Which locked packages have a wheel for production's Python, according to the lock's list of files.

Tags: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from typing import Any
from urllib.parse import unquote

from ...base.requirements import canonical
from .requirements_files import table


def without_wheel(lock: str, text: str, python: str) -> list[str] | None:
    """Names of the packages that have files but no wheel for Linux and that Python (`3.13`); None where no file is listed.

    `lock` is the name of the file. A Pipfile.lock has hashes only.
    """
    if lock == "Pipfile.lock":
        return None
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError):
        return None
    blocks = data.get("package")
    # Poetry before 1.3 has the files there by name, PDM before 2.8 by name and version.
    older = table(data, "metadata", "files")
    listed = False
    found: dict[str, bool] = {}
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, dict) or not isinstance(block.get("name"), str):
            continue
        elsewhere = older.get(block["name"]) or older.get(f"{block['name']} {block.get('version')}")
        files = [*_files(block), *_named(elsewhere)]
        if not files:
            continue
        listed = True
        name = canonical(block["name"])
        # Of several versions of a package, one for this Python is enough: a marker chooses it.
        found[name] = found.get(name, False) or any(_fits(file, python) for file in files)
    return [name for name, fits in found.items() if not fits] if listed else None


def _files(block: dict[str, Any]) -> list[str]:
    """uv: `wheels` and `sdist`; Poetry and PDM: `files`."""
    found = [*_named(block.get("wheels")), *_named(block.get("files"))]
    return [*found, *_named([block["sdist"]])] if isinstance(block.get("sdist"), dict) else found


def _named(entries: Any) -> list[str]:
    names = []
    for entry in entries if isinstance(entries, list) else []:
        address = (
            table(entry).get("file")
            or table(entry).get("filename")
            or table(entry).get("url")
            or table(entry).get("path")
        )
        if isinstance(address, str):
            names.append(unquote(posixpath.basename(address.partition("#")[0])))
    return names


def _fits(file: str, python: str) -> bool:
    """Whether a file is a wheel for CPython of that version on Linux with glibc, as Debian has it."""
    parts = file.removesuffix(".whl").split("-")
    if not file.endswith(".whl") or len(parts) < 5:
        return False
    interpreters, abis, platforms = (part.split(".") for part in parts[-3:])
    if not any(one == "any" or re.match(r"(manylinux.*|linux)_x86_64$", one) for one in platforms):
        return False
    minor = int(python.split(".")[1])
    short = f"cp3{minor}"
    for interpreter in interpreters:
        if "none" in abis and (interpreter in ("py3", "py2.py3", short) or _older(interpreter, "py3", minor)):
            return True
        if short in abis and interpreter == short:
            return True
        if "abi3" in abis and (interpreter == short or _older(interpreter, "cp3", minor)):
            return True
    return False


def _older(interpreter: str, prefix: str, minor: int) -> bool:
    match = re.fullmatch(rf"{prefix}(\d+)", interpreter)
    return match is not None and int(match[1]) <= minor
