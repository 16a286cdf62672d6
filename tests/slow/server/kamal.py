"""A machine to deploy from with Kamal, and a server with SSH: both are this machine, in networks of their own.

Kamal, OpenSSH and the registry are real. On the deploying machine, `docker` hands a build to Buildah, and the registry is
Debian's program instead of an image: Kamal builds, pushes, and lets the server pull through SSH as it always does.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.slow.images.buildah import Buildah
from tests.support.programs import environment
from tests.tools import not_here, tool

from .engine import Engine

HOST = "shelf-server"  # of the deployer's own SSH configuration
# A login shell of the server: a home of its own, and the engine's Docker.
SESSION = """#!/bin/sh
export HOME={home} DOCKER_HOST={docker_host} DOCKER_CONFIG={docker_config}
cd "$HOME"
exec sh -c "$SSH_ORIGINAL_COMMAND"
"""
SSHD = """HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
ForceCommand {folder}/session.sh
Subsystem sftp internal-sftp
"""
CLIENT = """Host {host}
  HostName 127.0.0.1
  IdentityFile {folder}/key
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known_hosts
  HostKeyAlias {host}
  ProxyCommand nsenter --net=/proc/{pid}/ns/net unshare --mount sh {server}/sshd.sh
"""
# A connection, in the engine's network and with a /run of its own for the folder that the program wants there.
ONE_CONNECTION = """set -e
mount -t tmpfs none /run
mkdir /run/sshd
exec {sshd} -i -E {folder}/sshd.log -f {folder}/sshd_config
"""
# What Kamal asks of Docker on the machine that deploys.
DOCKER = """#!/usr/bin/env python3
import os, subprocess, sys
os.environ.pop("https_proxy", None)  # leads visitors to the site, and packages nowhere
words = sys.argv[1:]
buildah, trust, options, login = {buildah!r}, {trust!r}, {options!r}, {login!r}
if words[:1] == ["login"]:
    os.environ["DOCKER_HOST"] = {engine!r}  # whose network has the registry too
    os.execv({docker!r}, ["docker", "--config", os.path.dirname(login), *words])
if words[:2] != ["buildx", "build"]:
    sys.exit(0)  # Docker, buildx, its builder and the registry are there
tags = [words[at + 1] for at, word in enumerate(words) if word == "-t"]
labels = [words[at + 1] for at, word in enumerate(words) if word == "--label"]
file = words[words.index("--file") + 1]
options += [part for label in labels for part in ("--label", label.replace('"', ""))]
options += [part for tag in tags for part in ("--tag", tag)]
subprocess.run([*buildah, "bud", *options, "--file", file, "."], check=True)
trust += ["--authfile", login] if os.path.exists(login) else []
for tag in tags:
    subprocess.run([*buildah, "push", *trust, "--tls-verify=false", tag, "docker://" + tag], check=True)
"""
SSH = """#!/bin/sh
exec {ssh} -F {config} "$@"
"""
REGISTRY = """version: 0.1
storage:
  filesystem: {{rootdirectory: {folder}/registry}}
http: {{addr: "127.0.0.1:{port}"}}
"""
WITH_LOGIN = """auth:
  htpasswd: {{realm: registry, path: {folder}/logins}}
