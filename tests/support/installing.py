"""Installs a clone into a fresh environment as production does: from the lock file, without development packages."""

import tempfile
from pathlib import Path

from .cache import cached_folder
from .programs import BIN, WINDOWS, environment, run, tool, tools_folder
from .projects import Project


def python_with(base: Path, *packages: str) -> Path:
    """The Python of an environment with these packages, made once for all runs of the tests."""

    def make(folder: Path) -> None:
        uv = tools_folder() / "uv"
        run([uv, "venv", "--quiet", "--allow-existing", "--python", base, folder], folder)
        run([uv, "pip", "install", "--quiet", "--python", folder / BIN / "python", *packages], folder)

    folder = cached_folder("python", [str(base), *packages], make)
    return folder / BIN / ("python.exe" if WINDOWS else "python")


def install(clone: Project, *, folder: Path | None = None) -> Path:
    """The Python of a new environment that holds exactly what the project's lock file (or requirements) says.

    Raises AssertionError with the manager's output when it refuses, as for a lock that does not fit.
    """
    place = folder or Path(tempfile.mkdtemp(prefix="environment-", dir=clone.root.parent))
    uv = tools_folder() / "uv"
    # `--seed` puts pip in: the one that pip's users upgrade to.
    run([uv, "venv", "--quiet", "--allow-existing", "--seed", "--python", clone.python, place], clone.root)
    python = place / BIN / ("python.exe" if WINDOWS else "python")
    active = environment(python, VIRTUAL_ENV=str(place), UV_PROJECT_ENVIRONMENT=str(place))
    for command in _commands(clone.manager, python, clone.requirements):
        run(command, clone.dependency_root, active)
    return python


def _commands(manager: str, python: Path, requirements: str) -> list[list[str | Path]]:
    if manager == "pip":
        return [[python, "-m", "pip", "install", "--quiet", "--no-compile", "-r", requirements]]
    if manager == "pep621":
        return [[python, "-m", "pip", "install", "--quiet", "--no-compile", "."]]
    if manager == "pip-tools":
        tool("pip-tools")
        return [[tools_folder() / "pip-sync", "--quiet", "--python-executable", python, requirements]]
    if manager in ("poetry", "poetry-classic"):
        return [[tool("poetry"), "sync", "--only", "main", "--no-interaction"]]
    if manager == "pipenv":
        return [[tool("pipenv"), "install", "--deploy"]]
    if manager == "uv":
        return [[tools_folder() / "uv", "sync", "--quiet", "--locked", "--no-dev"]]
    if manager == "pdm":
        return [[tool("pdm"), "lock", "--check"], [tool("pdm"), "install", "--prod", "--frozen-lockfile"]]
    raise ValueError(f"no such manager: {manager}")
