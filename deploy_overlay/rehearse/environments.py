"""Virtual environments as in production: created by the pinned manager from the files that an image build copies."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..base.cache import digest, get_or_create
from ..base.log import Log
from ..base.message import command_line
from ..base.programs import Finished, run
from ..base.sealed import seal
from ..dependencies.production import Installation
from .installer_environment import for_packages
from .pythons import Python

TIMEOUT = 1800.0  # seconds: packages that have to be compiled take minutes
BIN = "Scripts" if sys.platform == "win32" else "bin"
FILES, ENVIRONMENT = "app", "venv"  # in the folder that is kept


class InstallerFailed(Exception):
    """A command of the installation failed."""

    def __init__(self, shown: str, finished: Finished) -> None:
        super().__init__(shown)
        self.shown = shown
        self.output = f"{finished.output}\n{finished.errors}"


def python_in(environment: Path) -> Path:
    return environment / BIN / ("python.exe" if sys.platform == "win32" else "python")


def stage(installation: Installation, tree: Path, into: Path) -> None:
    """Copy from the tree the files that an image build has when it installs."""
    into.mkdir(parents=True, exist_ok=True)
    (into / installation.folder).mkdir(parents=True, exist_ok=True)
    for path in (*installation.files, *installation.sources):
        source, target = tree / path, into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(source, target, follow_symlinks=False)


def make(
    installation: Installation,
    python: Python,
    tree: Path,
    folder: Path,
    log: Log,
    say: Callable[[str], None],
    image: bool,
) -> None:
    """Install what `tree` requires into `folder`, as `app` and `venv`.

    With `image` as the Dockerfile does it, and as a build hook does it otherwise. Raises InstallerFailed.
    """
    manager = _manager(installation, python, log, say)
    app, environment = folder / FILES, folder / ENVIRONMENT
    stage(installation, tree, app)
    environ = for_packages(installation.secrets) | dict(installation.environ)
    programs = [str(environment / BIN), *([str(manager.parent)] if manager else [])]
    environ["PATH"] = os.pathsep.join([*programs, environ.get("PATH", os.defpath)])
    if installation.manager == "uv":
        environ |= {"UV_PROJECT_ENVIRONMENT": str(environment), "UV_PYTHON": str(python.executable)}
    else:
        _run([str(python.executable), "-m", "venv", str(environment)], folder, environ, log)
        environ |= {"VIRTUAL_ENV": str(environment), "POETRY_VIRTUALENVS_CREATE": "true"}
    working = app / installation.folder
    printed = folder / "requirements.txt"
    if installation.reads_pyproject:
        # A build hook has a way without tomllib, which Python 3.10 has not.
        reading = python.executable if image or python.has_tomllib else sys.executable
        done = _run([str(reading), "-c", installation.printing], working, environ, log, "reading pyproject.toml")
        printed.write_text(done.output, encoding="utf-8")
    words = installation.command(root=str(app), printed=str(printed))
    program = manager or environment / BIN / words[0]
    _run([str(program), *words[1:]], working, environ, log, installation.line())
    if image:
        _without_pip(environment)
    quiet = [str(python_in(environment)), "-m", "compileall", "-qq", "-j", "0", str(environment / "lib")]
    run(quiet, cwd=folder, log=log, timeout=TIMEOUT, environ=environ)  # files that do not compile are skipped
    seal(environment)  # many sites share it


def local_paths(folder: Path) -> bool:
    """Whether the environment points to the files that it was installed from, as an editable package does."""
    here = str(folder / FILES).encode()
    return any(here in path.read_bytes() for path in _pointers(folder / ENVIRONMENT))


def moved(folder: Path, tree: Path, to: Path) -> Path:
    """A copy of the environment at `to`, whose editable packages are those of `tree`."""
    shutil.copytree(folder / ENVIRONMENT, to, symlinks=True, copy_function=_linked)
    for here, _, _ in os.walk(to):
        Path(here).chmod(0o755)  # those that are kept are sealed
    pairs = [(folder / ENVIRONMENT, to), (folder / FILES, tree)]
    for path in (*_pointers(to), *_scripts(to)):
        before = content = path.read_bytes()
        for old, new in pairs:
            content = content.replace(str(old).encode(), str(new).encode())
        if content != before:
            mode = path.stat().st_mode
            path.unlink()  # the kept environment has the same file
            path.write_bytes(content)
            path.chmod(mode)
    return to


def compiled_here(environment: Path) -> list[str]:
    """Distributions that were compiled on this machine and not downloaded: their wheels fit no other system."""
    found = []
    for about in environment.glob("**/*.dist-info/WHEEL"):
        tags = [
            line for line in about.read_text(encoding="utf-8", errors="replace").splitlines() if line[:5] == "Tag: "
        ]
        if any(tag.endswith(("-linux_x86_64", "-linux_aarch64")) for tag in tags):
            found.append(about.parent.name.removesuffix(".dist-info").rpartition("-")[0])
    return sorted(found)


def _linked(source: str, target: str) -> str:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def _pointers(environment: Path) -> list[Path]:
    """Files by which an environment's packages are found elsewhere.

    https://docs.python.org/3/library/site.html, https://peps.python.org/pep-0660/
    """
    patterns = ("**/site-packages/*.pth", "**/site-packages/__editable__*.py", "**/site-packages/*.egg-link")
    return [path for pattern in patterns for path in environment.glob(pattern)]


def _scripts(environment: Path) -> list[Path]:
    found = [environment / "pyvenv.cfg"]
    for path in (environment / BIN).iterdir():
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                text = b"\0" not in file.read(200)
            found += [path] if text else []
    return found


def _without_pip(environment: Path) -> None:
    """As in the image; https://packaging.python.org/en/latest/specifications/recording-installed-packages/"""
    for path in [
        *(environment / BIN).glob("pip*"),
        *environment.glob("**/site-packages/pip"),
        *environment.glob("**/site-packages/pip-*"),
    ]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _manager(installation: Installation, python: Python, log: Log, say: Callable[[str], None]) -> Path | None:
    """The pinned manager in its own environment, on production's Python; None for pip."""
    pinned = installation.pinned
    if pinned is None:
        return None

    def install(folder: Path) -> None:
        say(f"installing {pinned.requirement}")
        environ = for_packages(())
        _run([str(python.executable), "-m", "venv", str(folder)], folder, environ, log)
        _run([str(python_in(folder)), "-m", "pip", "install", pinned.requirement], folder, environ, log)

    name = f"{installation.manager}-{pinned.version}-{digest([str(python.executable), python.version])}"
    suffix = ".exe" if sys.platform == "win32" else ""
    return get_or_create("managers", name, install) / BIN / f"{installation.manager}{suffix}"


def _run(argv: Sequence[str], cwd: Path, environ: Mapping[str, str], log: Log, shown: str = "") -> Finished:
    done = run(argv, cwd=cwd, log=log, timeout=TIMEOUT, environ=environ, apart=True)
    if done.status != 0:
        raise InstallerFailed(shown or command_line(argv), done)
    return done
