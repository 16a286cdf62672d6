"""The dependency files in a folder, and those that deployment files install from."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ...base.evidence import Evidence
from ...base.files import Repository, join, parent
from ...base.requirement_tables import pipfile_requirements, pyproject_requirements, table
from ...base.requirements import Requirement, canonical
from ..deployed import DeployFile, deploy_files
from ..project import Project
from .requirements_files import RequirementsFile, read_requirements, read_toml

if TYPE_CHECKING:  # many projects have no lock file
    from ...base.lock_files import Package

LOCKS = {"uv.lock": "uv", "poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}

# Packages that require Django: those with its name, or that of a framework based on it, and these.
DJANGO_BASED = frozenset(
    {"mezzanine", "coderedcms", "feincms3", "channels", "channels-redis", "grappelli", "dj-database-url", "dj-rest-auth",
     "graphene-django", "mozilla-django-oidc", "strawberry-graphql-django", "saleor", "netbox", "baserow", "pretix",
     "arches", "weblate"}
)  # fmt: skip
_NAMED_FOR_DJANGO = ("django", "wagtail", "drf-", "pinax", "feincms3-")
NOT_DJANGO_BASED = frozenset({"django-environ", "django-upgrade", "djangofmt"})  # these install without it
# Servers and drivers. A file with only these can be ignored, because the overlay adds those it needs.
BROUGHT = frozenset(
    {"gunicorn", "uwsgi", "waitress", "uvicorn", "uvicorn-worker", "whitenoise", "dj-database-url", "psycopg",
     "psycopg-binary", "psycopg2", "psycopg2-binary"}
)  # fmt: skip
PRODUCTION_FILES = ("production", "prod", "deploy", "deployment", "live", "prd", "heroku", "server", "docker", "remote")
NOT_PRODUCTION = frozenset(
    {"dev", "devel", "develop", "development", "local", "test", "tests", "testing", "docs", "doc", "mkdocs", "sphinx",
     "ci", "lint", "linting", "constraints", "optional", "extra", "extras", "pylint", "style", "typing", "rtd",
     "readthedocs", "contribs", "stubs"}
)  # fmt: skip
INNER_FOLDERS = ("requirements", "reqs", "requirement", "deps")  # of requirements files
GENERAL_FILES = ("requirements", "base", "common", "main", "app", "default", "all", "core")

_COMMANDS = (
    ("uv", re.compile(r"\buv\s+(?:--[\w-]+\s+)*(?:sync|export)\b|COPY\s[^#]*\buv\.lock")),
    ("poetry", re.compile(r"\bpoetry(?:\s+--[\w-]+)*\s+(?:install|export|sync)\b|COPY\s[^#]*\bpoetry\.lock")),
    ("pipenv", re.compile(r"\bpipenv\s+(?:install|sync|requirements|lock)\b|COPY\s[^#]*\bPipfile\.lock")),
    ("pdm", re.compile(r"\bpdm\s+(?:install|sync|export)\b|COPY\s[^#]*\bpdm\.lock")),
)
_PIP = re.compile(
    r"\bpip3?[\d.]*(?:[\"']?,?\s+(?:.*?\s)?(?P<verb>install|wheel|sync)|-(?P<tool>sync))\b(?P<arguments>.*)"
)
# pip-sync and `uv pip sync` get their files without an option: https://docs.astral.sh/uv/reference/cli/#uv-pip-sync
_SYNCED = re.compile(r"(?<=\s)([\w./${}-]+\.txt)(?=\s|$)")
_COPIED = re.compile(r"(?i)^\s*(?:COPY|ADD)\s+(?:--(?!from)\S+\s+)*(?P<source>[\w./-]+\.txt)\s+(?P<target>\S+)\s*$")
_FILE = re.compile(r"(?:-r|--requirement)[=\s\"',]*([^\s\"',\]]+)")
_TOGETHER = re.compile(r"(?<=[\s\"'])-[IUqv]+([rce])(?=[\s\"'])")


class Command(NamedTuple):
    """An install command in a deployment file; `target` is the requirements file that it names, or "."."""

    manager: str
    target: str
    evidence: Evidence
    rank: int


@dataclass
class Folder:
    """The manifests in one folder."""

    path: str
    requirements: RequirementsFile | None = None
    others: list[str] = field(default_factory=list)
    beside: list[Evidence] = field(default_factory=list)  # requirements files that are installed as well, and needed
    pyproject: list[Requirement] = field(default_factory=list)
    setuptools: list[Requirement] = field(
        default_factory=list
    )  # of setup.cfg and setup.py, where there is no [project]
    has_project: bool = False
    has_poetry: bool = False
    has_groups: bool = False
    dynamic: bool = False  # the build backend says what [project] depends on
    pipfile: list[Requirement] | None = None
    locks: dict[str, str] = field(default_factory=dict)  # manager -> path
    packages: dict[str, list[Package]] = field(default_factory=dict)  # manager -> what is locked

    @property
    def has_any(self) -> bool:
        read = self.requirements
        return bool(
            (read and read.valid and (read.names or read.unnamed or read.installs_project))
            or self.has_project or self.has_poetry or self.has_groups or self.pipfile is not None or self.locks
        )  # fmt: skip

    @property
    def uses_requirements(self) -> bool:
        """Whether the requirements file is installed, and not only pyproject.toml."""
        read = self.requirements
        if read is None or not read.valid:
            return False
        if not (read.names or read.unnamed or read.missing or read.installs_project):
            return False
        if read.installs_project:
            # "-e ." alone means pyproject.toml.
            return not (self.has_project or self.has_poetry) or bool(read.names - BROUGHT or read.constraints)
        declared = {requirement.name for requirement in self.pyproject}
        return not (self.has_project and "django" not in read.names and (brings_django(declared) or not self.plain))

    @property
    def of_requirements(self) -> list[Requirement]:
        """What the requirements file installs, including the project's dependencies if it names the project."""
        read = self.requirements
        if read is None:
            return []
        groups = {"", *(f"extra {extra}" for extra in read.project_extras)} if read.installs_project else set[str]()
        own = [item for item in (*self.pyproject, *self.setuptools) if _extra_of(item) in groups]
        return [*read.requirements, *(item._replace(group="", development=False) for item in own)]

    @property
    def plain(self) -> bool:
        return self.requirements is not None and self.requirements.path.endswith("requirements.txt")

    @property
    def declares_django(self) -> bool:
        names = {requirement.name for requirement in (*self.of_requirements, *self.pyproject, *(self.pipfile or []))}
        for packages in self.packages.values():
            names |= {package.name for package in packages}
        return brings_django(names)


