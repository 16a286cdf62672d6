"""Files of the repository that a dependency manager reads during installation, besides manifest and lock.

pip: https://pip.pypa.io/en/stable/reference/requirements-file-format/
uv: https://docs.astral.sh/uv/concepts/projects/dependencies/#path, https://docs.astral.sh/uv/concepts/projects/workspaces/
Poetry: https://python-poetry.org/docs/dependency-specification/#path-dependencies
PDM: https://pdm-project.org/latest/usage/dependency/#local-dependencies
Pipenv: https://pipenv.pypa.io/en/latest/specifiers.html
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from packaging.markers import InvalidMarker, Marker

from ...base.evidence import Evidence, Fact
from ...base.files import join, parent
from ...base.message import Failure
from ...base.requirement_tables import table_requirements
from ...base.requirements import canonical
from ...base.versions import PYTHONS
from ..project import Project
from ..repository import tracked
from .dependency_files import packages_of, workspace_lock
from .manifests import Folder, read_folder
from .requirements_files import line_of, read_toml, table

# Options that name files which the build backend of a local package reads outside its folder.
_BUILD_FILES = ("pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in")
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar\.(?:gz|bz2|xz)|tgz)$")
# Folders with packages: https://pip.pypa.io/en/stable/cli/pip_install/#cmdoption-0
_LINKS = re.compile(r"(?:-f|--find-links|-i|--index-url|--extra-index-url)(?:\s*=\s*|\s+|(?<=-[fi]))(\S.*)$")
_OPTION = re.compile(r"(?:^|\s)--?[a-zA-Z].*$")
_ELSEWHERE = re.compile(
    r"^(?:[a-z]+\+)?(?:https?|ssh|git|ftp|svn|hg|bzr|s3|gs)(?:\+[a-z]+)?:|^[\w.-]+@[\w.-]+:", re.IGNORECASE
)
_ROOT = re.compile(r"(?:\$\{PROJECT_ROOT\}|\$\{PWD\}|\{root:uri\}|\{root\})/*")
# Tables without packages by name. Others in a Pipfile are categories.
_NO_CATEGORIES = frozenset(
    {"packages", "dev-packages", "source", "requires", "scripts", "pipenv", "pipfile", "project", "tool", "build-system",
     "dependency-groups"}
)  # fmt: skip
# Configuration files of managers that affect what is installed.
_SETTINGS = {"uv": ("uv.toml",), "pdm": ("pdm.toml",), "poetry": ("poetry.toml",)}


class Sources:
    """Paths from the git root, with the place that names each, and the local packages among them."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.found: dict[str, Evidence] = {}
        self.packages: dict[str, Evidence] = {}
        # Folders in which all relative paths of pip's files exist, if there are such paths.
        self.pip_folders: list[str] | None = None

    def add(self, path: str, place: Evidence, written: str, *, needed: bool = True) -> None:
        """Add a file or folder. Raises Failure if production needs it and a clone of the repository does not have it."""
        repository = self.project.repository
        there = repository.is_folder(path) or repository.is_file(path)
        if not there or not repository.inside(path):
            if needed:
                raise _missing(place, written, path)
            return
        if path != "." and not tracked(self.project, [path]):
            if needed:
                raise _not_committed(place, written, path)
            return
        self.found.setdefault(path, place)
        if repository.is_folder(path) and path not in self.packages:
            self.packages[path] = place
            self._follow(path)

    def _follow(self, folder: str) -> None:
        """What a local package needs from outside its folder: other packages, a readme or a version file."""
        repository = self.project.repository
        for name in _BUILD_FILES:
            text = repository.text(join(folder, name)) if repository.is_file(join(folder, name)) else None
            if not text:
                continue
            place = Evidence(join(folder, name), None, "read while the package is built")
            for reference in re.findall(r"""["']((?:\.\./)+[^"'\n]*)["']""", text):
                path = join(folder, reference)
                if not path.startswith("..") and (repository.is_file(path) or repository.is_folder(path)):
                    self.add(path, place, reference, needed=False)
            if name == "setup.py" and re.search(r"""["']\.\.["']|\.parent\.parent|\.parents\[""", text):
                self.found.setdefault(".", place)
        data = read_toml(repository, join(folder, "pyproject.toml")) or {}
        _read_manifest(self, data, join(folder, "pyproject.toml"), needed=False)


