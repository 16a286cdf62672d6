"""Projects that are installed as a package, which another folder can break."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...base.files import Repository
from ...base.message import Failure
from ...base.requirements import canonical
from .requirements_files import read_toml, table

# Folders that setuptools ignores: https://setuptools.pypa.io/en/latest/userguide/package_discovery.html#flat-layout
NOT_PACKAGES = frozenset(
    {
        "ci", "bin", "debian", "doc", "docs", "documentation", "manpages", "news", "newsfragments", "changelog", "test",
        "tests", "unit_test", "unit_tests", "example", "examples", "scripts", "tools", "util", "utils", "python", "build",
        "benchmark", "benchmarks", "exercise", "exercises", "htmlcov", "tasks", "fabfile", "site_scons",
    }
)  # fmt: skip


def check_discovery(root: Path, answers: Mapping[str, Any]) -> None:
    """Raise Failure if setuptools discovers the only package automatically.

    With the overlay's folder there are two, and `uv sync` or `pip install .`, which worked before, would fail.
    """
    folder, package = str(answers["django_dependency_root"]), str(answers["deploy_package"])
    if folder != answers["django_root"] or answers["django_dependency_manager"] not in ("uv", "pdm", "pip"):
        return
    repository = Repository(root)
    path = "pyproject.toml" if folder == "." else f"{folder}/pyproject.toml"
    data = read_toml(repository, path)
    if not data or not _found_by_setuptools(data, repository, folder, str(answers["django_dependency_manager"])):
        return
    found = [
        name
        for name in repository.listing(folder).folders
        if name.isidentifier() and name not in NOT_PACKAGES and not name.startswith(("_", ".")) and name != package
    ]
    if len(found) == 1:
        raise Failure(
            f"{path} lets setuptools find the package {found[0]}, which fails once there is a second folder, {package}. "
            f'Add [tool.setuptools] with packages = ["{found[0]}"], commit, and run this again.',
            anchor="package-found-by-setuptools",
        )


def _found_by_setuptools(data: Mapping[str, Any], repository: Repository, folder: str, manager: str) -> bool:
    backend = str(table(data, "build-system").get("build-backend", ""))
    files = repository.listing(folder)
    named = {"packages", "py-modules", "package-dir"} & set(table(data, "tool", "setuptools"))
    if named or {"setup.py", "setup.cfg"} & set(files.files) or "src" in files.folders:
        return False
    if manager == "uv" and (not backend or table(data, "tool", "uv").get("package") is False):
        return False
    if manager == "pdm" and (not backend or table(data, "tool", "pdm").get("distribution") is False):
        return False
    return backend.startswith("setuptools") and "project" in data


def lacks_its_package(root: Path) -> str:
    """The name of a Poetry project without a folder of its name, which `poetry install` cannot install; else "".

    https://python-poetry.org/docs/basic-usage/#operating-modes
    """
    repository = Repository(root)
    data = read_toml(repository, "pyproject.toml") or {}
    poetry = table(data, "tool", "poetry")
    if poetry.get("package-mode") is False or "packages" in poetry:
        return ""
    name = str(table(data, "project").get("name") or poetry.get("name") or "")
    module = canonical(name).replace("-", "_")
    places = (module, f"src/{module}")
    there = any(repository.is_folder(place) or repository.is_file(f"{place}.py") for place in places)
    return "" if there or not name else name