def _extra_of(item: Requirement) -> str:
    kind, _, name = item.group.partition(" ")
    return f"extra {canonical(name)}" if kind == "extra" else item.group


def brings_django(names: set[str]) -> bool:
    """Whether one of these packages is Django or requires it."""
    return any(
        name in DJANGO_BASED or name.startswith(_NAMED_FOR_DJANGO) for name in names if name not in NOT_DJANGO_BASED
    )


def commands(project: Project) -> list[Command]:
    """The install commands in the deployment files, nearest to production first."""
    found: list[Command] = []
    for file in deploy_files(project):
        if file.kind in ("env", "compose", "server") or "/.github/" in f"/{file.path}":
            continue
        for number, line in file.expanded:
            place = Evidence(file.path, number, line.strip()[:120])
            for manager, pattern in _COMMANDS:
                if pattern.search(line):
                    found.append(Command(manager, "", place, file.rank))
            for part in re.split(r"&&|;|\|\|", line):
                match = _PIP.search(part)
                if match is None:
                    continue
                arguments = separate_options(match["arguments"])
                synced = "sync" in (match["verb"], match["tool"])
                for target in (_SYNCED if synced else _FILE).findall(arguments):
                    found.append(Command("pip", target, place, file.rank))
                if re.search(r"\s[\"']?\.(\[[\w,-]+\])?[\"']?(\s|$|[\"'],?)", arguments):
                    found.append(Command("pip", ".", place, file.rank))
    return found