def local_sources(project: Project) -> Sources:
    """What the chosen manager reads, computed once."""
    found: Sources = project.once("local sources", lambda: _collect(project))
    return found


def django_install_files(project: Project) -> Fact:
    """Files and folders, from the git root, without those of `django_dependency_files`; ["."] for the whole repository."""
    sources = local_sources(project)
    known = [str(path) for path in project.fact("django_dependency_files").value]
    paths = sorted({path for path in sources.found if path not in known}, key=lambda path: (path.count("/"), path))
    kept: list[str] = []
    for path in paths:
        if not any(outer == "." or path.startswith(f"{outer}/") for outer in kept):
            kept.append(path)
    kept = ["."] if "." in kept else kept
    return Fact(kept, tuple(sources.found[path] for path in kept))


def django_install_folder(project: Project) -> Fact:
    """The folder to which relative paths in pip's files refer; "" if there are none."""
    folders = local_sources(project).pip_folders
    return Fact(folders[0] if folders else "")


def _missing(place: Evidence, written: str, path: str) -> Failure:
    outside = path.startswith(("..", "/"))
    where = "is outside this repository" if outside else "is not in this repository"
    return Failure(
        f"{_told(place)} installs from {written}, which {where}, so no platform can install it. Move it into the "
        "repository, or install it from an index or a git URL, commit, and run this again.",
        anchor="local-package-missing",
    )


def _not_committed(place: Evidence, written: str, path: str) -> Failure:
    return Failure(
        f"{_told(place)} installs from {written}, which is not in git, so a platform would not get it. Commit it: "
        f"`git add --force {path}`",
        anchor="local-package-missing",
    )


def _told(place: Evidence) -> str:
    return f"{place.path}:{place.line}" if place.line else place.path


def _collect(project: Project) -> Sources:
    sources = Sources(project)
    manager = str(project.fact("django_dependency_manager").value)
    root = str(project.fact("django_dependency_root").value)
    files = [str(path) for path in project.fact("django_dependency_files").value]
    folder = read_folder(project, root)
    repository = project.repository
    manifest = join(root, "Pipfile" if manager == "pipenv" else "pyproject.toml")
    if manager in ("pip", "pip-tools") and files and not files[0].endswith("pyproject.toml"):
        _PipFiles(sources, root).read(files[0])
        return sources
    data = read_toml(repository, manifest) or {}
    _read_manifest(sources, data, manifest, needed=True)
    if folder.dynamic and manager in ("uv", "pdm", "pip"):
        place = Evidence(manifest, line_of(repository, manifest, r"^dynamic"), "its build computes its dependencies")
        sources.add(root, place, ".")
    for name in _SETTINGS.get(manager, ()):
        if repository.is_file(join(root, name)):
            _add_settings(sources, join(root, name), manager)
    if manager == "uv":
        _add_workspace(sources, root)
    _add_locked(sources, folder, manager)
    return sources


def _add_settings(sources: Sources, path: str, manager: str) -> None:
    """A configuration file of the manager, and the folders of packages that uv's names."""
    place = Evidence(path, None, f"settings of {manager}")
    sources.add(path, place, path, needed=False)
    data = read_toml(sources.project.repository, path) or {}
    for written in _indexes_of_uv(data) if manager == "uv" else ():
        sources.add(join(parent(path), written), place, written)


def _add_locked(sources: Sources, folder: Folder, manager: str) -> None:
    """Packages that the lock takes from the repository, whatever made it do so: an override, another package."""
    lock = folder.locks.get(manager) or (workspace_lock(sources.project, folder.path) if manager == "uv" else None)
    if not lock:
        return
    for package in packages_of(sources.project, folder, manager):
        path = join(parent(lock), package.path) if package.path else "."
        # Of a member of a workspace that is not installed, its manifest is enough.
        if path not in (".", folder.path) and join(path, "pyproject.toml") not in sources.found:
            sources.add(path, Evidence(lock, None, f"{package.name} from {path}"), package.path, needed=False)


