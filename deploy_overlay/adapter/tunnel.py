"""A tunnel from a port of this machine to a platform's private network, dug by the platform's own program."""

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
from ..base.programs import Finished, end, own_group, popen_arguments, text_of
from .cli import Cli, environment_for

PATIENCE = 90.0  # seconds until it takes connections
LOOK = 0.1  # seconds between two looks


@contextlib.contextmanager
def tunnel(cli: Cli, argv: Callable[[int], tuple[str, ...]]) -> Iterator[int]:
    """Open a tunnel for the block, and give its port on this machine; `argv` has the arguments for a port.

    Raises Failure where it cannot be opened; and where the block fails because it ended by itself, the block's Failure
    with its reason.
    """
    port = free_port()
    command = argv(port)
    line = cli.line(*command)
    cli.log.write(f"$ {line}    (for a block)")
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                popen_arguments([cli.program, *command]),
                cwd=cli.folder,
                env=environment_for(cli.tool),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **own_group(),
            )
        except OSError as error:
            raise Failure(
                f"{cli.program} cannot be started ({error.strerror or error}).", anchor="program-not-started"
            ) from None
        try:
            if not _opened(process, port):
                raise cli.failure(_said(command, process, output), line)
            yield port
        except Failure as failure:
            if process.poll() is None or failure.anchor in ("platform-refused", "platform-unreachable"):
                raise
            reason = _said(command, process, output).reason_without(cli.tool.noise) or "it said nothing"
            raise Failure(f"{failure}\nThe tunnel had ended (`{line}`): {reason}", anchor=failure.anchor) from failure
        finally:
            if process.poll() is None:
                end(process)
            cli.log.write(f"tunnel ended\n{text_of(output)}")


def through(url: str, port: int) -> str:
    """An address as it is at this end of a tunnel: by another name than its certificate has."""
    parts = urlsplit(url)
    user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    query = dict(parse_qsl(parts.query))
    if query.get("sslmode", "").startswith("verify-"):
        query["sslmode"] = "require"
    return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{port}", query=urlencode(query)))


def _opened(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if answers(port):
            return True
        time.sleep(LOOK)
    return False


def _said(argv: tuple[str, ...], process: subprocess.Popen[bytes], output: IO[bytes]) -> Finished:
    return Finished(argv, process.poll() or 1, text_of(output))
