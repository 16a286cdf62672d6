"""PostgreSQL servers for tests, of two major versions, with databases of their own names; and SQL asked of them."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from deploy_overlay.base.postgres import installed_programs
from deploy_overlay.rehearse.postgres import running_postgres
from deploy_overlay.rehearse.stage import Stage

NEWEST = 18


@dataclass(frozen=True)
class Server:
    """`url` is the address of its first database, as a superuser."""

    url: str
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    def database(self, name: str = "", owner: str = "") -> str:
        """A new database; its address. `owner` is made too, with a password that nothing else has."""
        name = name or f"site_{secrets.token_hex(4)}"
        quoted = name.replace('"', '""')
        password = f"p%40/ss-{secrets.token_hex(6)}"
        if owner:
            plain = unquote(password)
            sql(self.url, f"CREATE ROLE \"{owner}\" LOGIN PASSWORD '{plain}'")
            sql(self.url, f'CREATE DATABASE "{quoted}" OWNER "{owner}"')
        else:
            sql(self.url, f'CREATE DATABASE "{quoted}"')
        parts = urlsplit(self.url)
        user = f"{owner}:{password.replace('/', '%2F')}" if owner else parts.netloc.rpartition("@")[0]
        path = "".join(f"%{byte:02X}" for byte in name.encode())
        return parts._replace(netloc=f"{user}@{parts.hostname}:{parts.port}", path=f"/{path}").geturl()


@contextlib.contextmanager
def server(major: int) -> Iterator[Server]:
    """A server of this major version or, where there is none, a newer one, for the block."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        place = Path(folder)
        stage = Stage(place, place, place, "deploy", place / "log", Path(sys.executable))
        with running_postgres(stage, dict(os.environ), lambda text: None, major) as running:
            yield Server(running.url, running.version)


def sql(url: str, *statements: str) -> list[str]:
    """The rows that the statements give, a text each."""
    parts = urlsplit(url)
    programs = max(installed_programs(("psql",)), key=lambda found: found.major)
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path[1:]),
    }
    done = subprocess.run(
        [programs.program("psql"), "-X", "-w", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        input=";\n".join(statements) + ";\n",
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line]


def password_of(url: str) -> str:
    return unquote(re.sub(r"^$", "none", urlsplit(url).password or ""))
