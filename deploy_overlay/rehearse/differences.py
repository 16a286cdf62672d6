"""Differences between this machine and production that explain a failure, with a cure that can be pasted.

What works here and fails there is usually one of a few kinds: a file that git ignores, a package that only a development
group installs, a file that Git LFS keeps, or a database that is asked before it has tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

from ..base.answers import Answers
from ..base.log import Log
from ..base.message import Failure
from ..base.requirements import canonical
from ..dependencies import manager
from ..dependencies.add import project_of
from .ignored_files import ignored_files, ignored_files_cure
from .room import Tree

_MISSING_MODULE = re.compile(r"No module named '(?P<name>[\w.]+)'")
# PostgreSQL, SQLite and MySQL, as Django raises them.
_NO_TABLE = re.compile(r'no such table: \S+|relation "\S+" does not exist|Table \'\S+\' doesn\'t exist')
LFS = b"version https://git-lfs.github.com/spec/v1"
# Where the name of the module is not that of the package, for what development groups usually have.
_PACKAGES = {
    "debug_toolbar": "django-debug-toolbar",
    "django_extensions": "django-extensions",
    "django_browser_reload": "django-browser-reload",
    "environ": "django-environ",
    "dotenv": "python-dotenv",
    "yaml": "pyyaml",
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "rest_framework": "djangorestframework",
    "corsheaders": "django-cors-headers",
    "storages": "django-storages",
    "crispy_forms": "django-crispy-forms",
    "dateutil": "python-dateutil",
    "decouple": "python-decouple",
    "factory": "factory-boy",
    "faker": "faker",
    "jwt": "pyjwt",
    "magic": "python-magic",
}
_ADDING = {
    "uv": "uv add {}",
    "poetry": "poetry add {}",
    "pdm": "pdm add {}",
    "pipenv": "pipenv install {}",
}


class Differences:
    """Between the user's folder and the tree that would be deployed."""

    def __init__(self, answers: Answers, tree: Tree, log: Log) -> None:
        self.answers, self.tree, self.log = answers, tree, log

    def cure(self, detail: str) -> str:
        """What to do about a failure; empty where none of the kinds explains it."""
        kinds: tuple[Callable[[str], str], ...] = (self._ignored, self._module, _asked_too_early)
        return next((cure for kind in kinds if (cure := kind(detail))), "")

    def optional(self, wanted: Iterable[str]) -> list[str]:
        """Those of the paths, POSIX from the git root, that lie here, that git ignores, and that the project tried to read."""
        return sorted({path for path in wanted if path in self.ignored})

    @cached_property
    def ignored(self) -> list[str]:
        return ignored_files(self.tree)

    def _ignored(self, detail: str) -> str:
        return ignored_files_cure(detail, self.ignored, self.tree)

    def _module(self, detail: str) -> str:
        found = _MISSING_MODULE.search(detail)
        name = found["name"].partition(".")[0] if found else ""
        folders = {self.answers.django_root, self.answers.text("django_source_root", ".")}
        own = any((self.tree.folder / folder / end).exists() for folder in folders for end in (name, f"{name}.py"))
        return self._package(name) if name and not own else ""

    def _package(self, module: str) -> str:
        package = canonical(_PACKAGES.get(module, module))
        tool = self.answers.text("django_dependency_manager")
        adding = _ADDING.get(tool, "").format(package)
        files = self.answers.texts("django_dependency_files")
        add = f"Run `{adding}`" if adding else f"Add {package} to {files[0] if files else 'your dependencies'}"
        try:
            declared = manager(tool).declared(project_of(self.answers, self.log))
        except Failure:
            return ""
        found = declared.elsewhere.get(package)
        if found is None or package in declared.production:
            return f"{add}: nothing that production installs provides {module}."
        group = found.group or "a development list"
        return f"{add}: production does not install {group}, which has {package} now."


def pointers(folder: Path) -> list[str]:
    """Files that are pointers of Git LFS, whose content is elsewhere; POSIX, from the folder."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1024:
            with path.open("rb") as file:
                if file.read(len(LFS)) == LFS:
                    found.append(path.relative_to(folder).as_posix())
    return found


def _asked_too_early(detail: str) -> str:
    if not _NO_TABLE.search(detail):
        return ""
    return (
        "The database is asked while the project is loaded, before its tables exist: move the query into the function that "
        "needs it."
    )