"""


@dataclass
class Deployer:
    """The machine that deploys: a home with an SSH configuration, programs on PATH, a registry."""

    folder: Path
    engine: Engine
    port: int  # of the registry
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def registry(self) -> str:
        return f"localhost:{self.port}"

    def environ(self, **more: str) -> dict[str, str]:
        path = f"{self.folder / 'programs'}:{tool('kamal').parent}:{os.environ['PATH']}"
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        own = {"PATH": path, "HOME": str(self.folder / "home"), "TMPDIR": str(temporary)}
        return environment(**{**own, **self.values, **more})

    def kamal(self, root: Path, *words: str, check: bool = True, **more: str) -> str:
        """What Kamal printed; raises AssertionError with it when it failed."""
        return self.run(root, str(tool("kamal")), *words, check=check, **more)

    def run(self, root: Path, *argv: str, check: bool = True, **more: str) -> str:
        """What a program printed that its owner starts in a folder; raises AssertionError with it when it failed."""
        done = subprocess.run(
            argv,
            cwd=root,
            env=self.environ(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=1800,
            check=False,
        )
        told = done.stdout + done.stderr
        assert not check or done.returncode == 0, f"{' '.join(argv)}\n{told}"
        return told if done.returncode == 0 else f"exit status {done.returncode}\n{told}"

    def reaches(self, engine: Engine, host: str) -> None:
        """A server with SSH in the network of an engine, which the deployer's SSH configuration knows by this name."""
        home, server = self.folder / "home" / ".ssh", self.folder / host
        (server / "home").mkdir(parents=True)
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(server / "host_key"))
        public = (server / "host_key.pub").read_text(encoding="utf-8").split()
        with (home / "known_hosts").open("a", encoding="utf-8") as known:
            known.write(f"{host} {public[0]} {public[1]}\n")
        with (home / "config").open("a", encoding="utf-8") as config:
            config.write(CLIENT.format(host=host, folder=home, pid=engine.pid, server=server))
        shutil.copy(home / "key.pub", server / "authorized_keys")
        places = engine.environ
        session = SESSION.format(
            home=server / "home", docker_host=places["DOCKER_HOST"], docker_config=places["DOCKER_CONFIG"]
        )
        program(server / "session.sh", session)
        (server / "sshd_config").write_text(SSHD.format(folder=server), encoding="utf-8")
        (server / "sshd.sh").write_text(ONE_CONNECTION.format(sshd=_sshd(), folder=server), encoding="utf-8")

    def builds_with(self, store: Buildah) -> None:
        """Builds of `docker buildx` go into this store from now on."""
        options = ["--isolation", "chroot", "--pull-never", *store.trust, "--layers"]
        options += ["--volume", "/etc/ssl/certs:/etc/ssl/certs:ro"]
        program(
            self.folder / "programs" / "docker",
            DOCKER.format(
                buildah=store.program,
                trust=store.trust,
                options=options,
                login=str(self.folder / "login" / "config.json"),
                engine=self.engine.environ["DOCKER_HOST"],
                docker=shutil.which("docker"),
            ),
        )


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


@contextlib.contextmanager
def deploying(engine: Engine, folder: Path) -> Iterator[Deployer]:
    """A server with SSH in the engine's network, and a machine that may log in to it."""
    if not shutil.which("docker-registry"):
        not_here("docker-registry is not installed: run `apt-get install docker-registry`")
    home = folder / "home" / ".ssh"
    home.mkdir(parents=True)
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / "key"))
    program(folder / "programs" / "ssh", SSH.format(ssh=shutil.which("ssh"), config=home / "config"))
    port = _free_port()
    (folder / "registry.yml").write_text(REGISTRY.format(folder=folder, port=port), encoding="utf-8")
    with _running(["docker-registry", "serve", str(folder / "registry.yml")], folder / "registry.log"):
        _answers(port)
        deployer = Deployer(folder, engine, port)
        deployer.reaches(engine, HOST)
        yield deployer


def _sshd() -> str:
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    return sshd or not_here("sshd is not installed: run `apt-get install openssh-server`")


@contextlib.contextmanager
def registry_with_login(deployer: Deployer, user: str, token: str) -> Iterator[str]:
    """Its address, which is the same on the machine that deploys and on the server: two programs with one folder."""
    port, folder = _free_in_both(deployer.engine), deployer.folder / "registry-with-login"
    folder.mkdir()
    (folder / "logins").write_text(f"{user}:{_hashed(token)}\n", encoding="utf-8")
    (folder / "registry.yml").write_text((REGISTRY + WITH_LOGIN).format(folder=folder, port=port), encoding="utf-8")
    serve = ["docker-registry", "serve", str(folder / "registry.yml")]
    there = ["nsenter", f"--net=/proc/{deployer.engine.pid}/ns/net", *serve]
    with _running(serve, folder / "here.log"), _running(there, folder / "there.log"):
        _answers(port)
        with deployer.engine.network():
            _answers(port)
        yield f"127.0.0.1:{port}"


def _hashed(token: str) -> str:
    """As `htpasswd -B` does it, which is the form that the registry reads."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    found: bytes = library.crypt(token.encode(), b"$2y$05$" + secrets.token_hex(11).encode())
    return found.decode()


def _run(*argv: str) -> None:
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextlib.contextmanager
def _running(argv: list[str], log: Path) -> Iterator[None]:
    with log.open("ab") as opened:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=opened, stderr=opened)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _free_port(port: int = 0) -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])


def _free_in_both(engine: Engine) -> int:
    """A port that neither this machine nor the engine's network uses; the mail server of a site may have any there."""
    while True:
        port = _free_port()
        with contextlib.suppress(OSError), engine.network():
            return _free_port(port)


def _answers(port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < until, "the registry does not start"
        time.sleep(0.1)


def containers(engine: Engine, service: str) -> dict[str, str]:
    """State by name of what an environment of a site has on the server, accessories included."""
    listed = engine.docker("ps", "--all", "--format", "json")
    found = [json.loads(line) for line in listed.splitlines() if line.startswith("{")]
    return {one["Names"]: one["State"] for one in found if one["Names"].startswith(f"{service}-")}
