"""Small repositories written by code, and the facts that detection reads from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.detect import Facts, look
from deploy_overlay.platforms import recognizers

MANAGE = """\
#!/usr/bin/env python
import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
"""
SERVER = """\
import os

from django.core.{kind} import get_{kind}_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")

application = get_{kind}_application()
"""
SETTINGS = """\
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "not a secret"
DEBUG = False
INSTALLED_APPS = ["django.contrib.admin"]
ROOT_URLCONF = "site_.urls"
WSGI_APPLICATION = "site_.wsgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
"""


def django_project(root: str = "", package: str = "site_", settings: str = "", body: str = SETTINGS) -> dict[str, str]:
    """The files of a plain Django project in the folder `root`."""
    prefix = f"{root}/" if root else ""
    named = settings or f"{package}.settings"
    return {
        f"{prefix}manage.py": MANAGE.format(settings=named),
        f"{prefix}{package}/__init__.py": "",
        f"{prefix}{package}/settings.py": body.replace("site_", package),
        f"{prefix}{package}/wsgi.py": SERVER.format(kind="wsgi", settings=named),
        f"{prefix}{package}/asgi.py": SERVER.format(kind="asgi", settings=named),
        f"{prefix}requirements.txt": "Django==5.2.1\n",
    }


def write(root: Path, files: Mapping[str, str | bytes | None]) -> Path:
    """Write files (POSIX paths; None leaves one out) into a folder."""
    for name, content in files.items():
        if content is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return root


@pytest.fixture
def facts(tmp_path: Path) -> Callable[..., Facts]:
    """facts({path: text}, **answers): what detection sees in a repository of these files."""

    def build(files: Mapping[str, str | bytes | None], **given: Any) -> Facts:
        return look(write(tmp_path, files), given, platforms=recognizers())

    return build
