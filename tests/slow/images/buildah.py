"""Builds and runs images with buildah in a store of its own: root, but no daemon, no registry, no namespaces."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.programs import environment

if sys.platform != "win32":
    import fcntl

CERTIFICATES = Path("/etc/ssl/certs")
POLICY = '{"default": [{"type": "insecureAcceptAnything"}]}\n'
_STEP = re.compile(r"(?:\[\d+/\d+\] )?STEP \d+/\d+: (.*)")


@dataclass(frozen=True)
class Step:
    """An instruction of a Dockerfile, and whether its layer was there already."""

    instruction: str
    kept: bool


@dataclass(frozen=True)
class Build:
    """What one build left: the image, how long it took, and what buildah printed."""

    image: str
    seconds: float
    output: str

    @property
    def steps(self) -> list[Step]:
        """Every instruction but FROM, in the order in which they were finished.

        A stage that copies from another one waits for it: what is finished is the instruction that was begun last.
        """
        begun: list[str] = []
        finished: list[Step] = []
        kept = False
        for line in self.output.splitlines():
            if match := _STEP.fullmatch(line):
                begun += [] if match[1].startswith("FROM ") else [match[1]]
            elif line.startswith("--> Using cache"):
                kept = True
            elif line.startswith("--> ") and begun:
                finished.append(Step(begun.pop(), kept))
                kept = False
        return finished


class Buildah:
    """One store of images below a folder, on top of the images of another one that it only reads."""

    def __init__(self, folder: Path, beneath: Buildah | None = None) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.downloads = (beneath or self).folder / "downloads"
        policy = folder / "policy.json"
        policy.write_text(POLICY, encoding="utf-8")
        self.trust = ["--signature-policy", str(policy)]
        options = ["--root", str(folder / "store"), "--runroot", str(folder / "run"), "--storage-driver", "overlay"]
        options += ["--storage-opt", f"overlay.imagestore={beneath.folder / 'store'}"] if beneath else []
        self.program = ["buildah", *options]

    def discard(self) -> None:
        """Remove the store with everything in it, also what an interrupted build left mounted."""
        with Path("/proc/self/mountinfo").open(encoding="utf-8") as mounts:
            below = [place for line in mounts if (place := line.split()[4]).startswith(f"{self.folder}/")]
        for place in reversed(below):
            subprocess.run(["umount", "--lazy", place], check=False)
        shutil.rmtree(self.folder)

    def ask(self, *arguments: str, timeout: float = 1800) -> str:
        """What a command printed; raises AssertionError with everything when it failed."""
        # Cache mounts of builds lie in the temporary folder.
        self.downloads.mkdir(exist_ok=True)
        done = subprocess.run(
            [*self.program, *arguments],
            env=environment(TMPDIR=str(self.downloads)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"buildah {' '.join(arguments)}\n{done.stdout}\n{done.stderr}")
        return done.stdout.strip()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Only one process at a time is in such a block of this store."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def build(
        self, context: Path, name: str, dockerfile: str = "Dockerfile", secrets: Mapping[str, Path] | None = None
    ) -> Build:
        """Build a folder as `docker build` does, with the layers that this store has of earlier builds.

        `secrets` are files by the names of the secrets that they hold.
        """
        options = ["--isolation", "chroot", "--pull-never", *self.trust, "--layers"]
        options += ["--volume", f"{CERTIFICATES}:{CERTIFICATES}:ro"] if CERTIFICATES.is_dir() else []
        options += [part for key, file in (secrets or {}).items() for part in ("--secret", f"id={key},src={file}")]
        ignored = context / f"{dockerfile}.dockerignore"
        options += ["--ignorefile", str(ignored)] if ignored.exists() else []
        began = time.monotonic()
        output = self.ask("bud", *options, "--file", str(context / dockerfile), "--tag", name, str(context))
        return Build(name, time.monotonic() - began, output)

    def inspect(self, image: str) -> dict[str, Any]:
        """The image's configuration and history: https://github.com/opencontainers/image-spec/blob/main/config.md"""
        config: dict[str, Any] = json.loads(self.ask("inspect", "--type", "image", image))["OCIv1"]
        return config

    def label(self, image: str, name: str) -> str:
        """A label of an image; empty when there is no such image or label."""
        with contextlib.suppress(AssertionError):
            return str((self.inspect(image)["config"].get("Labels") or {}).get(name, ""))
        return ""

    def layers(self, image: str) -> list[str]:
        """The digests of the layers, lowest first."""
        return list(self.inspect(image)["rootfs"]["diff_ids"])

    @contextlib.contextmanager
    def container(self, image: str) -> Iterator[Container]:
        """A container of this image, removed afterwards."""
        identity = self.ask("from", "--pull-never", *self.trust, image)
        try:
            yield Container(self, identity)
        finally:
            self.ask("rm", identity)


@dataclass(frozen=True)
class Container:
    """A container that commands can be run in, as the image's user unless told otherwise.

    It shares this machine's network: what listens on a port there answers on loopback here.
    """

    buildah: Buildah
    identity: str

    def command(self, *words: str, env: Mapping[str, str] | None = None, user: str = "") -> list[str]:
        """The command line that runs these words in the container."""
        options = [part for name, value in (env or {}).items() for part in ("--env", f"{name}={value}")]
        options += ["--user", user] if user else []
        return [*self.buildah.program, "run", "--isolation", "chroot", *options, self.identity, "--", *words]

    def run(self, *words: str, env: Mapping[str, str] | None = None, user: str = "", check: bool = True) -> str:
        """What a command in the container printed; raises AssertionError with it when the command failed."""
        said = f"/tmp/said-{uuid.uuid4().hex}"
        command = self.command(*_printing_to(said), *words, env=env, user=user)
        code = subprocess.run(
            command, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, timeout=900, check=False
        ).returncode
        output = self.taken(said)
        if check and code != 0:
            raise AssertionError(f"{' '.join(words)} ended with {code}\n{output}")
        return output

    def taken(self, path: str) -> str:
        """The text of a file in the container, which is removed; empty when it is not there."""
        with self.files() as root:
            file = root / path.lstrip("/")
            text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
            file.unlink(missing_ok=True)
        return text

    @contextlib.contextmanager
    def files(self) -> Iterator[Path]:
        """The root of the container's files, as this machine sees them."""
        try:
            yield Path(self.buildah.ask("mount", self.identity))
        finally:
            self.buildah.ask("umount", self.identity)

    def start(self, *words: str, env: Mapping[str, str], said: str) -> subprocess.Popen[bytes]:
        """Start a command in a process group of its own and leave it running; it prints to a file in the container."""
        return subprocess.Popen(
            self.command(*_printing_to(said), *words, env=env),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def _printing_to(path: str) -> list[str]:
    """The words before a command that make it print to a file: what it prints last, buildah loses on a busy machine."""
    return ["sh", "-c", f'exec "$@" >{path} 2>&1', "sh"]


def end(process: subprocess.Popen[bytes]) -> None:
    """Make sure that a process and all that it started are gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
