"""A site of Django's own that keeps uploaded files on its disk, as a program that is sent to it finds it."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .installing import python_with
from .programs import usual_python

SETTINGS = """
from pathlib import Path
HERE = Path(__file__).parent
SECRET_KEY = "key"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "data" / "db.sqlite3"}}
INSTALLED_APPS = ["books"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = HERE / "data" / "media"
"""
MODELS = """
from django.db import models


class Book(models.Model):
    cover = models.FileField()
"""


@dataclass(frozen=True)
class DjangoSite:
    """`covers` are the names that its rows have."""

    folder: Path
    covers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        (self.folder / "books").mkdir(parents=True)
        (self.folder / "data").mkdir()
        (self.folder / "settings.py").write_text(SETTINGS, encoding="utf-8")
        (self.folder / "books" / "__init__.py").touch()
        (self.folder / "books" / "models.py").write_text(MODELS, encoding="utf-8")
        for programs in ("bin", ".venv/bin"):
            (self.folder / programs).mkdir(parents=True)
            starter = self.folder / programs / "python"  # a link would not find the packages
            starter.write_text(f'#!/bin/sh\nexec {shlex.quote(str(self.python))} "$@"\n', encoding="utf-8")
            starter.chmod(0o755)
        rows = f"Book.objects.bulk_create(Book(cover=name) for name in {self.covers!r})"
        made = "from django.core.management import call_command; call_command('migrate', run_syncdb=True, verbosity=0)"
        code = f"import django; django.setup()\n{made}\nfrom books.models import Book\n{rows}"
        subprocess.run([self.python, "-c", code], cwd=self.folder, env=os.environ | self.environ, check=True)

    @property
    def python(self) -> Path:
        return python_with(usual_python(), "Django>=5.2")

    @property
    def environ(self) -> dict[str, str]:
        return {"DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": str(self.folder)}

    @property
    def start(self) -> str:
        """Beginning of a line for a shell: a command behind it is one in the site."""
        given = {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", **self.environ}
        variables = shlex.join(f"{name}={value}" for name, value in given.items())
        return f"cd {shlex.quote(str(self.folder))} && env -i {variables}"

    @property
    def uploads(self) -> dict[str, bytes]:
        """Content by name."""
        media = self.folder / "data" / "media"
        return {one.relative_to(media).as_posix(): one.read_bytes() for one in media.rglob("*") if one.is_file()}
