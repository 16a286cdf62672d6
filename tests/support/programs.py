"""Finds interpreters and dependency managers, and runs them without the development environment around them."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import uv

from .cache import cache_folder, settled_folder

# The managers as their users have them; PDM allows releases of hishel and unearth that it does not run with.
TOOLS: dict[str, tuple[str, ...]] = {
    "poetry": ("poetry>=2.2,<3",),
    "pipenv": ("pipenv>=2026",),
    "pdm": ("pdm>=2.29,<3", "hishel[httpx]>=1,<2", "unearth<0.18"),
    "pip-tools": ("pip-tools>=7.5,<8",),
}
WINDOWS = os.name == "nt"
BIN = "Scripts" if WINDOWS else "bin"
USUAL = ("3.13", "3.12", "3.11", "3.14")  # Pythons of the usual Django, in the order of preference

# Of the development environment or the developer's shell; a test says itself what a program is to see of these.
_NOT_INHERITED = {
    "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS", "UV_PYTHON",
    "UV_PROJECT_ENVIRONMENT", "CONDA_PREFIX", "PIPENV_ACTIVE", "POETRY_ACTIVE", "PDM_PROJECT", "DJANGO_SETTINGS_MODULE",
    "DJANGO_CONFIGURATION", "SECRET_KEY", "DATABASE_URL", "PORT", "WEB_CONCURRENCY", "DEPLOY_BUILD", "DEPLOY_HOSTS",
    "STATIC_ROOT", "DEBUG", "FLY_APP_NAME", "DYNO", "PLATFORM_PROJECT", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE",
}  # fmt: skip


class NoPython(LookupError):
    """This machine has no Python that a project needs, and uv could not fetch one."""


def available(*versions: str) -> Path | None:
    """The first of these Pythons ("3.12") on this machine, as who develops with it runs it; else None.

    That is the interpreter itself, not a shim; for one that its distribution keeps for itself, an environment made with it.
    """
    return next((path for version in versions if (path := _interpreter(version))), None)


def interpreter(*versions: str) -> Path:
    """Like `available`, but lets uv fetch the first version when the machine has none of them.

    Raises NoPython with one sentence when that fails too.
    """
    found = available(*versions)
    if not found and _fetched(versions[0]):
        _interpreter.cache_clear()
        found = available(*versions)
    if not found:
        raise NoPython(f"no Python {' or '.join(versions)} on this machine, and uv could not install one")
    return found


def usual_python() -> Path:
    """One that the usual Django runs on, where the version does not matter."""
    return interpreter(*USUAL)


@functools.cache
def _fetched(version: str) -> bool:
    command = [uv.find_uv_bin(), "python", "install", version]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@functools.cache
def _interpreter(version: str) -> Path | None:
    found = next((path for path in map(_itself, _candidates(version)) if path and _version(path) == version), None)
    return _for_developers(found) if found else None


def _candidates(version: str) -> Iterator[str]:
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        yield sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for folder in sorted(pyenv.glob(f"{version}.*"), reverse=True):
        yield str(folder / ("python.exe" if WINDOWS else "bin/python"))
    name = shutil.which(f"python{version}")
    if name:
        yield name
    asked = subprocess.run(
        [uv.find_uv_bin(), "python", "find", "--no-project", "--no-python-downloads", "--system", version],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if asked.returncode == 0:
        yield asked.stdout.strip()


def _itself(program: str) -> Path | None:
    """The interpreter that a virtual environment, a link or a shim stands for."""
    code = "import os, sys; print(os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable))"
    try:
        told = subprocess.run(
            [program, "-I", "-c", code], capture_output=True, text=True, encoding="utf-8", check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return Path(told.stdout.strip())


def _for_developers(python: Path) -> Path:
    """Debian's has no `python` beside it and takes no packages: https://packaging.python.org/specifications/externally-managed-environments/"""
    name = "python.exe" if WINDOWS else "python"
    code = (
        "import os, sysconfig; print(os.path.exists(os.path.join(sysconfig.get_path('stdlib'), 'EXTERNALLY-MANAGED')))"
    )
    told = subprocess.run([str(python), "-I", "-c", code], capture_output=True, encoding="utf-8", check=False)
    if (python.parent / name).exists() and told.stdout.strip() != "True":
        return python

    def make(folder: Path) -> None:
        command = [
            uv.find_uv_bin(),
            "venv",
            "--quiet",
            "--allow-existing",
            "--seed",
            "--python",
            str(python),
            str(folder),
        ]
        subprocess.run(command, env=environment(), check=True, timeout=600)

    return settled_folder("developers", [str(python)], make) / BIN / name


