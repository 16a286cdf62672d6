"""Projects that others wrote and that a package makes by its own command: repositories of somebody who just ran it."""

import shutil
from collections.abc import Callable
from pathlib import Path

from .cache import cached_folder
from .programs import BIN, WINDOWS, environment, interpreter, run, tools_folder
from .projects import DJANGO, Project
from .repository import adopt

WAGTAIL = "wagtail>=8.0,<8.1"  # https://docs.wagtail.org/en/stable/getting_started/tutorial.html
DJANGOCMS = "django-cms>=5.1,<5.2"  # https://docs.django-cms.org/en/latest/introduction/01-install.html
_IGNORED = ".venv/\n__pycache__/\n*.pyc\ndb.sqlite3\nmedia/\n"


def wagtail_project(folder: Path) -> Project:
    """What `wagtail start bakery .` makes, committed."""

    def make(made: Path, programs: Path, active: dict[str, str]) -> None:
        run([programs / "wagtail", "start", "bakery", "."], made, active)

    return _adopted(folder, WAGTAIL, make)


def djangocms_project(folder: Path) -> Project:
    """What `djangocms .` makes of a new Django project, committed with its pinned requirements.

    In place: a new project of its own would be fetched from the template on GitHub. Its rules are those it bundles.
    """

    def make(made: Path, programs: Path, active: dict[str, str]) -> None:
        run([programs / "django-admin", "startproject", "mysite", "."], made, active)
        rules = ["--noinput", "--use-bundled-install-rules", "--username", "ada", "--email", "ada@example.com"]
        run([programs / "djangocms", ".", *rules], made, active)
        pinned = run([tools_folder() / "uv", "pip", "freeze"], made, active).stdout
        (made / "requirements.txt").write_text(pinned, encoding="utf-8", newline="\n")

    return _adopted(folder, DJANGOCMS, make)


def _adopted(folder: Path, package: str, make: Callable[[Path, Path, dict[str, str]], None]) -> Project:
    python = interpreter(*DJANGO["6.1"])

    def fill(made: Path) -> None:
        place = made / ".venv"
        active = environment(python, VIRTUAL_ENV=str(place))
        uv = tools_folder() / "uv"
        # djangocms installs with the pip of its environment.
        run([uv, "venv", "--quiet", "--seed", "--python", python, place], made, active)
        run([uv, "pip", "install", "--quiet", package], made, active)
        active = environment(place / BIN / ("python.exe" if WINDOWS else "python"), VIRTUAL_ENV=str(place))
        make(made, place / BIN, active)
        shutil.rmtree(place)

    kept = cached_folder("made", [package, python.as_posix(), "1"], fill)
    shutil.copytree(kept, folder, ignore=shutil.ignore_patterns("__pycache__", "db.sqlite3"))
    (folder / ".gitignore").write_text(_IGNORED, encoding="utf-8", newline="\n")
    adopt(folder)
    return Project(folder, folder, folder, "pip", python)
