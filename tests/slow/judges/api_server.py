"""An API server of Kubernetes with its etcd, both real and without nodes or controllers: what it stores is all that happens.

https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.support.programs import environment
from tests.support.serving import free_port
from tests.tools import tool

STARTING = 120.0  # seconds
TOKEN = "token-of-ada"


@dataclass(frozen=True)
class ApiServer:
    configuration: Path

    def kubectl(self, *words: str | Path, given: str = "", ends: tuple[int, ...] = (0,)) -> str:
        """What it printed, errors too; raises AssertionError with that for another exit status."""
        done = subprocess.run(
            [tool("kubectl"), *words],
            input=given,
            env=environment(KUBECONFIG=str(self.configuration)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode in ends, f"kubectl {' '.join(map(str, words))}\n{done.stdout}"
        return done.stdout


@contextlib.contextmanager
def running(folder: Path) -> Iterator[ApiServer]:
    """Both are ended afterwards. Skips where one of the programs is not on PATH."""
    programs = {name: shutil.which(name) for name in ("etcd", "kube-apiserver", "openssl")}
    for name, program in programs.items():
        if not program:
            pytest.skip(f"{name} is not on PATH")
    keys, tokens = folder / "accounts.key", folder / "tokens.csv"
    subprocess.run([str(programs["openssl"]), "genrsa", "-out", keys, "2048"], capture_output=True, check=True)
    tokens.write_text(f"{TOKEN},ada,1,system:masters\n", encoding="utf-8")
    store, peers, port = (free_port() for _ in range(3))
    address = f"http://127.0.0.1:{store}"
    etcd = [
        str(programs["etcd"]), f"--data-dir={folder / 'etcd'}", f"--listen-client-urls={address}",
        f"--advertise-client-urls={address}", f"--listen-peer-urls=http://127.0.0.1:{peers}", "--unsafe-no-fsync",
    ]  # fmt: skip
    server = [
        str(programs["kube-apiserver"]), f"--etcd-servers={address}", f"--secure-port={port}", "--bind-address=127.0.0.1",
        f"--cert-dir={folder / 'certificates'}", f"--token-auth-file={tokens}", "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={keys}",
        f"--service-account-signing-key-file={keys}", "--service-cluster-ip-range=10.0.0.0/24",
        "--disable-admission-plugins=ServiceAccount",  # a controller would make the accounts
    ]  # fmt: skip
    document = {
        "apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [{"name": "real", "cluster": {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}}],
        "contexts": [{"name": "here", "context": {"cluster": "real", "user": "ada"}}],
        "users": [{"name": "ada", "user": {"token": TOKEN}}],
    }  # fmt: skip
    configuration = folder / "kubeconfig"
    configuration.write_text(yaml.safe_dump(document), encoding="utf-8")
    with _started(etcd, folder / "etcd.log"), _started(server, folder / "server.log") as process:
        found = ApiServer(configuration)
        _wait(found, process, folder / "server.log")
        yield found


@contextlib.contextmanager
def _started(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=dict(os.environ), stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(server: ApiServer, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + STARTING
    while "ok" not in server.kubectl("get", "--raw", "/readyz", ends=(0, 1)).splitlines():
        assert process.poll() is None and time.monotonic() < end, log.read_text(encoding="utf-8")[-4000:]
        time.sleep(0.5)
