"""Reads the user's repository, up to limits, without writing and without following links out of it."""

from __future__ import annotations

import ast
import errno
import itertools
import os
import posixpath
import stat
import warnings
from pathlib import Path
from typing import NamedTuple

from .encoding import NotText
from .encoding import decode as decode_bytes

MAX_BYTES = 1 << 20
MAX_DEPTH = 4
MAX_FOLDERS = 800
MAX_NAMES_IN_FOLDER = 800
MAX_NAMES = 7_000

# No entry point of a Django project is in these, and some are very large.
SKIPPED_FOLDERS = frozenset(
    {
        "node_modules", "bower_components", "jspm_packages", "site-packages", "__pycache__", "__pypackages__",
        "virtualenv", "migrations", "locale", "static", "staticfiles", "media", "LC_MESSAGES", "htmlcov",
    }
)  # fmt: skip

# Also looked up by name, so that they are found in a folder with too many files to list.
SIGNPOSTS = ("manage.py", "pyproject.toml", "requirements.txt", "Pipfile", "wsgi.py", "asgi.py", "settings.py")


class Listing(NamedTuple):
    """Names in one folder, sorted; folders that are links are not among them."""

    files: tuple[str, ...]
    folders: tuple[str, ...]


def read_plain(path: Path) -> bytes:
    """The bytes of a regular file. Raises OSError for anything else: a pipe would block, and a device never ends."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(handle, "rb") as file:  # noqa: PTH123
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return file.read()


def join(*parts: str) -> str:
    """A clean POSIX path relative to the git root; "." is the root itself."""
    return posixpath.normpath(posixpath.join(".", *[part or "." for part in parts]))


def parent(path: str) -> str:
    return posixpath.dirname(path) or "."


def decode(data: bytes) -> str | None:
    """Text of a file in any encoding that editors and PowerShell write, or None when it is not text."""
    try:
        text, encoding, _ = decode_bytes(data)
    except NotText:
        return None
    if encoding != "latin-1":
        return text
    printable = sum(char.isprintable() or char in "\r\n\t\f" for char in text)
    return text if printable > 0.95 * len(text) else None


# Plain strings instead of Path objects, which are too slow for thousands of paths.
class Repository:
    """Read access to a folder by POSIX paths relative to it. `notes` says what was not read, and why.

    It hides the files and folders in `without`.
    """

    def __init__(self, root: Path, without: frozenset[str] = frozenset()) -> None:
        self.root = Path(os.path.abspath(root))  # noqa: PTH100
        self.without = without
        self.notes: dict[str, str] = {}
        self._real_root = os.path.realpath(self.root)
        self._bytes: dict[str, bytes | None] = {}
        self._listings: dict[str, Listing] = {}
        self._trees: dict[str, ast.Module | SyntaxError | None] = {}
        self._folders: tuple[str, ...] | None = None

    def full(self, path: str) -> str:
        return os.path.join(self.root, *path.split("/"))  # noqa: PTH118

    def inside(self, path: str) -> bool:
        """Whether the path, links followed, is in this repository."""
        real = os.path.realpath(self.full(path))
        return real == self._real_root or real.startswith(self._real_root + os.sep)

    def is_file(self, path: str) -> bool:
        return not path.startswith("..") and os.path.isfile(self.full(path)) and self._seen(path)  # noqa: PTH113

    def is_folder(self, path: str) -> bool:
        return not path.startswith("..") and os.path.isdir(self.full(path)) and self._seen(path)  # noqa: PTH112

    def _seen(self, path: str) -> bool:
        while self.without and path not in (".", ""):
            if path in self.without:
                return False
            path = parent(path)
        return True

    def real(self, path: str) -> str:
        """The path with its links followed, still relative to the git root."""
        real = os.path.relpath(os.path.realpath(self.full(path)), self._real_root)
        return real.replace(os.sep, "/")

    def listing(self, folder: str) -> Listing:
        """What is in one folder; an unreadable one is empty."""
        if folder not in self._listings:
            files: list[str] = []
            folders: list[str] = []
            try:
                with os.scandir(self.full(folder)) as found:
                    for entry in itertools.islice(found, MAX_NAMES_IN_FOLDER):
                        if self.without and not self._seen(join(folder, entry.name)):
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.name)
                        elif _is_file(entry):
                            files.append(entry.name)
            except OSError as problem:
                self.notes[folder] = f"not looked into ({problem.strerror or 'unreadable'})"
            if len(files) + len(folders) >= MAX_NAMES_IN_FOLDER:
                self.notes[folder] = f"more than {MAX_NAMES_IN_FOLDER} entries, not all were searched"
                files += [name for name in SIGNPOSTS if name not in files and self.is_file(join(folder, name))]
            self._listings[folder] = Listing(tuple(sorted(files)), tuple(sorted(folders)))
        return self._listings[folder]

    def folders(self) -> tuple[str, ...]:
        """The folders that may hold a Django project, nearest to the root first; at most a few levels of them."""
        if self._folders is None:
            self._folders = tuple(self._walk())
        return self._folders

    def _walk(self) -> list[str]:
        found: list[str] = []
        level = ["."]
        names = 0
        for depth in range(MAX_DEPTH + 1):
            below: list[str] = []
            for folder in level:
                if len(found) >= MAX_FOLDERS or names >= MAX_NAMES:
                    self.notes["."] = "too many folders: the deepest were not searched"
                    return found
                listing = self.listing(folder)
                names += len(listing.files) + len(listing.folders)
                if "pyvenv.cfg" in listing.files and folder != ".":  # a project may be started inside of one
                    continue
                found.append(folder)
                if depth < MAX_DEPTH:
                    below += [join(folder, name) for name in listing.folders if _worth_entering(name)]
            level = below
        return found

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, or None when there is none, it is over 1 MiB, unreadable or outside the repository."""
        path = join(path)
        if path not in self._bytes:
            self._bytes[path] = self._read(path)
        return self._bytes[path]

    def _read(self, path: str) -> bytes | None:
        if not self.is_file(path):
            return None
        if not self.inside(path):
            self.notes[path] = "a link to outside the repository, not read"
            return None
        try:
            with open(self.full(path), "rb") as file:  # noqa: PTH123
                data = file.read(MAX_BYTES + 1)
        except OSError as problem:
            self.notes[path] = f"not read ({problem.strerror or 'unreadable'})"
            return None
        if len(data) > MAX_BYTES:
            self.notes[path] = "over 1 MiB, not read"
            return None
        return data

    def text(self, path: str) -> str | None:
        """The text of a file with its line ends made "\\n", or None (a note says why when there is such a file)."""
        data = self.read(path)
        if data is None:
            return None
        text = decode(data)
        if text is None:
            self.notes[join(path)] = "not text, not read"
            return None
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def parse(self, path: str) -> ast.Module | SyntaxError | None:
        """The syntax tree of a Python file, the error when it does not parse, None when it cannot be read."""
        path = join(path)
        if path not in self._trees:
            self._trees[path] = self._parse(path)
        return self._trees[path]

    def _parse(self, path: str) -> ast.Module | SyntaxError | None:
        data = self.read(path)
        if data is None:
            return None
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return SyntaxError("written in UTF-16, which Python does not read", (path, 1, 1, ""))
        tree = _parsed(data, path)
        text = decode(data) if isinstance(tree, SyntaxError) else None
        if text is not None:
            from .newer_syntax import for_older_pythons  # seldom needed

            again = _parsed(for_older_pythons(text), path)
            return tree if isinstance(again, SyntaxError) else again
        return tree

    def tree(self, path: str) -> ast.Module | None:
        """The syntax tree of a Python file, or None with a note when there is none to be had."""
        tree = self.parse(path)
        if isinstance(tree, SyntaxError):
            self.notes[join(path)] = f"line {tree.lineno or 1} does not parse as Python, not read"
            return None
        return tree


def _parsed(data: bytes | str, path: str) -> ast.Module | SyntaxError:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data, filename=path)
    except SyntaxError as problem:
        return problem
    except (ValueError, RecursionError, MemoryError) as problem:
        return SyntaxError(str(problem) or type(problem).__name__, (path, 1, 1, ""))


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False


def _worth_entering(name: str) -> bool:
    return not (name.startswith(".") or name in SKIPPED_FOLDERS or "{{" in name or "{%" in name)
