"""A PostgreSQL server of this machine with its usual settings, which can be stopped and started again."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy_overlay.base.postgres import Programs, installed_programs

from .serving import free_port

PASSWORD = "a-password-of-the-tests"


@dataclass
class Cluster:
    """`url` is the address of its first database, as a superuser."""

    programs: Programs
    folder: Path
    port: int
    before: Sequence[str]

    @property
    def url(self) -> str:
        return f"postgres://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        self.run("pg_ctl", "--wait", "--log", str(self.folder / "log"), "--options", options, "start")

    def stop(self) -> None:
        """As a restart does: connections are ended, what was committed stays."""
        self.run("pg_ctl", "--wait", "--mode", "fast", "stop")

    def run(self, program: str, *arguments: str) -> None:
        # The server refuses to run as root.
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        environ = {**os.environ, "PGDATA": str(self.folder / "data"), "LC_ALL": "C"}
        command = [*self.before, *user, self.programs.program(program), *arguments]
        done = subprocess.run(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=self.folder, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout


@contextlib.contextmanager
def cluster(before: Sequence[str] = ()) -> Iterator[Cluster]:
    """A running server for the block; `before` are words before its command, such as those of taskset."""
    programs = max(installed_programs(("initdb", "pg_ctl")), key=lambda found: found.major)
    with tempfile.TemporaryDirectory(prefix="cluster-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        one = Cluster(programs, folder, free_port(), before)
        one.run("initdb", "--username", "postgres", "--auth", "scram-sha-256", "--pwfile", str(secret))
        one.start()
        try:
            yield one
        finally:
            with contextlib.suppress(AssertionError):  # stopped already
                one.stop()