class _PipFiles:
    """Requirements files, their includes and constraints, and what they install from the repository."""

    def __init__(self, sources: Sources, folder: str) -> None:
        self.sources = sources
        self.folder = folder
        self.seen: set[str] = set()

    def read(self, path: str) -> None:
        repository = self.sources.project.repository
        if path in self.seen:
            return
        self.seen.add(path)
        for number, line in _logical_lines(repository.text(path) or ""):
            place = Evidence(path, number, line[:100])
            included = re.match(r"(-r|--requirement|-c|--constraint)(?:\s*=\s*|\s+|(?<=-[rc]))(\S.*)$", line)
            links = _LINKS.match(line)
            if included:
                self._include(path, included.group(2).strip("\"' "), place)
            elif links:
                self._add_links(path, links.group(1).strip("\"' "), place)
            else:
                self._install(path, line, place)

    def _include(self, path: str, written: str, place: Evidence) -> None:
        if _ELSEWHERE.match(written) or "$" in written:
            return
        inner = join(parent(path), written.removeprefix("file:"))
        self.sources.add(inner, place, written)
        self.read(inner)

    def _add_links(self, path: str, written: str, place: Evidence) -> None:
        """Links are relative to the file, or else to pip's working directory."""
        if _ELSEWHERE.match(written) or "$" in written:
            return
        written = _local(written)
        repository = self.sources.project.repository
        beside = join(parent(path), written)
        if repository.is_folder(beside) or repository.is_file(beside):
            self.sources.add(beside, place, written)
        else:
            self._add_relative(path, written, place)

    def _install(self, path: str, line: str, place: Evidence) -> None:
        editable = re.match(r"(?:-e|--editable)(?:\s*=\s*|\s+)(\S.*)$", line)
        if line.startswith("-") and not editable:
            return
        text = editable.group(1) if editable else line
        requirement, marker = [*re.split(r"\s;|;\s", _OPTION.sub("", text), maxsplit=1), ""][:2]
        target = _target(requirement.strip().strip("\"'"))
        if target and _on_linux(marker):
            self._add_relative(path, target, place)

    def _add_relative(self, path: str, written: str, place: Evidence) -> None:
        """pip's relative paths depend on its working directory, so use the one in which the path exists."""
        repository = self.sources.project.repository
        if written.startswith("/"):
            raise _missing(place, written, written)
        bases = dict.fromkeys((self.folder, parent(path), "."))
        there = [base for base in bases if _exists(repository, join(base, written))]
        if not there and not written.startswith(".") and "/" not in written:
            return  # the name of a package that looks like a file
        if not there:
            raise _missing(place, written, join(self.folder, written))
        known = self.sources.pip_folders
        both = there if known is None else [base for base in known if base in there]
        self.sources.pip_folders = both or known
        if not both:
            raise Failure(
                f"{_told(place)} installs from {written}, relative to {there[0]}/, and another line has a path relative "
                f"to {(known or ['.'])[0]}/. pip runs in one folder: make both relative to the same one, commit, and run "
                "this again.",
                anchor="local-package-missing",
            )
        self.sources.add(join(both[0], written), place, written)


