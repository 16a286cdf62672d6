"""The steps of a build between the installation and collectstatic: the front end, and commands of Django.

The front end is built in the copy of the tree as the Dockerfile does it. npm's packages are cached by their lock, and are not
in the tree while the site runs, because production has no `node_modules`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform as machine
import shlex
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..base.answers import texts
from ..base.build_secrets import needed
from ..base.cache import digest, get_or_create
from ..base.log import Log
from ..base.programs import Finished, run
from ..base.scrub import hide
from . import nodes, refusals
from .installer_environment import for_front_end, index_settings
from .nodes import Node
from .preparation import CannotTest, NotReady, Tree
from .project_checks import build_command_failed
from .results import Outcome, Results, failed, passed
from .stage import Stage

KIND = "node_modules"
TIMEOUT = 1800.0  # seconds
MODULES = "node_modules"
# https://github.com/nodejs/docker-node: the image has this one, and Node.js itself has not
YARN_OF_THE_IMAGE = "yarn@1.22.22"
_FORM = 1  # of what is kept


def build_front_end(tree: Tree, values: Mapping[str, Any], scratch: Path, log: Log, results: Results) -> Outcome:
    """Install and build the front end in the tree, as production does; `node_modules` then lies in `scratch`.

    Raises:
        NotReady: production's build fails.
        CannotTest: it cannot be tested on this machine.
    """
    front = values.get("django_frontend")
    if not isinstance(front, dict) or not front:
        return passed("the project has none")
    secrets = texts(values, "django_build_secrets")
    _refuse_missing(front, tree)
    _refuse_unset(secrets)
    wanted = str(front["node"])
    node = nodes.find(wanted)
    if node is None:
        raise CannotTest(
            f"The front end is built with Node.js {wanted}, which is not installed here. Install it "
            "(https://nodejs.org/en/download), or run `deploy-overlay rehearse --image`."
        )
    if node.major != wanted:
        results.add_unproven(
            f"Production builds the front end with Node.js {wanted}: {node.major} was used here. Install {wanted}, or run "
            "`deploy-overlay rehearse --image`."
        )
    build = _FrontEnd(front, node, secrets, log, results)
    build.install(tree)
    if front.get("build"):
        build.run(tree.folder, str(front["build"]), {"NODE_ENV": "production"})
    _put_away(tree.folder, str(front["root"]), scratch / "front-end")
    told = " and ".join(f"`{front[step]}`" for step in ("install", "build") if front.get(step))
    return passed(f"{told} with Node.js {node.version}")


@contextlib.contextmanager
def modules_in_place(tree: Tree, values: Mapping[str, Any], scratch: Path) -> Iterator[None]:
    """Provide `node_modules` within this block, as in an image build, if Django collects from it."""
    front = values.get("django_frontend")
    source = scratch / "front-end" / MODULES
    if not isinstance(front, dict) or not front.get("modules") or not source.is_dir():
        yield
        return
    target = tree.folder / str(front["root"]) / MODULES
    source.rename(target)
    try:
        yield
    finally:
        target.rename(source)


def run_before_collectstatic(
    stage: Stage, building: Mapping[str, str], absent: Collection[str], commands: Sequence[str]
) -> Outcome:
    """Run commands of Django (arguments of `python -m django`) with the environment of a build, which lacks variables.

    Raises CannotTest for translations where gettext is missing, which the image installs, and for a host of the internet that
    is out of reach.
    """
    for command in commands:
        words = shlex.split(command)
        if words[0] == "compilemessages" and not shutil.which("msgfmt", path=building.get("PATH")):
            raise CannotTest(
                "Translations are compiled with gettext, which is not installed here. Run `apt-get install gettext` or "
                "`brew install gettext`, and rehearse again."
            )
        result = stage.django(building, *words)
        if result.code != 0:
            if host := refusals.public_host(result.output):
                raise CannotTest(
                    f"`python -m django {command}` needs {host}, which this machine cannot reach. Connect to the network "
                    "and rehearse again."
                )
            return build_command_failed(stage, command, result, absent)
    return passed(", ".join(commands))


class _FrontEnd:
    """The detected build on one Node.js."""

    def __init__(
        self, front: Mapping[str, Any], node: Node, secrets: Sequence[str], log: Log, results: Results
    ) -> None:
        self.front, self.node, self.log, self.results = front, node, log, results
        self.root = str(front["root"])
        self.files = [str(path) for path in front.get("files") or ()]
        self.exact = node.major == str(front["node"])
        self.environ = for_front_end(secrets)
        folders = [str(self.node.folder), self.environ.get("PATH", os.defpath)]
        self.environ["PATH"] = os.pathsep.join(folders)
        tool = self._tool()
        if tool:
            self.environ["PATH"] = os.pathsep.join([str(tool), *folders])

    def install(self, tree: Tree) -> None:
        """Install into the tree, from the cache if the lock determines everything."""
        command = str(self.front["install"])
        if not self.files:
            self.run(tree.folder, command, {})
            return

        def make(folder: Path) -> None:
            self.results.say(f"{command}, with Node.js {self.node.version}")
            for path in self.files:
                (folder / "app" / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(tree.folder / path, folder / "app" / path)
            (folder / "app" / self.root).mkdir(parents=True, exist_ok=True)
            self.run(folder / "app", command, {})

        content = {path: hashlib.sha256((tree.folder / path).read_bytes()).hexdigest() for path in self.files}
        system = [sys.platform, machine.machine(), self.node.version, index_settings(self.environ)]
        name = digest([_FORM, system, command, self.front.get("tool"), self.root, content])
        kept = get_or_create(KIND, name, make)
        shutil.copytree(kept / "app", tree.folder, symlinks=True, dirs_exist_ok=True, copy_function=_new)

    def run(self, top: Path, command: str, more: Mapping[str, str]) -> None:
        """Run a line of the shell in the folder of the front end. Raises NotReady or CannotTest."""
        shell = ["cmd", "/d", "/c", command] if sys.platform == "win32" else ["/bin/sh", "-c", command]
        done = run(shell, cwd=top / self.root, log=self.log, timeout=TIMEOUT, environ={**self.environ, **more})
        if done.status != 0:
            raise self._refusal(command, done)

    def _refusal(self, command: str, done: Finished) -> NotReady | CannotTest:
        why = refusals.reason(done.output)
        if refusals.is_unreachable(done.output):
            return CannotTest(refusals.unreachable(done.output, "The index of npm"))
        where = "" if self.root == "." else f" in {self.root}"
        told = f"`{command}`{where} fails: {why}"
        if not self.exact:
            return CannotTest(f"{told}. This is Node.js {self.node.major}, not {self.front['node']} as in production.")
        lock = self.files[-1] if len(self.files) > 1 else "what it changes"
        cure = f"Make `{command}` succeed{where} in a fresh clone, and commit the fix."
        if command == self.front["install"]:
            manager = self.front["manager"]
            cure = f"Run `{manager} install`{where}, and commit {lock} if it changes; otherwise fix the error."
        return NotReady(failed(told, cure))

    def _tool(self) -> Path | None:
        """The cached folder of the package manager in production's version, if Node.js does not include it."""
        tool = str(self.front.get("tool") or (YARN_OF_THE_IMAGE if self.front["manager"] == "yarn" else ""))
        if not tool:
            return None

        def make(folder: Path) -> None:
            self.results.say(f"installing {tool}")
            command = [self.node.npm, "install", "--global", f"--prefix={folder}", tool]
            done = run(command, cwd=folder, log=self.log, timeout=TIMEOUT, environ=self.environ)
            if done.status != 0:
                raise self._refusal(f"npm install --global {tool}", done)

        name = tool.strip("@").replace("/", "-")
        folder = get_or_create(
            "node-tools", f"{name}-{digest([self.node.version, sys.platform, machine.machine()])}", make
        )
        return folder if sys.platform == "win32" else folder / "bin"


