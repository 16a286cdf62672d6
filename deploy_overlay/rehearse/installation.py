"""Installs a tree as production does, and caches the result by what it depends on: files, Python, manager and index."""

from __future__ import annotations

import hashlib
import os
import platform as machine
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..base.answers import text, texts
from ..base.build_secrets import needed
from ..base.cache import delete_others, digest, find, find_latest, get_or_create
from ..base.log import Log
from ..base.platform import Platform
from ..base.scrub import hide
from ..base.system_packages import debian_to_build
from ..dependencies.production import Installation, installation
from ..platforms import over_ssh, platforms
from . import environments, pythons, refusals, shared_libraries
from .environments import InstallerFailed
from .installer_environment import for_packages, index_settings
from .preparation import CannotTest, Installed, NotReady, Tree
from .pythons import Python
from .results import failed

KIND = "environments"
_FORM = 1  # of what is kept; another number makes all of it anew
_LOCK = {"uv": "uv lock", "poetry": "poetry lock", "pipenv": "pipenv lock", "pdm": "pdm lock"}


def install(
    tree: Tree, values: Mapping[str, Any], log: Log, say: Callable[[str], None], *, fetch: bool = False
) -> Installed:
    """Install what the tree requires as production does; `values` are the answers. The result is cached.

    With `fetch`, uv downloads a Python that this machine does not have.

    Raises:
        NotReady: production's installation fails.
        CannotTest: it cannot be tested on this machine, which proves nothing about production.
        Failure: the cache folder cannot be written, or a program not be started.
    """
    asked = installation(values)
    _refuse_missing(asked, tree)
    _refuse_keyless(tree, values)
    wanted = text(values, "django_python_version")
    found = pythons.find(wanted, log) or (pythons.fetch(wanted, log, say) if fetch else None)
    python = found or pythons.nearest(wanted, log)
    unproven = [] if found or not wanted else [pythons.absent(wanted, python)]
    for name in asked.secrets:
        hide(os.environ.get(name, ""))
    image = _in_image(values)
    if asked.sources and not image:
        asked = replace(asked, sources=(".",))  # a build hook has the whole repository
    try:
        folder = _environment(asked, python, tree, log, say, image)
    except InstallerFailed as failure:
        raise _refusal(failure, asked, values, python if found else None, image) from None
    environment = folder / environments.ENVIRONMENT
    if environments.local_paths(folder):
        environment = environments.moved(folder, tree.folder, tree.folder.with_name(f"{tree.folder.name}-environment"))
    if image and not debian_to_build(texts(values, "django_system_libraries")):
        compiled = environments.compiled_here(environment)
        if compiled:
            unproven.append(
                f"{', '.join(compiled)} had to be compiled here, but the image has no compiler. Build the image: "
                "`deploy-overlay rehearse --image`."
            )
    lacking = shared_libraries.lacking(environment) if image else {}
    if lacking:
        told = ", ".join(f"{name} ({library})" for name, library in lacking.items())
        unproven.append(
            f"These packages load libraries that the image may lack: {told}. Build the image: "
            "`deploy-overlay rehearse --image`."
        )
    return Installed(environments.python_in(environment), environment / environments.BIN, python.minor, tuple(unproven))


def _chosen(values: Mapping[str, Any]) -> list[Platform]:
    offered = platforms()
    return [offered[name] for name in texts(values, "deploy_platforms") if name in offered]


def _in_image(values: Mapping[str, Any]) -> bool:
    """Whether one of the platforms runs our image, or there is no platform: then it counts what the image lacks."""
    chosen = _chosen(values)
    return not chosen or any(one.has_image for one in chosen)


def _environment(
    asked: Installation, python: Python, tree: Tree, log: Log, say: Callable[[str], None], image: bool
) -> Path:
    """The folder with the environment, created if it is not cached."""
    name = digest(_ingredients(asked, python, tree, image))
    # Without versions the newest ones are installed, and production's next build does so too.
    today = "" if _is_locked(asked, tree) else time.strftime("-%Y%m%d", time.gmtime())
    found = find(KIND, name + today)
    if found:
        log.write(f"the environment is kept: {found}")
        return found
    _refuse_unset(asked)

    def make(folder: Path) -> None:
        say(f"installing with {asked.manager} on Python {python.version}")
        environments.make(asked, python, tree.folder, folder, log, say, image)

    try:
        found = get_or_create(KIND, name + today, make)
        delete_others(KIND, name, found)
        return found
    except InstallerFailed as failure:
        before = find_latest(KIND, name) if today and refusals.is_unreachable(failure.output) else None
        if before is None:
            raise
        log.write(f"the index cannot be reached; an earlier environment is used: {before}")
        return before


def _ingredients(asked: Installation, python: Python, tree: Tree, image: bool) -> list[object]:
    """Everything that the result depends on, without the values of secrets."""
    content = {path: _content(tree.folder / path) for path in _read_files(asked, tree)}
    system = [sys.platform, machine.machine(), *machine.libc_ver(), str(python.executable), python.version, image]
    manager = [asked.manager, asked.pinned.requirement if asked.pinned else "", asked.line(), dict(asked.environ)]
    return [_FORM, system, manager, index_settings(for_packages(())), _index_files(), content]