def copied_requirements(project: Project) -> Iterator[tuple[str, Evidence]]:
    """The requirements files that Dockerfiles install, each where the repository has it, and the line that copies it."""
    installed = {
        (command.evidence.path, posixpath.basename(command.target))
        for command in commands(project)
        if command.manager == "pip" and command.target.endswith(".txt")
    }
    for file in deploy_files(project):
        for match, place in file.matches(_COPIED) if file.kind == "docker" else ():
            source = join(match["source"])
            name = match["target"] if match["target"].endswith(".txt") else source
            if (file.path, posixpath.basename(name)) in installed and project.repository.is_file(source):
                yield source, place


def separate_options(arguments: str) -> str:
    """pip's arguments without flags that are written together with an option that takes a value: `-r`, not `-Ur`."""
    return _TOGETHER.sub(r"-\1", arguments)


def concerns(project: Project, path: str, folder: str) -> bool:
    """Whether a deployment file can be about this folder: another service of the repository has its own manifest.

    A folder with nothing to install, such as docker/, is about the whole repository.
    """
    where = parent(path)
    while where not in (".", folder) and not folder.startswith(f"{where}/"):
        other = read_folder(project, where).has_any or "package.json" in project.repository.listing(where).files
        if other and where != project.root:
            return False
        where = parent(where)
    return True


def is_about(project: Project, file: DeployFile, folder: str) -> bool:
    """Whether what a deployment file installs can be meant for this folder."""
    return concerns(project, file.path, folder) and not file.is_of_another_service


def read_folder(project: Project, path: str) -> Folder:
    """Read the manifests of a folder."""
    result: Folder = project.once(("manifests", path), lambda: _read_folder(project, path))
    return result


def _read_folder(project: Project, path: str) -> Folder:
    repository = project.repository
    folder = Folder(path)
    pyproject = join(path, "pyproject.toml")
    data = read_toml(repository, pyproject) or {}
    project_table = table(data, "project")
    dynamic = project_table.get("dynamic")
    folder.dynamic = isinstance(dynamic, list) and "dependencies" in dynamic
    folder.has_project = "dependencies" in project_table or folder.dynamic
    poetry = table(data, "tool", "poetry")
    folder.has_poetry = bool(table(poetry, "dependencies"))
    folder.has_groups = bool(table(data, "dependency-groups"))
    folder.pyproject = pyproject_requirements(data, pyproject, repository.text(pyproject) or "")
    if not project_table:
        folder.setuptools = _setuptools(repository, path)
    pipfile = join(path, "Pipfile")
    if repository.is_file(pipfile):
        content = read_toml(repository, pipfile) or {}
        folder.pipfile = pipfile_requirements(content, pipfile, repository.text(pipfile) or "")
    for name, manager in LOCKS.items():
        lock = join(path, name)
        if repository.is_file(lock):
            from ...base.lock_files import locked_packages

            folder.locks[manager] = lock
            folder.packages[manager] = locked_packages(name, repository.text(lock) or "")
    folder.requirements, folder.others = _requirements(project, path)
    if folder.requirements is not None:
        folder.beside = _installed_beside(project, folder.requirements, folder.others)
    return folder


def _setuptools(repository: Repository, path: str) -> list[Requirement]:
    """The requirements in setup.cfg and setup.py."""
    cfg, script = (join(path, name) for name in ("setup.cfg", "setup.py"))
    if not repository.is_file(cfg) and not repository.is_file(script):
        return []
    from ...base.setuptools_requirements import setup_cfg_requirements, setup_py_requirements

    found = setup_cfg_requirements(repository.text(cfg) or "", cfg)
    return [*found, *setup_py_requirements(repository.text(script) or "", script)]