def _new(source: str, target: str) -> str:
    """Do not overwrite files of the tree: in the image too, they come after the installation."""
    if not os.path.lexists(target):
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError:  # another file system
            shutil.copy2(source, target, follow_symlinks=False)
    return target


def _put_away(tree: Path, root: str, away: Path) -> None:
    """Move every `node_modules` out of the tree, the front end's own to where `modules_in_place` looks for it."""
    away.mkdir(parents=True, exist_ok=True)
    number = 0
    for here, folders, _ in os.walk(tree):
        if MODULES in folders:
            folders.remove(MODULES)
            own = Path(here) == (tree / root)
            Path(here, MODULES).rename(away / (MODULES if own else f"nested-{number}"))
            number += 1


def _refuse_missing(front: Mapping[str, Any], tree: Tree) -> None:
    for path in map(str, front.get("files") or ()):
        if not (tree.folder / path).is_file():
            detail = f"{path} is not in git, but the front end is installed from it"
            raise NotReady(
                failed(detail, f"Run `git add --force {path}`, or restore it and run `deploy-overlay update`.")
            )


def _refuse_unset(secrets: Sequence[str]) -> None:
    for name in secrets:
        hide(os.environ.get(name, ""))
    unset = [name for name in needed(secrets) if not os.environ.get(name)]
    if unset:
        raise CannotTest(
            f"The build reads {', '.join(unset)}, which is not set in this shell. Run `export {unset[0]}=VALUE`, and "
            "rehearse again."
        )
