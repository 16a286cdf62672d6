"""A server that speaks S3, on loopback: moto's, which is not ours and parses what real clients send."""

from __future__ import annotations

import contextlib
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from .installing import python_with
from .programs import interpreter
from .serving import free_port

PATIENCE = 60.0  # seconds until it answers


@contextlib.contextmanager
def s3(log: Path) -> Iterator[str]:
    """The address of an empty server while the block runs. It asks nobody for a signature.

    https://docs.getmoto.org/en/latest/docs/server_mode.html
    """
    python = python_with(interpreter("3.13", "3.12", "3.11"), "moto[server]>=5")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(python), "-m", "moto.server", "-p", str(port)], stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def make_bucket(address: str, name: str) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html"""
    urllib.request.urlopen(urllib.request.Request(f"{address}/{name}", method="PUT"), timeout=30).close()


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server of S3 did not answer\n{log.read_text(encoding='utf-8', errors='replace')}")