def _exists(repository: Any, path: str) -> bool:
    return not path.startswith("..") and (repository.is_folder(path) or repository.is_file(path))


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, joined at backslashes, with the number of the first."""
    joined, begun = "", 0
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"\s*#", line) and not joined:
            continue
        begun = begun or number
        joined += line.removesuffix("\\")
        if line.endswith("\\"):
            continue
        bare = re.sub(r"(^|\s)#.*$", "", joined).strip()
        if bare:
            yield begun, bare
        joined, begun = "", 0


def _target(requirement: str) -> str:
    """The path of a requirement; "" if it comes from an index or elsewhere."""
    named = re.match(r"[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*@\s*(\S+)", requirement)
    text = named.group(1) if named else requirement
    if _ELSEWHERE.match(text):
        return ""
    if text.startswith("file:") or _ROOT.match(text):
        return _local(text)
    if named or not (text.startswith(".") or "/" in text or _ARCHIVE.search(text)):
        return ""
    return _local(text)


def _local(text: str) -> str:
    """A path or file: URL as a path, without extras and fragment; absolute paths begin with a slash."""
    text = re.sub(r"\[[^\]]*\]$", "", text.partition("#")[0].strip())
    if text.startswith("file:"):
        text = unquote(text.removeprefix("file:"))
        if text.startswith("//"):
            text = re.sub(r"^//(?:localhost)?", "", text)
            text = text.removeprefix("/") if _ROOT.match(text.removeprefix("/")) else text
    return _ROOT.sub("", text, count=1).rstrip("/") or "."


def _on_linux(marker: str) -> bool:
    """Whether a marker can be true in production."""
    if not marker.strip():
        return True
    try:
        return Marker(marker).evaluate({"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"})
    except (InvalidMarker, ValueError):
        return True


def _read_manifest(sources: Sources, data: dict[str, Any], manifest: str, *, needed: bool) -> None:
    """The local paths of a pyproject.toml or a Pipfile, of every manager's tables."""
    repository = sources.project.repository
    for written, group in _paths_in(data):
        path = join(parent(manifest), written) if not written.startswith("/") else written
        place = Evidence(manifest, line_of(repository, manifest, re.escape(written)), written)
        sources.add(path, place, written, needed=needed and not group)


