"""The image python:3.13-slim-trixie, made of the CPython of this machine.

As in the official one, Python lies in /usr/local with pip, and Debian's own Python is not there:
https://github.com/docker-library/python/blob/master/3.13/slim-trixie/Dockerfile
"""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import partial
from pathlib import Path

from tests.support.programs import NoPython, interpreter, run

from .base import Recipe

NAME = re.compile(r"python:(\d+\.\d+)-slim-(\w+)")
# Modules in C, each linked to a library of the system.
MODULES = "bz2, ctypes, lzma, readline, sqlite3, ssl, uuid, zlib"


def recipe(name: str) -> Recipe | None:
    """None for another image. Raises NoPython where there is only the system's own, which is spread over its folders."""
    match = NAME.fullmatch(name)
    if not match:
        return None
    short, release = match.groups()
    python = interpreter(short)
    code = "import platform, sys; print(sys.base_prefix, platform.python_version())"
    prefix, version = run([python, "-I", "-c", code], Path("/")).stdout.split()
    if prefix == "/usr":
        raise NoPython(
            f"{python} belongs to the system: an image needs a Python in a folder of its own, as pyenv makes"
        )
    copy = partial(_copy_python, Path(prefix), short)
    return Recipe(
        release, version, copy, _setup(short, _libraries(Path(prefix))), "python3", {"PYTHON_VERSION": version}
    )


def _setup(short: str, libraries: list[str]) -> str:
    """The commands that finish the image: libraries, of which some got a new name with 64-bit times, and pip."""
    return f"""
        apt-get update
        for library in {" ".join(libraries)}; do
            apt-cache show "$library" >/dev/null 2>&1 || library="${{library}}t64"
            set -- "$@" "$library"
        done
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
        apt-get clean
        rm -rf /var/lib/apt/lists/*
        ldconfig
        python{short} -m ensurepip
        ln -s pip3 /usr/local/bin/pip
        pip --version
        python -c 'import {MODULES}'
    """


def _copy_python(prefix: Path, short: str, local: Path) -> None:
    """The interpreter, its library and its headers without tests, packages and compiled code, as the official image has it."""
    unwanted = shutil.ignore_patterns("__pycache__", "test", "tests", "idlelib", "_tkinter*", "*.a", "config-*")
    library = local / "lib" / f"python{short}"
    shutil.copytree(prefix / "lib" / f"python{short}", library, symlinks=True, ignore=unwanted)
    shutil.rmtree(library / "site-packages")
    (library / "site-packages").mkdir()
    shutil.copytree(prefix / "include" / f"python{short}", local / "include" / f"python{short}", symlinks=True)
    for shared in (prefix / "lib").glob("libpython*.so*"):
        shutil.copy2(shared, local / "lib" / shared.name, follow_symlinks=False)
    (local / "bin").mkdir(exist_ok=True)
    shutil.copy2((prefix / "bin" / f"python{short}").resolve(), local / "bin" / f"python{short}")
    for link in ("python3", "python"):
        (local / "bin" / link).symlink_to(f"python{short}")


def _libraries(prefix: Path) -> list[str]:
    """This machine's packages with the shared libraries that this Python and its modules are linked to."""
    modules = [path for path in prefix.glob("lib/python3*/lib-dynload/*.so") if not path.name.startswith("_tkinter")]
    programs = [*modules, *prefix.glob("lib/libpython3.*.so*"), Path(prefix, "bin", "python3").resolve()]
    told = [subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout for path in programs]
    found = {path for path in re.findall(r"=> (/\S+)", "\n".join(told)) if not path.startswith(str(prefix))}
    # A library in /usr/lib may be known by its old name in /lib, and the other way round.
    names = {name for path in found for name in (path, str(Path(path).resolve()))}
    names |= {name.removeprefix("/usr") for name in names}
    owned = subprocess.run(["dpkg", "-S", *sorted(names)], capture_output=True, text=True, check=False).stdout
    return sorted({line.partition(":")[0] for line in owned.splitlines()} - {"libc6"})
