"""A site whose data are in SQLite: the file, and the settings by which its Python finds it, without Django."""

from __future__ import annotations

import contextlib
import shlex
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

SETTINGS = """
class settings:
    DATABASES = {{"default": {{"ENGINE": "django.db.backends.{engine}", "NAME": {name!r}}}}}
"""


@dataclass(frozen=True)
class SqliteSite:
    """`folder` has the packages of the site and its data."""

    folder: Path
    engine: str = "sqlite3"

    def __post_init__(self) -> None:
        package = self.folder / "packages" / "django"
        package.mkdir(parents=True)
        self.path.parent.mkdir()
        (package / "__init__.py").touch()
        text = SETTINGS.format(engine=self.engine, name=str(self.path))
        (package / "conf.py").write_text(text, encoding="utf-8")
        for programs in ("bin", ".venv/bin"):
            (self.folder / programs).mkdir(parents=True)
            (self.folder / programs / "python").symlink_to(sys.executable)

    @property
    def path(self) -> Path:
        return self.folder / "data" / "db.sqlite3"

    @property
    def start(self) -> str:
        """Beginning of a line for a shell: a command behind it is one in the site."""
        variables = {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "PYTHONPATH": str(self.folder / "packages")}
        given = shlex.join(f"{name}={value}" for name, value in variables.items())
        return f"cd {shlex.quote(str(self.folder))} && env -i {given}"

    def run(self, *statements: str) -> list[tuple[object, ...]]:
        """The rows of the last statement."""
        rows: list[tuple[object, ...]] = []
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
        return rows

    def fill(self, count: int, *, journal: str = "wal") -> None:
        """Books, as many as this."""
        self.run(
            f"PRAGMA journal_mode = {journal}",
            "CREATE TABLE books (id integer PRIMARY KEY AUTOINCREMENT, title text)",
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
            "INSERT INTO books (title) SELECT 'book ' || i || hex(randomblob(40)) FROM n",
        )

    @property
    def left(self) -> list[str]:
        """Files beside the database that are not SQLite's own."""
        return sorted(one.name for one in self.path.parent.iterdir() if not one.name.startswith(self.path.name))
