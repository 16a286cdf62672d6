"""Keeps compiled code between runs: Copier clones the template for each, so that Python would compile it each time.

One file for each version of the sources, in the user's cache folder. Nothing depends on it: where it cannot be read or
written, or is damaged, code is compiled as if it were not there. DEPLOY_OVERLAY_CACHE names another folder; empty, or
with PYTHONDONTWRITEBYTECODE, nothing is written. Standard library only, as it is compiled in every run itself.
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
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType

KEPT_FILES = 12  # the newest: a run uses two, an update three
_DIGEST = 32  # bytes of a SHA-256


def cache_folder() -> Path | None:
    """The user's own cache folder of this system, not made; None where the user has none.

    https://specifications.freedesktop.org/basedir-spec/latest/ and, with the same reading, platformdirs.
    """
    chosen = os.environ.get("DEPLOY_OVERLAY_CACHE")
    if chosen is not None:
        return Path(chosen).absolute() if chosen else None
    if os.name == "nt":
        above = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        above = os.path.expanduser("~/Library/Caches")
    else:
        above = os.environ.get("XDG_CACHE_HOME", "").strip() or os.path.expanduser("~/.cache")
    folder = Path(above) / "deploy-overlay"
    return folder if folder.is_absolute() and _own(folder) else None


def _own(folder: Path) -> bool:
    """Whether it is, or would be made, in a folder of this user: code from anybody else's is not run (think of sudo)."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    return there is not None and (not hasattr(os, "getuid") or there.stat().st_uid == os.getuid())


class Compiled:
    """Compiled code by name. What this run adds is written when the process ends."""

    def __init__(self, root: Path, sources: Iterable[Path], *versions: str) -> None:
        """`sources` are the files below `root` that the code is made of; `versions` what else it depends on."""
        self.root = root
        made_of = hashlib.sha256(MAGIC_NUMBER + repr((sys.version, sys.flags.optimize, versions)).encode())
        for path in sorted(sources):
            content = path.read_bytes()
            made_of.update(f"\0{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
        folder = cache_folder()
        self.file = folder / made_of.hexdigest()[:40] if folder else None
        self._code = self._read()
        self._grown = False
        if self.file and not sys.flags.dont_write_bytecode:
            atexit.register(self.save)

    def get(self, name: str, compiled: Callable[[], CodeType | str]) -> CodeType | str:
        """Code (or text) of this name, made by `compiled` where it is not kept yet."""
        if name not in self._code:
            self._code[name] = marshal.dumps(compiled())
            self._grown = True
        code: CodeType | str = marshal.loads(self._code[name])
        return code

    def import_from(self, folder: Path) -> None:
        """From now on modules in this folder below the root, and in those below it, are imported by way of this."""

        def loader(name: str, path: str) -> SourceFileLoader:
            return _Loader(name, path, self)

        for inside in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
            sys.path_importer_cache[str(inside)] = FileFinder(str(inside), (loader, SOURCE_SUFFIXES))  # type: ignore[arg-type]

    def save(self) -> None:
        """Write what was added, whole or not at all; several processes may do so at the same time."""
        if not self._grown or not self.file:
            return
        content = marshal.dumps(self._read() | self._code)
        new = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new.write_bytes(hashlib.sha256(content).digest() + content)
            new.replace(self.file)
            newest_last = sorted(self.file.parent.iterdir(), key=lambda path: path.stat().st_mtime)
            for old in newest_last[:-KEPT_FILES]:
                old.unlink()
        self._grown = False

    def _read(self) -> dict[str, bytes]:
        try:
            content = memoryview(self.file.read_bytes()) if self.file else memoryview(b"")
        except OSError:
            return {}
        if hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
            return {}
        kept: dict[str, bytes] = marshal.loads(content[_DIGEST:])
        return kept


class _Loader(SourceFileLoader):
    """Python's own loader, but for where the compiled code is kept."""

    def __init__(self, name: str, path: str, compiled: Compiled) -> None:
        super().__init__(name, path)
        self._compiled = compiled

    def get_code(self, fullname: str) -> CodeType:
        # Not the clone's path, which is another each time; a traceback gets its lines from the loader then.
        shown = f"deploy-overlay/{Path(self.path).relative_to(self._compiled.root).as_posix()}"
        code = self._compiled.get(shown, lambda: self.source_to_code(self.get_data(self.path), shown))
        assert isinstance(code, CodeType)
        return code
