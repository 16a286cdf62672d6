"""Libraries of the system that installed extension modules load, found as `ldd` does, from the files alone.

https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html
"""

from __future__ import annotations

import csv
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

from ..base.requirements import canonical
from ..base.system_packages import ALWAYS, FROM_SOURCE

# What python:3.N-slim has: the C and C++ libraries, and what Python's own modules load.
_OF_THE_IMAGE = (
    "ld-linux", "libc.", "libm.", "libdl.", "libpthread.", "librt.", "libutil.", "libresolv.", "libcrypt.", "libgcc_s.",
    "libstdc++.", "libz.", "libbz2.", "liblzma.", "libzstd.", "libssl.", "libcrypto.", "libffi.", "libsqlite3.", "libuuid.",
    "libncursesw.", "libtinfo.", "libreadline.", "libgdbm.", "libpython",
)  # fmt: skip
_LOADED, _DYNAMIC = 1, 2  # kinds of segments
_NEEDED, _TEXTS = 1, 5  # kinds of entries in the dynamic segment


def lacking(environment: Path) -> dict[str, str]:
    """Packages of a virtual environment, each with a library that it loads and that neither it nor the image brings.

    Without those whose needs are known, because the image gets them.
    """
    found: dict[str, str] = {}
    known = {name for table in (ALWAYS, FROM_SOURCE) for names in table.values() for name in names}
    for site in environment.glob("lib*/python3*/site-packages"):
        bundled = {path.name: path for path in site.rglob("*.so*") if path.is_file()}
        for name, module in _extension_modules(site):
            library = "" if name in known or name in found else _first_lacking(module, bundled)
            if library:
                found[name] = library
    return found


def _extension_modules(site: Path) -> Iterator[tuple[str, Path]]:
    """Each with the package that installed it: a file that Python imports, and none that only others load.

    The code of a package without such a file loads its libraries with ctypes.
    """
    for record in sorted(site.glob("*.dist-info/RECORD")):
        name = canonical(record.parent.name.rpartition(".")[0].rpartition("-")[0])
        with record.open(encoding="utf-8", errors="replace", newline="") as file:
            paths = [row[0] for row in csv.reader(file) if row]
        shared = [path for path in paths if path.endswith(".so")]
        modules = [path for path in shared if not path.rpartition("/")[2].startswith("lib")]
        has_code = any(path.endswith(".py") and not path.endswith("__init__.py") for path in paths)
        yield from ((name, site / path) for path in modules or (shared if has_code else []))


def _first_lacking(module: Path, bundled: dict[str, Path]) -> str:
    """The first library that is nowhere, also where one that is bundled loads it."""
    todo, seen = [module], set[str]()
    while todo:
        for library in needed(todo.pop()):
            if library in seen or library.startswith(_OF_THE_IMAGE):
                continue
            seen.add(library)
            if library not in bundled:
                return library
            todo.append(bundled[library])
    return ""


def needed(path: Path) -> list[str]:
    """Names of the libraries that a file loads when it is loaded; [] for one that is none of 64-bit Linux."""
    try:
        # Mapped, because some libraries have a gigabyte.
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _needed(content) if content[:6] == b"\x7fELF\x02\x01" else []
    except (OSError, struct.error, IndexError, ValueError):
        return []


def _needed(content: mmap.mmap) -> list[str]:
    (start,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    segments = [struct.unpack_from("<IIQQQQ", content, start + size * number) for number in range(count)]
    entries: list[tuple[int, int]] = []
    for kind, _, offset, _, _, length in segments:
        if kind == _DYNAMIC:
            entries = list(struct.iter_unpack("<qQ", content[offset : offset + length - length % 16]))
    texts = next((value for kind, value in entries if kind == _TEXTS), 0)
    for kind, _, offset, address, _, length in segments:
        if kind == _LOADED and address <= texts < address + length:
            texts += offset - address
            break
    return [_text(content, texts + value) for kind, value in entries if kind == _NEEDED]


def _text(content: mmap.mmap, start: int) -> str:
    end = content.find(b"\0", start, start + 4096)
    return content[start : max(start, end)].decode("ascii", "replace")
