"""Builds and runs images with the engine of this machine: Docker, Podman or Buildah.

https://docs.docker.com/reference/cli/docker/container/run/, https://docs.podman.io/en/latest/markdown/podman-run.1.html,
https://github.com/containers/buildah/blob/main/docs/buildah-run.1.md
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from ..base.environment import outside_copier
from ..base.log import Log
from ..base.programs import last_line, output_of
from .preparation import CannotTest, NotReady
from .results import failed
from .stage import INSIDE, PROGRAM_TIMEOUT, Stage, StartedProgram, start
from .trouble import last_lines
from .variables import SYSTEM_VARIABLES

NAMES = ("docker", "podman", "buildah")
BUILD_TIMEOUT = 3600.0  # seconds
# As the engines and pip say that there is no network.
_UNREACHABLE = re.compile(
    r"dial tcp|no such host|i/o timeout|TLS handshake timeout|failed to resolve source metadata|Temporary failure in name "
    r"resolution|Could not resolve|Network is unreachable|pinging container registry"
)
# Of the machine, and not of production.
_OF_THIS_MACHINE = SYSTEM_VARIABLES | {"HOME", "USERPROFILE", "DEPLOY_DATA", "MEDIA_ROOT", "STATIC_ROOT"}
LOOPBACK = "127.0.0.1"
# Where containers run in a machine of their own: https://docs.docker.com/desktop/features/networking/
_THIS_MACHINE = "host.docker.internal"


@dataclass(frozen=True)
class Engine:
    """One of NAMES, by its path."""

    program: str

    @property
    def buildah(self) -> bool:
        return Path(self.program).stem == "buildah"

    def build(self, folder: Path, dockerfile: str, secrets: Iterable[str], log: Log) -> str:
        """Build the image of a folder; its name. `secrets` are variables that the build reads.

        Raises:
            NotReady: the build fails.
        """
        image = f"deploy-overlay-rehearsal:{uuid.uuid4().hex[:12]}"
        options = [part for name in secrets for part in ("--secret", f"id={name},env={name}")]
        options += ["--isolation", "chroot", "--layers"] if self.buildah else []
        ignored = folder / f"{dockerfile}.dockerignore"
        options += ["--ignorefile", str(ignored)] if self.buildah and ignored.is_file() else []
        command = [self.program, "build", *options, "--file", str(folder / dockerfile), "--tag", image, str(folder)]
        done = subprocess.run(
            command,
            env=outside_copier() | {"DOCKER_BUILDKIT": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=BUILD_TIMEOUT,
            check=False,
        )
        log.write(f"$ {' '.join(command)}\n{done.stdout}[exit code {done.returncode}]")
        if done.returncode != 0 and _UNREACHABLE.search(done.stdout):
            raise CannotTest(
                f"The image cannot be built here: {last_line(done.stdout)}. Connect to the network, and rehearse again."
            )
        if done.returncode != 0:
            raise NotReady(failed(f"the image cannot be built:\n{last_lines(done.stdout)}", f"Fix {dockerfile}."))
        return image

    def configuration(self, image: str) -> Mapping[str, Any]:
        """https://github.com/opencontainers/image-spec/blob/main/config.md#properties

        Raises CannotTest if there is no such image.
        """
        kind = ["--type", "image"] if self.buildah else []
        told = output_of([self.program, "inspect", *kind, image], outside_copier())
        try:
            found = json.loads(told)
        except ValueError:
            raise CannotTest(f"This machine has no image {image}. Pull or build it, and rehearse again.") from None
        one = found["OCIv1"] if self.buildah else found[0]
        return dict(one.get("config") or one.get("Config") or {})

    def remove(self, image: str) -> None:
        """Delete an image that was built here; its layers stay for the next build."""
        words = ("rmi",) if self.buildah else ("image", "rm", "--no-prune")
        subprocess.run([self.program, *words, image], capture_output=True, check=False)


def find_engine() -> Engine:
    """The first engine that works here. Raises CannotTest if there is none."""
    for name in NAMES:
        program = shutil.which(name)
        asked = ["version"] if name == "buildah" else ["info"]
        if program and subprocess.run([program, *asked], capture_output=True, check=False).returncode == 0:
            return Engine(program)
    raise CannotTest(
        "The image was not tested: neither Docker, Podman nor Buildah works on this machine. Start Docker, or rehearse "
        "without --image."
    )


@dataclass(frozen=True)
class ImageStage(Stage):
    """A stage whose programs run in containers of an image, as the image's own user.

    `scratch` is a folder that this user can write to: containers have it, and what runs inside, at the same paths.
    """

    own_server: ClassVar[bool] = True
    engine: Engine = field(default_factory=lambda: Engine(""))
    image: str = ""
    container: str = ""  # of Buildah, which keeps one; the others make one for each program
    names: list[str] = field(default_factory=list)  # of containers that may still be there

    def start(self, command: Sequence[str], environ: Mapping[str, str], output: Any) -> subprocess.Popen[bytes]:
        """Start a program in a container; no words stand for the image's own command."""
        given = {
            name: self._reachable(value) for name, value in environ.items() if name.upper() not in _OF_THIS_MACHINE
        }
        if not self.engine.buildah:
            return start(self._run(command, given), {**outside_copier(), **given}, Path.cwd(), output)
        line = self._buildah(command, given, Path(output.name))
        return start(line, outside_copier(), Path.cwd(), subprocess.DEVNULL)

    def terminate(self, process: subprocess.Popen[bytes]) -> None:
        """Docker and Podman pass a signal on to the first process; for Buildah, it has to be found."""
        if not self.engine.buildah:
            process.send_signal(signal.SIGTERM)
        elif (found := _first_below(process.pid)) is not None:
            os.kill(found, signal.SIGTERM)

    def seen_from_here(self, process: subprocess.Popen[bytes]) -> int:
        """Only Buildah runs programs as its own children."""
        return process.pid if self.engine.buildah else 0

    def start_action(self, environ: Mapping[str, str], action: str, *arguments: str) -> StartedProgram:
        """Run one at a time: Buildah uses one container, and mounts and unmounts its folders for each program."""
        program = super().start_action(environ, action, *arguments)
        if self.engine.buildah:
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.process.wait(timeout=PROGRAM_TIMEOUT)
        return program

    def writable_folder(self) -> Path:
        folder = self.scratch / uuid.uuid4().hex
        folder.mkdir()
        folder.chmod(0o777)
        return folder

    def _run(self, command: Sequence[str], given: Mapping[str, str]) -> list[str]:
        names = [
            part for name in sorted(given) for part in ("--env", name)
        ]  # values are no arguments: those can be seen
        name = f"deploy-overlay-{uuid.uuid4().hex[:12]}"
        self.names.append(name)
        port = given.get("PORT", "")
        network = ["--network", "host"] if sys.platform == "linux" else ["--publish", f"{LOOPBACK}:{port}:{port}"]
        folders = [part for path in (self.scratch, INSIDE) for part in ("--volume", f"{path}:{path}")]
        data = ["--volume", f"{self.scratch / 'data'}:/data"]
        place = ["--workdir", str(self.django_root)] if command else []
        line = [self.engine.program, "run", "--rm", "--name", name, *network, *folders, *data, *place, *names]
        return [*line, self.image, *command]

    def _buildah(self, command: Sequence[str], given: Mapping[str, str], said: Path) -> list[str]:
        """What a program prints last, Buildah loses on a busy machine: so it prints to the file by itself.

        Variables are read from another file, since values in arguments can be seen by everybody.
        """
        said.chmod(0o666)
        variables = said.with_name(f"{uuid.uuid4().hex}.env")
        variables.write_text(
            "".join(f"export {name}={shlex.quote(value)}\n" for name, value in given.items()), encoding="utf-8"
        )
        variables.chmod(0o644)
        script = f'. {shlex.quote(str(variables))}; exec "$@" >>{shlex.quote(str(said))} 2>&1'
        folders = [part for path in (self.scratch, INSIDE) for part in ("--volume", f"{path}:{path}")]
        place = ["--workingdir", str(self.django_root)] if command else []
        line = [self.engine.program, "run", "--isolation", "chroot", *folders, *place, self.container, "--"]
        return [*line, "sh", "-c", script, "sh", *(command or self.own_command())]

    def own_command(self) -> list[str]:
        """The image's own command."""
        about = self.engine.configuration(self.image)
        return [*(about.get("Entrypoint") or []), *(about.get("Cmd") or [])]

    def _reachable(self, value: str) -> str:
        return value if sys.platform == "linux" else value.replace(LOOPBACK, _THIS_MACHINE)


@contextlib.contextmanager
def containers(engine: Engine, image: str, scratch: Path) -> Iterator[tuple[Path, str, list[str]]]:
    """A folder for containers to write to, Buildah's container, and a list of names; all are deleted afterwards."""
    exchange = scratch / "exchange"
    for folder in (exchange, exchange / "data"):
        folder.mkdir()
        folder.chmod(0o777)  # the image's user is nobody here
    names: list[str] = []
    container = ""
    if engine.buildah:
        container = output_of([engine.program, "from", "--pull-never", image], outside_copier()).strip()
        if not container:
            raise CannotTest(f"Buildah cannot create a container of {image} here.")
    try:
        yield exchange, container, names
    finally:
        if container:
            subprocess.run([engine.program, "rm", container], capture_output=True, check=False)
        elif names:
            subprocess.run([engine.program, "rm", "--force", *names], capture_output=True, check=False)


def _first_below(pid: int) -> int | None:
    """The first process below Buildah's own ones, which is process 1 of a container elsewhere."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text(encoding="ascii").split()):
            words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if not Path(os.fsdecode(words[0])).name.startswith("buildah"):
                return child
            if (found := _first_below(child)) is not None:
                return found
    return None
