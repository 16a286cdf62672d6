"""Differences between this machine and production that explain a failure, with a fix that can be pasted.

What works here and fails there is usually one of a few kinds: a file that git ignores, a package that only a development
group installs, a file that Git LFS keeps, a newer Django, or a database that is asked before it has tables.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from ..base import git
from ..base.answers import Answers
from ..base.dockerignore import SECRETS, excluding, parse_rules
from ..base.log import Log
from ..base.message import Failure
from ..base.quoting import shell_word
from ..base.requirement_tables import table
from ..base.requirements import canonical
from ..base.versions import allows, newest_django, version
from ..dependencies import manager
from ..dependencies.add import project_of
from ..dependencies.other_requirements import other_requirements, where
from .import_names import left_python, names_of, package_of
from .inside.lfs import is_pointer
from .preparation import Tree

# As Python, Django and collectstatic name what they do not find.
_MISSING_MODULE = re.compile(
    r"No module named '(?P<name>[\w.]+)'|cannot import name '(?P<part>\w+)' from '(?P<package>[\w.]+)'"
)
# https://docs.python.org/3/library/importlib.metadata.html#importlib.metadata.PackageNotFoundError
_NO_METADATA = re.compile(r"PackageNotFoundError: (?:No package metadata was found for )?(?P<name>[\w.-]+)")
# What projects call the settings of one machine, which are not committed: local_settings, settings_secret.
_OF_ONE_MACHINE = re.compile(r"(?:^|_)(?:local|secrets?)(?:_|$)", re.IGNORECASE)
_MISSING_FILE = re.compile(
    r"TemplateDoesNotExist: (?P<template>\S+)"
    r"|[Tt]he file '(?P<referred>[^']+)' could not be found with"
    r"|Missing staticfiles manifest entry for '(?P<entry>[^']+)'"
    r"|refers to \S*?/static/(?P<asset>[^\s,]+), which answers"
    r"|No such file or directory: '(?P<opened>[^']+)'"
)
_LOST_ASSET = re.compile(r"refers to [^\s,]+\.(?:css|m?js), which answers 404")
# As Django tells that a migration depends on one that is not there.
_NO_MIGRATION = re.compile(r"nonexistent parent node \('(?P<app>\w+)', '(?P<migration>\w+)'\)")
_UNMIGRATED = re.compile(r"models of (?P<apps>[\w, ]+) have changes without a migration")
# PostgreSQL, SQLite and MySQL, as Django raises them.
_NO_TABLE = re.compile(r'no such table: \S+|relation "\S+" does not exist|Table \'\S+\' doesn\'t exist')
_IN_A_MIGRATION = re.compile(r"\bstopped in (?P<name>[\w.]+): ")
# As Python tells that a file cannot be opened, made or moved there.
_NOT_WRITABLE = re.compile(r"(?:Permission denied|Read-only file system): '(?P<path>[^']+)'")
_SQLITE_NOT_WRITABLE = re.compile(r"attempt to write a readonly database|unable to open database file")
# What Python raises where a name, a function or an argument is not there any more.
_OF_AN_OLDER_DJANGO = re.compile(r"\b(?:ImportError|AttributeError|TypeError|ImproperlyConfigured): ")
_STARTED_WITH = re.compile(r"using Django (\d+\.\d+)")
WRITE_ELSEWHERE = "write uploads to MEDIA_ROOT, logs to standard output, and everything else to a temporary folder."
IN_THE_IMAGE = "/app/"
# https://docs.python.org/3/library/exceptions.html#ConnectionRefusedError, on Linux, macOS and Windows
_REFUSED = re.compile(r"[Cc]onnection refused|actively refused|Err(?:no|or) (?:111|61|10061)\b")
_NOT_OF_THE_PROJECT = {"site-packages", "node_modules", "__pycache__", ".git", ".venv", "venv", ".tox"}
_ADDING = {
    "uv": "uv add {}",
    "poetry": "poetry add {}",
    "pdm": "pdm add {}",
    "pipenv": "pipenv install {}",
}


class Differences:
    """Between the user's folder and the tree that would be deployed."""

    def __init__(self, answers: Answers, tree: Tree, log: Log, *, services_lack: bool = False) -> None:
        """`services_lack` says that a service of production could not be started here."""
        self.answers, self.tree, self.log, self.services_lack = answers, tree, log, services_lack
        self.ignore_file, self.excluded = "", frozenset[str]()

    def leave_out(self, ignore_file: str, paths: Iterable[str]) -> None:
        """Note that the tree lacks these committed files, because a platform's ignore file keeps them out of the build."""
        self.ignore_file, self.excluded = ignore_file, frozenset(paths)

    def cure(self, detail: str) -> str:
        """The fix for a failure; empty if no known difference explains it."""
        kinds = (
            self._module,
            self._metadata,
            self._file,
            self._front_end,
            self._written,
            self._migrations,
            _asked_too_early,
            self._refused,
            self._newer_django,
        )
        return next((cure for kind in kinds if (cure := kind(detail))), "")

    def optional(self, wanted: Iterable[str]) -> list[str]:
        """Those of the paths, POSIX from the git root, that lie here, that git ignores, and that the project tried to read."""
        return sorted({path for path in wanted if path in self.ignored})

    def left_out(self, needed: Iterable[str]) -> tuple[str, str]:
        """Those of the paths that lie here and that git ignores, and how to commit them; empty if there are none."""
        found = sorted(path for path in needed if path in self.ignored)
        if not found:
            return "", ""
        because = f" ({rule})" if (rule := git.ignoring_rule(self.tree.repository, found[0])) else ""
        paths = " ".join(map(shell_word, found))
        return ", ".join(found), f"git ignores {found[0]}{because}: run `git add --force {paths}` and commit."

    @cached_property
    def ignored(self) -> frozenset[str]:
        """Files of the user's folder that git ignores, without environments and packages, POSIX from the git root."""
        told = git.output(self.tree.repository, "ls-files", "-z", "--others", "--ignored", "--exclude-standard") or b""
        paths = told.decode("utf-8", "surrogateescape").split("\0")
        return frozenset(path for path in paths if path and not _NOT_OF_THE_PROJECT & set(path.split("/")))

    def _module(self, detail: str) -> str:
        found = _MISSING_MODULE.search(detail)
        if not found:
            return ""
        names = [found["name"]] if found["name"] else [f"{found['package']}.{found['part']}", found["package"]]
        for name in names:
            for path in self._paths_of(name):
                if path in self._absent:
                    return self._to_have(path)
        name = names[0].partition(".")[0]
        folders = {self.answers.django_root, self.answers.text("django_source_root", ".")}
        own = any((self.tree.folder / folder / end).exists() for folder in folders for end in (name, f"{name}.py"))
        if not own and not _OF_ONE_MACHINE.search(name):
            return self._package(name)
        if not found["name"]:
            return ""
        return (
            f"{found['name']} is a module of the project, and git does not have it: import it only where it exists (`try:`, "
            "`except ImportError:`), and read what production needs of it from environment variables."
        )

    def _metadata(self, detail: str) -> str:
        found = _NO_METADATA.search(detail)
        if not found:
            return ""
        name = found["name"]
        try:
            path = self.tree.folder / self.answers.dependency_root / "pyproject.toml"
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            data = {}
        tables = (table(data, "project"), table(data, "tool", "poetry"))
        if canonical(name) not in {canonical(str(one.get("name", ""))) for one in tables}:
            return self._package(name)
        return (
            f"Production installs what {name} depends on, and not {name} itself, so it has no version there: catch "
            "PackageNotFoundError, or read the version from an environment variable or a file, and commit."
        )

    def _newer_django(self, detail: str) -> str:
        """For code that only an older Django loads, if nothing keeps the newest one from being installed."""
        tool = self.answers.text("django_dependency_manager")
        locked, by_a_page = tool in _ADDING, " answered " in detail
        if locked or by_a_page or not _OF_AN_OLDER_DJANGO.search(detail):
            return ""
        project = project_of(self.answers, self.log)
        try:
            chosen = manager(tool)
            asked, file = chosen.declared(project).production.get("django"), chosen.changes(project)[0]
        except Failure:
            return ""
        newest = newest_django(asked.versions, project.python) if asked else ""
        started = self._started_with()
        if not asked or not newest or not started or version(started) >= version(newest):
            return ""
        if not allows(asked.versions, started):
            return ""  # its code was written anew since
        return (
            f"Write Django~={started}.0 in {file}: the project was started with Django {started}, and nothing there keeps "
            f"{newest} from being installed. Or upgrade the project: "
            "https://docs.djangoproject.com/en/stable/howto/upgrade-version/."
        )

    def _started_with(self) -> str:
        """The Django series that generated the settings, by their first lines; "" if these do not say."""
        root = self.tree.folder / self.answers.django_root
        module = self.answers.text("django_settings_module").replace(".", "/")
        files = [
            root / f"{module}.py",
            *sorted((root / module).parent.glob("*.py")),
            *sorted((root / module).glob("*.py")),
        ]
        for file in files:
            if file.is_file() and (found := _STARTED_WITH.search(file.read_text(encoding="utf-8", errors="replace"))):
                return found[1]
        return ""

    def _paths_of(self, module: str) -> Iterator[str]:
        root = PurePosixPath(self.answers.django_root)
        below = module.replace(".", "/")
        for start in dict.fromkeys((root, PurePosixPath(self.answers.text("django_source_root", ".")))):
            yield (start / f"{below}.py").as_posix()
            yield (start / below / "__init__.py").as_posix()

    def _package(self, module: str) -> str:
        if left := left_python(module, self.answers.text("django_python_version")):
            return left
        package = package_of(module)
        tool = self.answers.text("django_dependency_manager")
        project = project_of(self.answers, self.log)
        try:
            chosen = manager(tool)
            production, file = chosen.declared(project).production, chosen.changes(project)[0]
        except Failure:
            return ""
        names = (package, *names_of(module))
        found = next((item for item in other_requirements(project) if item.name in names), None)
        if found is None or found.name in production:
            return f"{self._adding(tool, file, package)}: nothing that production installs provides {module}."
        return f"{self._adding(tool, file, found.name)}: production does not install {where(found)}, which has {found.name} now."

    def _adding(self, tool: str, file: str, package: str) -> str:
        """How to add a package for production, as the beginning of a sentence; "" stands for an unknown name."""
        folder = self.answers.dependency_root
        if tool in _ADDING and package:
            return f"Run `{_ADDING[tool].format(shell_word(package))}`{'' if folder == '.' else f' in {folder}'}"
        package = package or "the package that provides it"
        if tool == "pip-tools":
            return f"Add {package} to {file}, compile it again as its first lines say, and commit both"
        return f"Add {package} to {file}"

    def _file(self, detail: str) -> str:
        found = _MISSING_FILE.search(detail)
        if not found:
            return ""
        name = next(part for part in found.groups() if part).removeprefix(f"{self.tree.folder}/")
        # Hashed names of collected files: style.0123456789ab.css
        plain = re.sub(r"\.[0-9a-f]{12}(?=\.)", "", name)
        for end in dict.fromkeys((name, plain)):
            for path in sorted(self._absent):
                if path == end or path.endswith(f"/{end}"):
                    return self._to_have(path)
        return ""

    def _front_end(self, detail: str) -> str:
        """For a front end whose build nothing says in a way that detection knows, such as a script of a shell."""
        if not _LOST_ASSET.search(detail) or self.answers.values.get("django_frontend"):
            return ""
        told = git.output(self.tree.repository, "ls-files", "-z", "--", "package.json", "*/package.json") or b""
        paths = [path for path in told.decode("utf-8", "surrogateescape").split("\0") if path]
        if not paths:
            return ""
        path = min(paths, key=lambda one: (one.count("/"), one))
        return (
            f"If a front-end build makes this file, no build was found: give {path} a `build` script that makes it, and commit. "
            "`deploy-overlay update` then adds it to the deployment. Otherwise commit the file."
        )

    def _written(self, detail: str) -> str:
        found = _NOT_WRITABLE.search(detail)
        path = found["path"] if found else ""
        for folder in (f"{self.tree.folder}/", IN_THE_IMAGE):
            if path.startswith(folder):
                inside = path.removeprefix(folder)
                return f"{inside} is in the folder of the code, where production cannot write: {WRITE_ELSEWHERE}"
        if _SQLITE_NOT_WRITABLE.search(detail):
            return (
                "A SQLite file is in the folder of the code, where production cannot write: keep its data in the database "
                "of DATABASE_URL, or, if no worker needs it, move the file to a volume."
            )
        return ""

    def _migrations(self, detail: str) -> str:
        found = _UNMIGRATED.search(detail)
        lacking = _NO_MIGRATION.search(detail)
        labels = found["apps"].split(", ") if found else [lacking["app"]] if lacking else []
        for path in sorted(self._absent):
            parts = path.split("/")
            if path.endswith(".py") and len(parts) > 2 and parts[-2] == "migrations" and parts[-3] in labels:
                return self._to_have(path, folder=True)
        return ""

    def _refused(self, detail: str) -> str:
        """It fails here with the project's own settings too, and works where the developer runs the service."""
        if self.services_lack or not _REFUSED.search(detail):
            return ""
        variable = " such as REDIS_URL" if re.search("redis|:6379", detail, re.IGNORECASE) else ""
        return (
            "Nothing listens on localhost in production: read the address of this service from a variable"
            f"{variable}, and give it with --env-file FILE here."
        )

    @property
    def _absent(self) -> frozenset[str]:
        """The fix for a file that is in the folder but not in the tree."""
        return self.ignored | self.excluded

    def _to_have(self, path: str, folder: bool = False) -> str:
        """How to deploy a file, or all of its folder."""
        if path in self.excluded:
            again = "" if self.ignore_file.endswith(".slugignore") else f", or add `!{path}` as its last line"
            return (
                f"{self.ignore_file} keeps {path} out of the build: remove the rule that matches it{again}, and commit."
            )
        rule = git.ignoring_rule(self.tree.repository, path)
        what = path.rpartition("/")[0] if folder else path
        because = f" ({rule})" if rule else ""
        if excluding(parse_rules(SECRETS), path):
            return (
                f"git ignores {path}{because}, as it should: set its values as environment variables, and change the "
                "settings to work without the file."
            )
        add = f"run `git add --force {shell_word(what)}` and commit"
        return f"git ignores {path}{because}: {add}, or do without it in production."


def pointers(folder: Path) -> list[str]:
    """Files that are Git LFS pointers; POSIX, from the folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return [path.relative_to(folder).as_posix() for path in files if is_pointer(path)]


def _asked_too_early(detail: str) -> str:
    if not _NO_TABLE.search(detail):
        return ""
    if stopped := _IN_A_MIGRATION.search(detail):
        return (
            f"The migration {stopped['name']} needs a table that no migration before it creates: add the one that does, or "
            "name it in `dependencies`, and commit."
        )
    return (
        "The project queries the database while it is loaded, before the tables exist: move the query into the function that "
        "needs it."
    )