def _read_files(asked: Installation, tree: Tree) -> Iterator[str]:
    """Paths of all files that the installation can read, from the git root."""
    for path in (*asked.files, *asked.sources):
        if (tree.folder / path).is_dir():
            for found in sorted((tree.folder / path).rglob("*")):
                if found.is_symlink() or found.is_file():
                    yield found.relative_to(tree.folder).as_posix()
        else:
            yield path


def _content(path: Path) -> str:
    if path.is_symlink():
        return f"-> {path.readlink()}"
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}{'x' if os.access(path, os.X_OK) else ''}"


def _index_files() -> list[str]:
    """Digests of the user's own pip and uv settings, which may name another index."""
    home = Path.home()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    places = [home / ".pip/pip.conf", config / "pip/pip.conf", config / "uv/uv.toml", config / "pypoetry/config.toml"]
    places += [Path("/etc/pip.conf"), Path("/etc/uv/uv.toml"), Path(os.environ.get("PIP_CONFIG_FILE") or home / "none")]
    return [hashlib.sha256(place.read_bytes()).hexdigest() for place in places if place.is_file()]


def _is_locked(asked: Installation, tree: Tree) -> bool:
    """Whether the files pin each version: a lock does, and requirements that all have `==` or an address."""
    if asked.pinned:
        return True
    if not asked.files[0].endswith(".txt"):
        return False
    for path in asked.files:
        if not path.endswith(".txt"):
            continue
        lines = (tree.folder / path).read_text(encoding="utf-8", errors="replace").replace("\\\n", " ").splitlines()
        if any(re.match(r"\s*[\w.]", line) and "==" not in line and " @ " not in line for line in lines):
            return False
    return True


def _refuse_missing(asked: Installation, tree: Tree) -> None:
    """Raises NotReady for a file that the installation reads and git does not have."""
    for path in (*asked.files, *asked.sources):
        if (tree.folder / path).exists():
            continue
        lock = _LOCK.get(asked.manager, "")
        if (tree.repository / path).exists():
            cure = f"Run `git add --force {path}`."
        elif path == asked.files[-1] and lock:
            cure = f"Run `{lock}` in {asked.root}, then `git add {path}`."
        else:
            cure = (
                f"Restore it with `git checkout HEAD -- {path}`, or run `deploy-overlay update`, which detects the files "
                "again."
            )
        raise NotReady(failed(f"{path} is not in git, but production installs from it", cure))


def _refuse_keyless(tree: Tree, values: Mapping[str, Any]) -> None:
    """Refuse what only the developer's SSH key can install, and no platform's build."""
    found, cure = over_ssh.problem(_chosen(values), tree.folder, values)
    if found:
        raise NotReady(failed(found, cure, "cloned-over-ssh"))


def _refuse_unset(asked: Installation) -> None:
    unset = [name for name in needed(asked.secrets) if not os.environ.get(name)]
    if unset:
        raise CannotTest(
            f"The installation reads {', '.join(unset)}, which this shell does not have. Run "
            f"`export {unset[0]}=VALUE`, and rehearse again."
        )


def _refusal(
    failure: InstallerFailed, asked: Installation, values: Mapping[str, Any], python: Python | None, image: bool
) -> NotReady | CannotTest:
    """`python` is production's; None if another was used."""
    output, why = failure.output, refusals.reason(failure.output)
    if "ensurepip" in output and "venv" in failure.shown:
        return CannotTest(
            "This Python cannot create virtual environments. Run `apt-get install python3-venv`, and rehearse again."
        )
    if refusals.is_unreachable(output):
        return CannotTest(refusals.unreachable(output, "The package index"))
    package = refusals.not_compiled(output)
    if package:
        return _not_compiled(package, why, values, python, image)
    told = f"`{failure.shown}` fails: {why}"
    if python is None:
        wanted = text(values, "django_python_version")
        return CannotTest(f"{told}. This is not production's Python {wanted}. {pythons.cure(wanted)}")
    lock = _LOCK.get(asked.manager, "")
    if lock and refusals.is_stale(output):
        where = "" if asked.root == "." else f" in {asked.root}"
        return NotReady(failed(told, f"Run `{lock}`{where}, and commit {asked.files[-1]}."))
    if refusals.is_denied(output):
        return CannotTest(f"{told}. The index requires a login: set its variables in this shell, and rehearse again.")
    return NotReady(
        failed(told, f"Correct {asked.files[0]} until this succeeds in a new environment, and commit: {failure.shown}")
    )


def _not_compiled(
    package: str, why: str, values: Mapping[str, Any], python: Python | None, image: bool
) -> NotReady | CannotTest:
    there = debian_to_build(texts(values, "django_system_libraries"))
    if image and not there and python is not None and sys.platform == "linux" and machine.machine() == "x86_64":
        return NotReady(
            failed(
                f"{package} has no wheel and cannot be compiled, neither here nor in the image: {why}",
                "Use a version with a wheel for production's Python, or name what it needs with "
                "`deploy-overlay set django_system_libraries=compiler`.",
            )
        )
    needs = f" the Debian packages {', '.join(there)}," if image and there else " system libraries,"
    return CannotTest(
        f"{package} has to be compiled, which needs{needs} and fails here: {why}. Install them, or run "
        "`deploy-overlay rehearse --image`."
    )