def _paths_in(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each path as written, with its group or extra; "" for production."""
    project, tool = table(data, "project"), table(data, "tool")
    yield from ((path, "") for path in _references(project.get("dependencies")))
    for name, texts in (*table(project, "optional-dependencies").items(), *table(data, "dependency-groups").items()):
        yield from ((path, name) for path in _references(texts))
    for name, texts in table(tool, "pdm", "dev-dependencies").items():
        yield from ((path, name) for path in _references(texts))
    poetry = table(tool, "poetry")
    groups = {"": table(poetry, "dependencies"), "dev": table(poetry, "dev-dependencies")}
    groups |= {name: table(group, "dependencies") for name, group in table(poetry, "group").items()}
    groups |= {"": groups[""] | table(data, "packages"), "develop": table(data, "dev-packages")}
    groups |= {name: value for name, value in data.items() if isinstance(value, dict) and name not in _NO_CATEGORIES}
    for group, dependencies in groups.items():
        yield from ((path, group) for path in _paths_of(dependencies))
    # uv checks the lock against all of them, in any group.
    yield from ((path, "") for path in _paths_of(table(tool, "uv", "sources")))
    yield from ((path, "") for path in _indexes_of_uv(table(tool, "uv")))
    yield from ((path, "") for path in _local_urls(_urls(table(tool, "pdm").get("source"))))


def _indexes_of_uv(settings: dict[str, Any]) -> Iterator[str]:
    links = settings.get("find-links")
    return _local_urls([*(links if isinstance(links, list) else []), *_urls(settings.get("index"))])


def _local_urls(urls: list[Any]) -> Iterator[str]:
    for url in urls:
        if isinstance(url, str) and not _ELSEWHERE.match(url) and ("$" not in url or "PROJECT_ROOT" in url):
            yield _local(url)


def _urls(value: Any) -> list[Any]:
    return [entry.get("url") for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _references(texts: Any) -> Iterator[str]:
    for text in texts if isinstance(texts, list) else []:
        if isinstance(text, str):
            bare = re.sub(r"^(?:-e|--editable)\s+", "", text.strip())
            requirement, marker = [*re.split(r"\s;|;\s", bare, maxsplit=1), ""][:2]
            path = _target(requirement) if "file:" in bare or _ROOT.search(bare) else ""
            if path and _on_linux(marker):
                yield path


def _paths_of(dependencies: dict[str, Any]) -> Iterator[str]:
    """`{path = "..."}` of uv, Poetry and Pipenv, `{file = "..."}` of Pipenv, also in lists of alternatives."""
    for name, wanted in dependencies.items():
        for entry in wanted if isinstance(wanted, list) else [wanted]:
            if not isinstance(entry, dict) or not _on_linux(str(entry.get("marker") or "")):
                continue
            for requirement in table_requirements({name: entry}):
                kind, _, written = requirement.reference.partition("+")
                here = kind in ("path", "file") and written and not _ELSEWHERE.match(written)
                if here and any(requirement.holds(python) for python in PYTHONS):
                    yield _local(written)


def _add_workspace(sources: Sources, root: str) -> None:
    """Members of uv's workspace: all manifests, because uv checks the lock against them, and the installed packages."""
    project = sources.project
    repository = project.repository
    lock = read_folder(project, root).locks.get("uv") or workspace_lock(project, root)
    top = parent(lock) if lock else root
    manifest = join(top, "pyproject.toml")
    data = read_toml(repository, manifest) or {}
    workspace = table(data, "tool", "uv", "workspace")
    if top != root:
        sources.add(manifest, Evidence(manifest, None, "the root of the workspace"), "pyproject.toml")
        _read_manifest(sources, data, manifest, needed=True)
        if repository.is_file(join(top, "uv.toml")):
            _add_settings(sources, join(top, "uv.toml"), "uv")
    if not workspace:
        return
    place = Evidence(manifest, line_of(repository, manifest, r"^\[tool\.uv\.workspace\]"), "a member of the workspace")
    members = {folder: read_toml(repository, join(folder, "pyproject.toml")) or {}
               for folder in _member_folders(project, top, workspace)}  # fmt: skip
    by_name = {
        canonical(str(table(manifest_data, "project").get("name", ""))): folder
        for folder, manifest_data in members.items()
    }
    queue, needed = [root], set[str]()
    while queue:
        manifest_data = read_toml(repository, join(queue.pop(), "pyproject.toml")) or {}
        for name in _names(manifest_data):
            folder = by_name.get(name)
            if folder and folder not in needed and folder != root:
                needed.add(folder)
                queue.append(folder)
    for folder, manifest_data in members.items():
        dynamic = table(manifest_data, "project").get("dynamic")
        if folder in needed or (folder != root and isinstance(dynamic, list) and "dependencies" in dynamic):
            sources.add(folder, place, folder)
        else:
            sources.add(join(folder, "pyproject.toml"), place, folder)
            _read_manifest(sources, manifest_data, join(folder, "pyproject.toml"), needed=False)


def _member_folders(project: Project, top: str, workspace: dict[str, Any]) -> list[str]:
    repository = project.repository
    members = [text for text in workspace.get("members", []) if isinstance(text, str)]
    excluded = [text for text in workspace.get("exclude", []) if isinstance(text, str)]
    found = {join(top, text) for text in members if not re.search(r"[*?\[]", text)}
    for folder in repository.folders():
        inside = posixpath.relpath(folder, top)
        if not inside.startswith("..") and any(_matches(inside, text) for text in members):
            found.add(folder)
    return sorted(
        folder
        for folder in found
        if repository.is_file(join(folder, "pyproject.toml"))
        and not any(_matches(posixpath.relpath(folder, top), text) for text in excluded)
    )


def _matches(folder: str, pattern: str) -> bool:
    parts, wanted = folder.split("/"), posixpath.normpath(pattern).split("/")
    if "**" in wanted:
        return fnmatchcase(folder, "/".join(wanted).replace("**", "*"))
    return len(parts) == len(wanted) and all(fnmatchcase(*pair) for pair in zip(parts, wanted, strict=True))


def _names(data: dict[str, Any]) -> Iterator[str]:
    """Names of all packages that a pyproject.toml requires, in any group."""
    project = table(data, "project")
    lists = [project.get("dependencies"), *table(project, "optional-dependencies").values()]
    lists += [*table(data, "dependency-groups").values(), table(data, "tool", "uv").get("dev-dependencies")]
    for texts in lists:
        for text in texts if isinstance(texts, list) else []:
            name = re.match(r"[A-Za-z0-9][\w.-]*", text) if isinstance(text, str) else None
            if name:
                yield canonical(name.group())
