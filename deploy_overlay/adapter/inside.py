"""Runs a Python program where a site runs, by the platform's own program: lines of text go in and come out.

Nothing of it has to be installed there: the program is the first line of its own standard input.
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import subprocess
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from ..base.message import Failure
from ..base.programs import Finished, end, text_of
from .cli import Cli, report_unexpected_output

# Text without a quote, so that every platform's program hands it on as it is.
BOOTSTRAP = "-c 'exec(input())'"
SHOWN = "python -c ..."
SILENCE = 1800.0  # seconds; a large database is checked without a word


@dataclass(frozen=True)
class Inside:
    """How a line for a shell is run in the site, without a terminal: `argv` returns the arguments of `cli` for a line."""

    cli: Cli
    argv: Callable[[str], tuple[str, ...]]
    python: str  # the line that starts the site's Python with `BOOTSTRAP`
    asleep: str = ""  # pattern of errors that say that the site does not run
    wake: str = ""  # the fix for that, an imperative with a command


def talk(
    inside: Inside,
    program: str,
    asked: dict[str, Any],
    mark: str,
    *,
    send: Iterable[bytes | dict[str, Any]] = (),
    received: Callable[[bytes], object] | None = None,
) -> dict[str, Any]:
    """Run `program` in the site, tell it `asked` and the chunks of `send`, and give what it sends to `received`; its answer.

    Raises Failure if the platform's program cannot be started, or nothing answers, and what `send` raises. On Ctrl-C it is
    ended.
    """
    cli, argv = inside.cli, inside.argv(inside.python)
    cli.log.write(f"$ {cli.line(*inside.argv(SHOWN))}    ({asked})")
    answer: dict[str, Any] | None = None
    lost: list[Exception] = []
    with (
        report_unexpected_output(cli.tool.title),
        tempfile.TemporaryFile() as errors,
        _started(cli, argv, errors) as process,
    ):
        assert process.stdin is not None
        told = _told(program, asked, mark, send, lost)
        writer = threading.Thread(target=_write, args=(process.stdin, told), daemon=True)
        writer.start()
        said: list[str] = []
        for line in _lines(process):
            text = line.decode("utf-8", "replace").strip()
            if not text.startswith(mark):
                said.append(text)
            elif not line.endswith(b"\n") and not text.endswith("}"):
                continue  # the connection was lost within it
            elif text[len(mark) :].startswith("{"):
                answer = json.loads(text[len(mark) :])
            elif received is not None:
                received(base64.b64decode(text[len(mark) :]))
        status = process.wait()
        writer.join(timeout=5)
        ended = Finished(argv, status, "\n".join(said), text_of(errors))
    cli.log.write(f"{ended.errors}\nexit status {status}, answer {answer}")
    if lost:
        raise lost[0]
    if answer is None:
        raise _failure(inside, ended)
    return answer


def _failure(inside: Inside, done: Finished) -> Failure:
    """Of a conversation that ended without an answer, which is a failure whatever the exit status says."""
    if inside.asleep and re.search(inside.asleep, done.errors + done.output):
        return Failure(f"{inside.wake}, then run this again.", anchor="database-missing")
    return inside.cli.failure(done._replace(status=done.status or 1), inside.cli.line(*inside.argv(SHOWN)))


@contextlib.contextmanager
def _started(cli: Cli, argv: tuple[str, ...], errors: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    process = cli.begun(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
    try:
        yield process
    finally:
        if process.poll() is None:
            end(process)
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """What a program prints, which is ended when it has said nothing for `SILENCE`."""
    assert process.stdout is not None
    heard, over = time.monotonic(), threading.Event()

    def watch() -> None:
        while not over.wait(1.0):
            if time.monotonic() - heard > SILENCE:
                end(process)

    threading.Thread(target=watch, daemon=True).start()
    try:
        for line in process.stdout:
            heard = time.monotonic()
            yield line
    finally:
        over.set()


def _told(
    program: str,
    asked: dict[str, Any],
    mark: str,
    send: Iterable[bytes | dict[str, Any]],
    lost: list[Exception],
) -> Iterator[str]:
    """The lines for the program. They end where `send` raises something, which goes into `lost`."""
    packed = base64.b64encode(zlib.compress(program.encode(), 9)).decode()
    code = f'import base64,zlib;exec(compile(zlib.decompress(base64.b64decode("{packed}")),"deploy-overlay","exec"))'
    yield f"{code}\n{json.dumps(asked)}\n"
    try:
        for chunk in send:
            line = json.dumps(chunk) if isinstance(chunk, dict) else base64.b64encode(chunk).decode()
            yield f"{mark}{line}\n"
    except Exception as error:
        lost.append(error)


def _write(stream: IO[bytes], lines: Iterable[str]) -> None:
    # A program that has ended says itself why it did.
    with contextlib.suppress(OSError):
        for line in lines:
            stream.write(line.encode())
    with contextlib.suppress(OSError):
        stream.close()
