"""Packages that a deployment file installs by name: none of them is left out without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...base.evidence import Evidence
from ...base.files import parent
from ...base.message import Failure
from ...base.requirements import canonical
from ..deployed import deploy_files
from ..project import Project
from .manifests import BROUGHT, Folder, commands
from .selected import split_words

_PIP = re.compile(r"\bpip3?(?:\.\d+)?[\"']?,?\s+install\b([^&;|]*)")
# pip's options that take a value, so that it is not taken for a package.
_WITH_VALUE = frozenset(
    {
        "-r", "--requirement", "-c", "--constraint", "-t", "--target", "-i", "--index-url", "--extra-index-url", "-f",
        "--find-links", "--prefix", "--root", "--timeout", "--retries", "--trusted-host", "--cache-dir", "--python",
        "--progress-bar", "--src", "--platform", "--no-binary", "--only-binary", "--config-settings", "-C", "-e", "--editable",
    }
)  # fmt: skip
# Programs that install, build or check: an image has them by other means, or has no use for them.
_TOOLS = frozenset(
    {
        "pip", "setuptools", "wheel", "uv", "poetry", "poetry-core", "poetry-plugin-export", "pipenv", "pdm", "pip-tools",
        "hatch", "hatchling", "build", "twine", "virtualenv", "pipx", "tox", "nox", "pytest", "coverage", "flake8", "black",
        "isort", "mypy", "ruff", "pre-commit", "awscli", "ansible", "docker-compose", "supervisor", "honcho", "watchdog",
        "debugpy", "pydevd", "pydevd-pycharm", "ptvsd", "ipdb", "ipython", "cython", "crcmod", "conda", "micropipenv", "pur",
        "wait-for-it", "dockerize", "certbot", "sphinx", "mkdocs", "codecov", "safety", "bandit", "invoke", "fabric",
    }
)  # fmt: skip


def refuse_dropped(project: Project, folder: Folder, manager: str, installed_from: str) -> None:
    """Raise Failure where a deployment file installs a package, or the project itself, that would be left out.

    `installed_from` is the file that production installs from. Asked only where the manager is not given as an answer:
    giving it says to leave the package out.
    """
    has = {item.name for item in (*folder.pyproject, *(folder.pipfile or []))}
    has |= folder.requirements.names if folder.requirements else set()
    for packages in folder.packages.values():
        has |= {package.name for package in packages}
    for name, place in _installed_by_name(project):
        if name not in has and name not in BROUGHT and name not in _TOOLS:
            raise Failure(
                f"{place.path}:{place.line} installs {name}, which {installed_from} does not have, and production installs from "
                f"{installed_from} alone. Add {name} there, commit, and run this again; or leave it out with "
                f"-d django_dependency_manager={manager}.",
                anchor="package-installed-by-name",
            )

    read = folder.requirements
    if manager not in ("pip", "pip-tools") or read is None or not folder.uses_requirements or read.installs_project:
        return
    lacking = [item.name for item in folder.pyproject if not item.group and item.name not in read.names]
    itself = next(
        (command for command in commands(project) if command.manager == "pip" and command.target == "."), None
    )
    if lacking and itself and itself.rank <= 1:
        place = itself.evidence
        raise Failure(
            f"{place.path}:{place.line} installs the project itself too, whose pyproject.toml has {lacking[0]} and "
            f"{read.path} does not. Write the line `.` into {read.path}, commit, and run this again; or leave it out "
            f"with -d django_dependency_manager={manager}.",
            anchor="package-installed-by-name",
        )


def _installed_by_name(project: Project) -> Iterator[tuple[str, Evidence]]:
    """Packages that the deployment file nearest to production installs with pip, in the folder of the project."""
    root = str(project.fact("django_dependency_root").value)
    for file in deploy_files(project):
        above = parent(file.path) in (".", root, project.root) or file.rank == 0
        if file.kind not in ("docker", "script", "platform") or not above or "/.github/" in f"/{file.path}":
            continue
        found = [
            (name, Evidence(file.path, number, line.strip()[:100]))
            for number, line in file.lines
            for arguments in _PIP.findall(line)
            for name in _package_names(arguments)
        ]
        yield from found
        if any(_PIP.search(line) for _, line in file.lines):
            return


def _package_names(arguments: str) -> Iterator[str]:
    skip = False
    for word in split_words(re.sub(r"[\[\]]\s*$", "", arguments).replace('", "', " ").replace("', '", " ")):
        text = word.strip("\"',")
        if skip:
            skip = False
        elif text.startswith("-"):
            skip = text in _WITH_VALUE
        else:
            name = re.fullmatch(r"([A-Za-z][\w.-]*[A-Za-z0-9])(?:\[[\w,.-]*\])?(?:[=<>~!].*)?", text)
            if name and not re.search(r"\.(?:whl|txt|zip|gz)$", text):
                yield canonical(name[1])
