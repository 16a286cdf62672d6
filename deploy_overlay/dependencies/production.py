"""How production installs a project, by the answers alone: the same for the image, for build hooks and for the rehearsal.

Only what the lock or the requirements say, production's groups and the chosen extras; never the project itself.
https://docs.astral.sh/uv/concepts/projects/sync/, https://python-poetry.org/docs/cli/#install,
https://pdm-project.org/latest/usage/dependency/#select-a-subset-of-dependency-groups-to-install,
https://pipenv.pypa.io/en/latest/pipfile.html#custom-package-categories
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..base.answers import text, texts
from .pinned import Pinned, pinned_manager

# Beside what names the environment to install into, which every platform says in its own way. uv takes the Python that
# production has, also where the project prefers those that uv fetches:
# https://docs.astral.sh/uv/concepts/python-versions/#requiring-or-disabling-managed-python-versions
_ENVIRONMENT: dict[str, dict[str, str]] = {
    "uv": {"UV_COMPILE_BYTECODE": "1", "UV_LINK_MODE": "copy", "UV_PYTHON_PREFERENCE": "only-system"},
    "poetry": {"POETRY_NO_INTERACTION": "1"},
    "pipenv": {"PIPENV_VERBOSITY": "-1"},
    "pdm": {"PDM_CHECK_UPDATE": "0"},
}
_LOCKS = {"uv": "uv.lock", "poetry": "poetry.lock", "pipenv": "Pipfile.lock", "pdm": "pdm.lock"}
PRINTED = "/tmp/requirements.txt"  # where the requirements of a pyproject.toml are written in a build


@dataclass(frozen=True)
class Installation:
    """What an installation is told. Paths are POSIX, from the git root, "." for the root itself."""

    manager: str
    pinned: Pinned | None  # what is installed before, None for pip
    folder: str  # where the command runs
    root: str  # the folder of the dependency files
    files: tuple[str, ...]  # of dependencies, the lock among them
    sources: tuple[str, ...]  # what it reads besides: packages of the repository; "." for all of it
    environ: Mapping[str, str]
    groups: tuple[str, ...]
    extras: tuple[str, ...]
    secrets: tuple[str, ...]  # variables that it reads

    @property
    def own_build(self) -> bool:
        """Whether pip installs the project itself, because only its build knows what it needs."""
        return self._by_pip and self.files[0].endswith("pyproject.toml") and self.root in self.sources

    @property
    def reads_pyproject(self) -> bool:
        """Whether the requirements have to be printed before, by `printing`."""
        return self._by_pip and self.files[0].endswith("pyproject.toml") and not self.own_build

    @property
    def _by_pip(self) -> bool:
        return self.manager in ("pip", "pip-tools")

    @property
    def printing(self) -> str:
        """Python code, on one line and without double quotes, that prints what `[project]` in pyproject.toml asks for."""
        chosen = "".join(f", *project['optional-dependencies']['{name}']" for name in self.extras)
        return (
            "import tomllib; project = tomllib.load(open('pyproject.toml', 'rb'))['project']; "
            rf"print(*project.get('dependencies', []){chosen}, sep='\n')"
        )

    def command(self, *, hook: bool = False, root: str = "", printed: str = PRINTED) -> tuple[str, ...]:
        """The arguments to run in `folder`, the program first.

        With `hook` the environment is one that a build hook activated. pip's file is named from `root`, the git root as
        an absolute path, or without one from `folder`.
        """
        if self.manager == "uv":
            active = ("--active",) if hook else ()
            return ("uv", "sync", *active, "--locked", "--no-default-groups", "--no-install-project", *self._options)
        if self.manager == "poetry":
            only = ",".join(("main", *self.groups))
            compiled = ("--no-interaction", "--compile") if hook else ()
            return ("poetry", "install", "--only", only, "--no-root", *compiled, *self._options)
        if self.manager == "pipenv":
            return ("pipenv", "install", "--deploy", *self._options)
        if self.manager == "pdm":
            return ("pdm", "install", "--prod", "--frozen-lockfile", "--no-self", *self._options)
        if self.own_build:
            return ("pip", "install", f".[{','.join(self.extras)}]" if self.extras else ".")
        if self.reads_pyproject:
            return ("pip", "install", "-r", printed)
        file = f"{root}/{self.files[0]}" if root else posixpath.relpath(self.files[0], self.folder)
        return ("pip", "install", "-r", file)

    def line(self, *, hook: bool = False, root: str = "") -> str:
        """The command as a line of a POSIX shell."""
        return shlex.join(self.command(hook=hook, root=root))

    @property
    def _options(self) -> tuple[str, ...]:
        """Groups and extras beside what production always has."""
        if self.manager == "uv":
            return (*_each("--group", self.groups), *_each("--extra", self.extras))
        if self.manager == "poetry":
            return _each("--extras", self.extras)
        if self.manager == "pdm":
            return _each("--group", (*self.groups, *self.extras))
        return ("--categories", " ".join(("packages", *self.groups))) if self.groups else ()


def _each(option: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for name in names for word in (option, name))


def installation(answers: Mapping[str, Any]) -> Installation:
    """Pure: the same answers give the same installation, in an empty folder too."""
    manager = text(answers, "django_dependency_manager", "pip")
    root = text(answers, "django_dependency_root", ".")
    files = texts(answers, "django_dependency_files")
    lock = _LOCKS.get(manager, "")
    if lock and not any(posixpath.basename(path) == lock for path in files):
        # It was not there yet when the files were detected: it was made when the dependencies were added.
        files.append(lock if root == "." else f"{root}/{lock}")
    return Installation(
        manager=manager,
        pinned=pinned_manager(manager, text(answers, "django_manager_required")),
        folder=text(answers, "django_install_folder") or root,
        root=root,
        files=tuple(files),
        sources=tuple(texts(answers, "django_install_files")),
        environ=_ENVIRONMENT.get(manager, {}),
        groups=tuple(texts(answers, "django_dependency_groups")),
        extras=tuple(texts(answers, "django_dependency_extras")),
        secrets=tuple(texts(answers, "django_build_secrets")),
    )
