"""A tunnel from a local port to a platform's private network, opened by the platform's own program."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import IO
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..base.message import Failure
from ..base.ports import answers, free_port
from ..base.programs import Finished, end, text_of
from .cli import Cli

PATIENCE = 90.0  # seconds until it must accept connections
LOOK = 0.1  # seconds between two looks


@contextlib.contextmanager
def tunnel(cli: Cli, argv: Callable[[int], tuple[str, ...]]) -> Iterator[int]:
    """Open a tunnel for the block, and yield its local port; `argv` returns the arguments for a port.

    Raises Failure if it cannot be opened. If the block fails because the tunnel ended, adds the reason to its Failure.
    """
    port = free_port()
    command = argv(port)
    line = cli.line(*command)
    cli.log.write(f"$ {line}    (for a block)")
    with tempfile.TemporaryFile() as output:
        process = cli.begun(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            if not _wait_until_open(process, port):
                raise cli.failure(_result(command, process, output), line)
            yield port
        except Failure as failure:
            if process.poll() is None or failure.anchor in ("platform-refused", "platform-unreachable"):
                raise
            reason = _result(command, process, output).reason_without(cli.tool.noise) or "it said nothing"
            raise Failure(f"{failure}\nThe tunnel had ended (`{line}`): {reason}", anchor=failure.anchor) from failure
        finally:
            if process.poll() is None:
                end(process)
            cli.log.write(f"tunnel ended\n{text_of(output)}")


def through(url: str, port: int) -> str:
    """The address at the local end of a tunnel, where the host name does not match the certificate."""
    parts = urlsplit(url)
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    query = dict(parse_qsl(parts.query))
    if query.get("sslmode", "").startswith("verify-"):
        query["sslmode"] = "require"
    return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{port}", query=urlencode(query)))


def _wait_until_open(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if answers(port):
            return True
        time.sleep(LOOK)
    return False


def _result(argv: tuple[str, ...], process: subprocess.Popen[bytes], output: IO[bytes]) -> Finished:
    return Finished(argv, process.poll() or 1, text_of(output))
