"""Installs one program from the registry that carries it, with that registry's ordinary client."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import uv

from tests.support.cache import cached_folder
from tests.support.programs import environment, run

from .pins import Pin, pinned

# https://www.npmjs.com/package/heroku ("engines") and the go.mod of flyctl.
NODE = (20,)
GO = (1, 26)


def install(pin: Pin) -> Path:
    """The program, installed if it is not there yet or does not run any more.

    Raises AssertionError with what the registry's client said.
    """
    if pin.program.exists() and not shows(pin):
        shutil.rmtree(pin.folder)
    fill = {"pypi": _from_pypi, "npm": _from_npm, "go": _from_go}[pin.registry]
    cached_folder("judges", pin.key, lambda folder: fill(pin, folder))
    return pin.program


def shows(pin: Pin, program: Path | None = None) -> str:
    """The first line with a version that the program, the installed one unless told, says of itself, else its first line.

    Empty when it does not run.
    """
    told = subprocess.run(
        [program or pin.program, *pin.shows],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    lines = [line for line in told.stdout.splitlines() if line.strip()]
    with_version = (line for line in lines if re.search(r"\d+\.\d+", line))
    return next(with_version, next(iter(lines), "")) if told.returncode == 0 else ""


def _from_pypi(pin: Pin, folder: Path) -> None:
    place = folder / "environment"
    # Relocatable: the folder is renamed when it is whole.
    run([uv.find_uv_bin(), "venv", "--quiet", "--relocatable", "--python", sys.executable, place], folder)
    package = f"{pin.package}=={pin.version}"
    run([uv.find_uv_bin(), "pip", "install", "--quiet", "--python", place / "bin" / "python", package], folder)
    _link(pin, folder, place / "bin" / pin.name)


def _from_npm(pin: Pin, folder: Path) -> None:
    env = node_environment()
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error"]
    command = ["npm", "install", *options, "--prefix", folder, f"{pin.package}@{pin.version}"]
    run(command, folder, env)
    package = folder / "node_modules" / pin.package
    said = json.loads((package / "package.json").read_text(encoding="utf-8")).get("bin", {pin.name: f"bin/{pin.name}"})
    program = package / (said if isinstance(said, str) else said[pin.name])
    with program.open("rb") as opened:
        script = b"node" in opened.readline(80) and program.suffix == ".js"
    if not script:
        _link(pin, folder, program)
        return
    # The program starts itself again in the background by its name, and needs this Node.js whatever PATH says.
    starter = folder / "bin" / pin.name
    starter.parent.mkdir()
    starter.write_text(
        "#!/bin/sh\n"
        'here=$(dirname -- "$(realpath -- "$0")")\n'
        f'PATH=$here:$PATH exec "{shutil.which("node", path=env["PATH"])}" "$here/../{program.relative_to(folder)}" "$@"\n',
        encoding="utf-8",
    )
    starter.chmod(0o755)


def node_environment() -> dict[str, str]:
    """The variables of a shell that has a Node.js with npm, this machine's or the pinned one."""
    node = new_enough("node", NODE)
    # npm lies beside it, or beside what it is a link to.
    return environment(PATH=f"{node.parent}:{node.resolve().parent}:{environment()['PATH']}")


def node_programs() -> dict[str, Path]:
    """Where node, npm and npx are in that environment."""
    folders = [Path(folder) for folder in node_environment()["PATH"].split(":")]
    return {name: next(one / name for one in folders if (one / name).exists()) for name in ("node", "npm", "npx")}


def _from_go(pin: Pin, folder: Path) -> None:
    """Built in a module that requires this version: `go install` would ask for the list of all versions too."""
    go = new_enough("go", GO)
    program = "/".join(filter(None, (pin.package, pin.main)))
    source = folder / "source"
    source.mkdir()
    (source / "go.mod").write_text(
        f"module tool\n\ngo 1.26.0\n\nrequire {pin.package} {pin.version}\n", encoding="utf-8"
    )
    (source / "tool.go").write_text(f'//go:build tool\n\npackage tool\n\nimport _ "{program}"\n', encoding="utf-8")
    env = environment(GOFLAGS="-mod=mod -modcacherw", GOTOOLCHAIN="local", CGO_ENABLED="0")
    run([go, "build", "-o", folder / "bin" / pin.name, program], source, env, timeout=1800)


def _link(pin: Pin, folder: Path, program: Path) -> None:
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / pin.name).symlink_to(Path("..") / program.relative_to(folder))


def new_enough(name: str, least: Sequence[int]) -> Path:
    """This machine's program when it is at least this version, else the pinned one of the same name."""
    found = shutil.which(name)
    if found:
        pin = pinned()[name]
        said = subprocess.run([found, *pin.shows], capture_output=True, text=True, encoding="utf-8", check=False).stdout
        version = re.search(r"\d+(?:\.\d+)+", said)
        if version and tuple(map(int, version[0].split("."))) >= tuple(least):
            return Path(found)
    return install(pinned()[name])