def _version(python: Path) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    told = subprocess.run(
        [str(python), "-I", "-c", code], capture_output=True, text=True, encoding="utf-8", check=False
    )
    return told.stdout.strip()


def tools_folder() -> Path:
    """A folder for PATH with uv, uvx and the dependency managers that `tool` installed."""
    folder = cache_folder() / "bin"
    folder.mkdir(exist_ok=True)
    for name in ("uv", "uvx"):
        real = Path(uv.find_uv_bin()).with_stem(name)
        link = folder / real.name
        if link.exists() and (link.samefile(real) or WINDOWS):
            continue
        fresh = folder / f".{real.name}-{os.getpid()}"
        if WINDOWS:
            shutil.copy2(real, fresh)
        else:
            fresh.symlink_to(real)
        fresh.replace(link)
    return folder


@functools.cache
def tool(name: str) -> Path:
    """The program of a dependency manager, installed as `uv tool install` does; `name` is a key of `TOOLS`."""
    program = {"pip-tools": "pip-compile"}.get(name, name)
    main, *others = TOOLS[name]
    # Own folders: what a developer installed as a tool stays as it is.
    places = {"UV_TOOL_DIR": str(cache_folder() / "tools"), "UV_TOOL_BIN_DIR": str(tools_folder())}
    command = [uv.find_uv_bin(), "tool", "install", "--quiet", "--python", sys.executable, main]
    subprocess.run(
        [*command, *(argument for other in others for argument in ("--with", other))],
        env=environment() | places,
        check=True,
        timeout=600,
    )
    return tools_folder() / (program + (".exe" if WINDOWS else ""))


def environment(python: Path | None = None, **more: str) -> dict[str, str]:
    """The variables of a developer's shell whose interpreter is `python`; nothing of the tests shows in it."""
    variables = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    path = [entry for entry in variables.get("PATH", "").split(os.pathsep) if not _is_development(entry)]
    first = [str(tools_folder())]
    if python is not None:
        first.append(str(python.parent))
    variables["PATH"] = os.pathsep.join([*first, *path])
    variables |= {
        # In a folder that is not there: a program that sets something for the whole user fails here, and as root it
        # would put a file in the place of the null device.
        "GIT_CONFIG_GLOBAL": str(tools_folder() / "no-configuration" / "gitconfig"),
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
        "GIT_TERMINAL_PROMPT": "0",
        # Environments that a manager makes by itself end with the project, inside it.
        "POETRY_VIRTUALENVS_IN_PROJECT": "true",
        "POETRY_NO_INTERACTION": "1",
        "PIPENV_VENV_IN_PROJECT": "1",
        "PIPENV_NOSPIN": "1",
        "PIPENV_YES": "1",
        "PDM_CHECK_UPDATE": "false",
        "UV_NO_PROGRESS": "1",
        "UV_SYSTEM_CERTS": "1",
        "NO_COLOR": "1",
    }
    # An index behind a company's own certificate, of which only pip was told.
    if certificates := os.environ.get("PIP_CERT"):
        variables.setdefault("REQUESTS_CA_BUNDLE", certificates)
    return variables | more


def _is_development(entry: str) -> bool:
    return sys.prefix != sys.base_prefix and Path(entry) == Path(sys.prefix) / BIN


def run(
    command: Sequence[str | Path],
    folder: Path,
    env: Mapping[str, str] | None = None,
    *,
    check: bool = True,
    timeout: float = 600,
) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder without a terminal; a failure is an AssertionError with what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env=dict(env or environment()),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout,
        check=False,
    )
    if check and done.returncode != 0:
        words = " ".join(str(part) for part in command)
        raise AssertionError(f"{words} (in {folder}) ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done