def requirement_candidates(repository: Repository, path: str) -> list[str]:
    """The requirements files of a folder, likeliest for production first."""
    ranked: list[tuple[int, str]] = []
    for inner in (".", *INNER_FOLDERS):
        folder = join(path, inner)
        if inner != "." and not repository.is_folder(folder):
            continue
        for name in repository.listing(folder).files:
            stem = name[:-4].lower()
            if not name.lower().endswith((".txt", ".pip")):
                continue
            words = set(re.split(r"[^a-z]+", stem))
            if inner == "." and not words & {"requirements", "requirement", "reqs"}:
                continue
            if words & NOT_PRODUCTION:
                continue
            ranks = [position for position, word in enumerate(PRODUCTION_FILES) if word in words]
            if ranks:
                rank = 10 + ranks[0]
            elif stem in ("requirements", "requirement"):
                rank = 0 if inner == "." else 30
            else:
                rank = 40 + next((position for position, word in enumerate(GENERAL_FILES) if word == stem), 20)
            ranked.append((rank, join(folder, name)))
    return [path for _, path in sorted(ranked)]


def _requirements(project: Project, path: str) -> tuple[RequirementsFile | None, list[str]]:
    repository = project.repository
    found = requirement_candidates(repository, path)
    for command in commands(project):
        if command.manager != "pip" or command.target in ("", "."):
            continue
        named = _match(command, found)
        if named is not None:
            found = [named, *(other for other in found if other != named)]
            read = read_requirements(repository, named)
            if read is not None and (read.names or read.missing):
                return read, found
            break
    read_files = [read for read in (read_requirements(repository, name) for name in found) if read is not None]
    usable = [read for read in read_files if brings_django(read.names)]
    plain = next((read for read in usable if read.path.endswith("requirements.txt")), None)
    production = next((read for read in usable if _named_for_production(read.path)), None)
    if plain is not None and production is not None and production.path not in plain.files:
        # requirements.txt is for production, unless the other one has it all and what it lacks.
        more = plain.path in production.files or bool(production.names - plain.names - BROUGHT)
        chosen = production if "requirements/" in production.path or more else plain
        return chosen, found
    plain_names = ("requirements.txt", "base.txt", "production.txt", "prod.txt")
    fallback = [read for read in read_files if read.path.rpartition("/")[2] in plain_names]
    return next(iter([*usable, *fallback]), None), found


def _installed_beside(project: Project, first: RequirementsFile, found: list[str]) -> list[Evidence]:
    """Files that are installed together with the first one by a deployment file.

    If no deployment file installs any, those that are named for production.
    """
    installing = [
        (named, command)
        for command in commands(project)
        if command.manager == "pip" and command.target not in ("", ".")
        for named in [_match(command, found)]
        if named is not None
    ]
    where = next((command.evidence.path for named, command in installing if named == first.path), None)
    beside: dict[str, Evidence] = {}
    for named in found if not installing else ():
        if _named_for_production(named) and named not in first.files:
            read = read_requirements(project.repository, named)
            if read is not None and first.path not in read.files and read.names - first.names - BROUGHT:
                beside[named] = Evidence(named, None, "")
    for named, command in installing:
        read = read_requirements(project.repository, named) if command.evidence.path == where else None
        if read is not None and read.names - first.names - BROUGHT:
            place = command.evidence
            beside.setdefault(named, Evidence(named, None, f"{place.path}:{place.line} installs from it too"))
    return list(beside.values())


def _named_for_production(path: str) -> bool:
    words = set(re.split(r"[^a-z]+", path.rpartition("/")[2].lower()))
    return bool(words & set(PRODUCTION_FILES))


def _match(command: Command, found: list[str]) -> str | None:
    """The file of a path in an install command. Paths in an image differ only in their beginning."""
    target = re.sub(r"\$\{?\w+\}?/?", "", command.target).removeprefix("./").lstrip("/")
    parts = target.split("/")
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        beside = join(parent(command.evidence.path), tail)
        if beside in found:
            return beside
        matching = [path for path in found if path == tail or path.endswith("/" + tail)]
        if matching:
            return matching[0]
    return None
