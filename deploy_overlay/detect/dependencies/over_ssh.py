"""Requirements that are cloned over SSH, for which a platform's build has no key.

pip: https://pip.pypa.io/en/stable/topics/vcs-support/
npm: https://docs.npmjs.com/cli/configuring-npm/package-json#git-urls-as-dependencies
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from ...base.files import join, parent
from ...base.requirement_tables import table
from ..project import Project
from .dependency_files import packages_of
from .manifests import read_folder
from .production_packages import locked_versions, requirements
from .requirements_files import line_of

# `git+ssh://git@host:22/path`, or git's short form `git@host:path`
_SSH = re.compile(
    r"(?:(?:git|hg|svn|bzr)\+)*(?:ssh://(?:[^@/]*@)?(?P<host>[^/:]+)(?::\d+)?/|[\w.-]+@(?P<short>[\w.-]+):(?!//))(?P<path>.*)"
)
# Managers that expand variables in the address of a repository.
_EXPANDING = ("pip", "pip-tools", "pipenv", "pdm")


class Cloned(NamedTuple):
    """A requirement that is cloned over SSH."""

    name: str
    place: str  # path, or path:line
    instead: str  # what to write instead; "" if the project does not require it directly
    private: str  # what to do if the repository is private, as an imperative


def cloned_over_ssh(project: Project) -> list[Cloned]:
    """Python and npm packages that production clones over SSH."""
    return [*_of_python(project), *_of_front_end(project)]


def _of_python(project: Project) -> Iterator[Cloned]:
    manager = str(project.fact("django_dependency_manager").value)
    groups = {"", *(f"group {name}" for name in project.fact("django_dependency_groups").value)}
    groups |= {f"extra {name}" for name in project.fact("django_dependency_extras").value}
    names_found: set[str] = set()
    for item in requirements(project):
        if item.group in groups and _SSH.match(item.reference) and item.name not in names_found:
            names_found.add(item.name)
            # In a table, the value is the address alone.
            written = item.reference if item.reference in item.written else item.reference.removeprefix("git+")
            place = _place(project, item.place.path, re.escape(written))
            yield Cloned(item.name, place, _by_https(written), _private(manager, written))
    folder = read_folder(project, str(project.fact("django_dependency_root").value))
    lock = folder.locks.get(manager, "the lock")
    names = locked_versions(project)
    for package in packages_of(project, folder, manager):
        if package.name in names and package.name not in names_found and _SSH.match(package.repository):
            names_found.add(package.name)
            yield Cloned(package.name, lock, "", _private(manager, ""))


def _of_front_end(project: Project) -> Iterator[Cloned]:
    front = project.fact("django_frontend").value
    if not isinstance(front, dict) or not front:
        return
    folders = dict.fromkeys([str(front["root"]), *(parent(str(file)) for file in front.get("files") or ())])
    for path in (join(folder, "package.json") for folder in folders):
        try:
            content = json.loads(project.repository.text(path) or "")
        except (ValueError, RecursionError):
            continue
        for kind in ("dependencies", "devDependencies", "optionalDependencies"):
            for name, written in table(content, kind).items():
                if isinstance(written, str) and _SSH.match(written):
                    place = _place(project, path, rf'"{re.escape(name)}"\s*:')
                    yield Cloned(name, place, _by_https(written, "git+"), _private("npm", written))


def _place(project: Project, path: str, pattern: str) -> str:
    line = line_of(project.repository, path, pattern)
    return f"{path}:{line}" if line else path


def _by_https(written: str, prefix: str = "", login: str = "") -> str:
    """The same repository over HTTPS, with its revision and name."""
    found = _SSH.match(written)
    if not found:
        return ""
    prefix = prefix or re.match(r"(?:hg\+|svn\+|bzr\+|git\+)?", written)[0]  # type: ignore[index]
    return f"{prefix}https://{login}{found['host'] or found['short']}/{found['path'].lstrip('/')}"


def _private(manager: str, written: str) -> str:
    if manager in _EXPANDING and written:
        return (
            f"write `{_by_https(written, login='${GIT_TOKEN}@')}`, whose token you give to the build as a secret named "
            "GIT_TOKEN"
        )
    return "publish it to an index that takes a login, or copy it into this repository"
