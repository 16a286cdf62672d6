"""Keeps compiled code between runs: Copier clones the template for each, so that Python would compile it each time.

One file for each version of the sources, in the user's cache folder. Nothing depends on it: where it cannot be read or
written, or is damaged, code is compiled as if it were not there. DEPLOY_OVERLAY_CACHE names another folder, empty none;
PYTHONDONTWRITEBYTECODE and `python -B` leave the folder as it is. This file is compiled in every run: it is kept small.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import marshal
import os
import sys
from collections.abc import Callable, Iterable
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any, TypeVar

Kept = TypeVar("Kept", CodeType, str)
KEPT_FILES = 12  # the newest stay; a copy uses two, an update of one version to the next three
_DIGEST = 32  # bytes of a SHA-256


def cache_folder() -> Path | None:
    """Where this system keeps what can be made again, not made yet; None where the user has no such place.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    chosen = os.environ.get("DEPLOY_OVERLAY_CACHE")
    if chosen is not None:
        return Path(chosen).absolute() if chosen else None
    home = os.environ.get("HOME", "")
    if os.name == "nt":
        above = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        above = f"{home}/Library/Caches"
    else:
        above = os.environ.get("XDG_CACHE_HOME", "") or f"{home}/.cache"
    folder = Path(above) / "deploy-overlay"
    return folder if folder.is_absolute() and _own(folder) else None


def _own(folder: Path) -> bool:
    """Whether it is this user's, or would be made in a folder that is: with sudo, code of another user is not run."""
    try:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        return not hasattr(os, "getuid") or there.stat().st_uid == os.getuid()
    except OSError:
        return False


class CodeCache:
    """Compiled code by name, as earlier runs left it. What this run adds is written when the process ends."""

    def __init__(self, root: Path, sources: Iterable[Path], *versions: str) -> None:
        """`sources` are the files below `root` that the code is made of; `versions` what else it depends on."""
        self.root = root
        made_of = hashlib.sha256(repr((sys.version, sys.flags.optimize, versions)).encode())
        self._folders: set[Path] = set()
        for path in sorted(sources):
            self._folders.add(path.parent)
            content = path.read_bytes()
            made_of.update(f"\0{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
        folder = cache_folder()
        self.file = folder / made_of.hexdigest()[:40] if folder else None
        self._code = self._read()
        self._grown = False
        if not sys.flags.dont_write_bytecode:
            atexit.register(self.save)

    def get(self, name: str, make: Callable[[], Kept]) -> Kept:
        """The code (or text) of this name; made where it is not kept. `name` says all that it is made of."""
        if name not in self._code:
            self._code[name] = marshal.dumps(make())
            self._grown = True
        found: Kept = marshal.loads(self._code[name])
        return found

    def serve_imports(self, folder: Path) -> None:
        """From now on, modules in this folder below the root and in the packages in it get their code from here."""

        def loader(name: str, path: str) -> SourceFileLoader:
            return _Loader(name, path, self)

        for inside in (folder, *(path for path in self._folders if folder in path.parents)):
            finder = FileFinder(str(inside), (loader, SOURCE_SUFFIXES))  # type: ignore[arg-type]
            sys.path_importer_cache[str(inside)] = finder

    def kept(self, compile: Callable[..., CodeType]) -> Callable[..., CodeType]:
        """Jinja's `Environment.compile`, asked only for what is not kept from an earlier run."""

        def compile_or_get(source: object, name: str | None = None, *arguments: Any, **options: Any) -> CodeType:
            if not isinstance(source, str) or any(arguments[1:]) or options:
                return compile(source, name, *arguments, **options)
            # Named as the template names the file, not as this clone does.
            return self.get(f"{name}\0{source}", lambda: compile(source, name, name))

        return compile_or_get

    def save(self) -> None:
        """Writes what was added, whole or not at all: several processes may do so at the same time."""
        if not self._grown or not self.file:
            return
        self._grown = False
        content = marshal.dumps(self._read() | self._code)
        new = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.write_bytes(hashlib.sha256(content).digest() + content)
            new.replace(self.file)
            by_age = sorted(self.file.parent.iterdir(), key=lambda path: path.stat().st_mtime)
            for old in by_age[:-KEPT_FILES]:
                old.unlink()

    def _read(self) -> dict[str, bytes]:
        try:
            content = self.file.read_bytes() if self.file else b""
        except OSError:
            return {}
        digest, code = content[:_DIGEST], content[_DIGEST:]
        kept: dict[str, bytes] = marshal.loads(code) if hashlib.sha256(code).digest() == digest else {}
        return kept


class _Loader(SourceFileLoader):
    """Python's own loader, but for where compiled code is kept."""

    def __init__(self, name: str, path: str, cache: CodeCache) -> None:
        super().__init__(name, path)
        self._cache = cache

    def get_code(self, fullname: str) -> CodeType:
        # Not the clone's path, which is another each time; a traceback asks the loader for its lines then.
        shown = f"deploy-overlay/{Path(self.path).relative_to(self._cache.root).as_posix()}"
        return self._cache.get(shown, lambda: self.source_to_code(self.get_data(self.path), shown))
