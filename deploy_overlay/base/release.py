"""A version of deploy-overlay: its source, its number, and the line that runs its command.

A project records source and number as Copier writes them: `_src_path`, such as `gh:org/deploy-overlay`, and `_commit`, such
as `v0.2.0` or `v0.2.0-3-g1a2b3c4`. Installers of Python packages take `git+https://github.com/org/deploy-overlay@v0.2.0`:
https://packaging.python.org/en/latest/specifications/version-specifiers/#direct-references
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from .environment import outside_copier
from .message import Failure, command_line

PROGRAM = "deploy-overlay"
REPOSITORY = "https://github.com/org/deploy-overlay"
ANSWERS_FILE = ".copier-answers.yml"  # the name that needs no option
# https://copier.readthedocs.io/en/stable/configuring/#template-version: what Copier makes of these beginnings
_SHORTCUTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
_OF_GIT = ("git@", "git://", "git+", "https://github.com/", "https://gitlab.com/", *_SHORTCUTS)
_SCP = re.compile(
    r"(?P<login>[\w.-]+@)?(?P<host>[\w-]+(?:\.[\w-]+)+):(?P<path>[^/\\].*)"
)  # git@host:path, of git clone
_REF = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/+-]*")
_DESCRIBED = re.compile(r"-\d+-g([0-9a-f]{4,40})$")  # as `git describe` writes a commit without a tag
_HASH = re.compile(r"[0-9a-f]{4,40}")


@dataclass(frozen=True)
class Release:
    """`source` and `version` are as Copier records them; the version is empty if it is not recorded."""

    source: str
    version: str = ""

    @property
    def is_local(self) -> bool:
        return self.address.startswith("file:")

    @property
    def folder(self) -> Path:
        """The folder of a local source."""
        return Path(_path_of(self.address))

    @property
    def address(self) -> str:
        """What git clones from, always with a scheme; a folder as `file:///...`."""
        source = self.source.removeprefix("git+")
        for short, whole in _SHORTCUTS.items():
            if source.startswith(short):
                return whole + source.removeprefix(short)
        if re.match(r"[a-z][a-z0-9+.-]*://", source):
            return source
        login = _SCP.fullmatch(source)
        if login:
            return f"ssh://{login['login'] or ''}{login['host']}/{login['path']}"
        return Path(source).expanduser().absolute().as_uri()

    @property
    def for_copier(self) -> str:
        """The source as Copier takes it: it would read an address on most hosts, and each `file:///`, as a folder's path."""
        if self.is_local:
            return str(self.folder)
        is_git = self.source.startswith(_OF_GIT) or self.source.endswith(".git")
        return self.source if is_git else f"git+{self.address}"

    @property
    def key(self) -> str:
        """One text for all ways to write a source. HTTPS and SSH count as the same, but not HTTP, which can be tampered with."""
        parts = urlsplit(self.address)
        path = parts.path.rstrip("/").removesuffix(".git")
        if parts.scheme == "file":
            return f"file:{Path(_path_of(self.address)).resolve().as_posix().removesuffix('.git')}"
        scheme = "" if parts.scheme in ("https", "ssh") else f"{parts.scheme}:"
        host = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
        return f"{scheme}{host}{path if 'github.com' not in host else path.lower()}"

    @property
    def ref(self) -> str:
        """What git calls the version: a tag, a branch or the hash of a commit; empty for the newest.

        Raises Failure for a text that is none of these: it would be read as an option of git, or as another address.
        """
        described = _DESCRIBED.search(self.version)
        ref = described[1] if described else self.version
        if ref and (not _REF.fullmatch(ref) or ".." in ref):
            raise Failure(
                f"_commit is {ascii(self.version)[:60]}, which is not a version: restore the answers file with git, then run "
                "this again.",
                anchor="answers-file-damaged",
            )
        return ref

    @property
    def is_named(self) -> bool:
        """Whether the version is a tag or a branch, which only the source's owner can make.

        A hash can be that of anybody's commit: GitHub serves those of all forks under the address of each of them.
        """
        return bool(self.ref) and not _HASH.fullmatch(self.ref) and not self.ref.startswith("refs/")

    @property
    def requirement(self) -> str:
        """The source and version for uv, pipx and pip."""
        if self.is_local and not (self.folder / ".git").exists():
            return str(self.folder)
        return f"git+{self.address}{f'@{self.ref}' if self.ref else ''}"

    def is_the_same_as(self, other: Release) -> bool:
        """Whether both records mean the same version of the same source."""
        if self.key != other.key:
            return False
        one, two = self.ref, other.ref
        if _HASH.fullmatch(one) and _HASH.fullmatch(two):
            return one.startswith(two) or two.startswith(one)
        return one == two


def own_version() -> str:
    """The version of this code, from pyproject.toml in a checkout, else from the installed distribution."""
    manifest = Path(__file__).resolve().parents[2] / "pyproject.toml"
    if manifest.is_file():
        return str(tomllib.loads(manifest.read_text(encoding="utf-8"))["project"]["version"])
    return importlib.metadata.version(PROGRAM)


def recorded(answers: Mapping[str, Any]) -> Release:
    """The version in an answers file; the newest of our own repository if it records none."""
    source, version = answers.get("_src_path"), answers.get("_commit")
    return Release(str(source or REPOSITORY), str(version or "") if source else "")


def whole_command(answers: Mapping[str, Any], *arguments: str, answers_file: str = ANSWERS_FILE) -> str:
    """The line that runs the command of a project's version on any machine that has uv."""
    return command_line([*_starting("uvx", recorded(answers)), *file_option(answers_file), *arguments])


def command(answers: Mapping[str, Any], *arguments: str, answers_file: str = ANSWERS_FILE) -> str:
    """The same for this machine: short if the command is installed, and through pipx if that is installed and uv is not."""
    if is_installed():
        return command_line([PROGRAM, *file_option(answers_file), *arguments])
    program = "uvx" if _on_path("uvx") or not _on_path("pipx") else "pipx"
    return command_line([*_starting(program, recorded(answers)), *file_option(answers_file), *arguments])


def installing(answers: Mapping[str, Any]) -> str:
    """The line that installs the command of a project's version for all projects, with uv or pipx."""
    program = ["pipx", "install"] if not _on_path("uv") and _on_path("pipx") else ["uv", "tool", "install"]
    return command_line([*program, recorded(answers).requirement])


def starting(release: Release) -> tuple[str, ...]:
    """The first arguments that start a version's command on this machine: uvx, else pipx; empty without either."""
    for name in ("uvx", "pipx"):
        program = _on_path(name)
        if program:
            return (program, *_starting(name, release)[1:])
    return ()


def is_installed() -> bool:
    """Whether the command can be started by its name, apart from the temporary environment of this run."""
    found = _on_path(PROGRAM)
    return bool(found) and Path(found).parent.absolute() != Path(sys.executable).parent.absolute()


def _on_path(name: str) -> str:
    return shutil.which(name, path=outside_copier().get("PATH")) or ""


def _starting(program: str, release: Release) -> tuple[str, ...]:
    how = ("uvx", "--from") if program == "uvx" else ("pipx", "run", "--spec")
    return (*how, release.requirement, PROGRAM)


def file_option(answers_file: str) -> Sequence[str]:
    """The option that names another answers file than the usual one."""
    return () if answers_file == ANSWERS_FILE else ("-a", answers_file)


def _path_of(address: str) -> str:
    path = unquote(urlsplit(address).path)
    return path[1:] if re.match(r"/[A-Za-z]:", path) else path  # file:///C:/folder
