"""Lock files made by the real managers, once for each content of a manifest."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from .cache import cached_folder
from .programs import TOOLS, environment, run, tool, tools_folder

_LOCK_FILES = {
    "poetry": ("poetry.lock",),
    "poetry-classic": ("poetry.lock",),
    "pipenv": ("Pipfile.lock",),
    "uv": ("uv.lock",),
    "pdm": ("pdm.lock",),
    "pip-tools": ("requirements.txt", "requirements-dev.txt"),
}


def lock_files(manager: str, files: Mapping[str, str], python: Path) -> dict[str, str]:
    """File names and text of what this manager locks these manifest files to; empty for managers without a lock."""
    if manager not in _LOCK_FILES:
        return {}
    requirements = TOOLS.get(manager.removesuffix("-classic"), ())
    key = [manager, dict(files), requirements, python.parent.as_posix() if manager != "uv" else "", "1"]

    def make(folder: Path) -> None:
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        for command in _commands(manager, files, python):
            run(command, folder, environment(python))
        for path in list(folder.iterdir()):
            if path.name not in _LOCK_FILES[manager]:
                _remove(path)

    kept = cached_folder("locks", key, make)
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(kept.iterdir())}


def _commands(manager: str, files: Mapping[str, str], python: Path) -> list[list[str | Path]]:
    if manager in ("poetry", "poetry-classic"):
        return [[tool("poetry"), "lock", "--no-interaction"]]
    if manager == "pipenv":
        return [[tool("pipenv"), "lock", "--python", python]]
    if manager == "uv":
        return [[tools_folder() / "uv", "lock"]]
    if manager == "pdm":
        return [[tool("pdm"), "use", "--first", "--ignore-remembered", python], [tool("pdm"), "lock"]]
    # pip-compile runs in an environment with the project's own Python: what it writes depends on it.
    uv = tools_folder() / "uv"
    compiler: list[str | Path] = [uv, "tool", "run", "--no-config", "--python", python, "--from", TOOLS["pip-tools"][0]]
    compiler += ["pip-compile", "--quiet", "--strip-extras", "--no-emit-index-url", "--no-emit-find-links"]
    return [[*compiler, name] for name in files]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
