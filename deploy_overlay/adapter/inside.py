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
from typing import IO, Any, NamedTuple

from ..base.message import Failure
from ..base.programs import Finished, end, own_group, popen_arguments, text_of
from .cli import Cli, environment_for

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


class Talk(NamedTuple):
    """The answer at the end of a conversation, and how the program ended."""

    answer: dict[str, Any] | None
    ended: Finished


def talk(
    inside: Inside,
    program: str,
    asked: dict[str, Any],
    mark: str,
    *,
    send: Iterable[bytes | dict[str, Any]] = (),
    received: Callable[[bytes], object] | None = None,
) -> Talk:
    """Run `program` in the site, tell it `asked` and the chunks of `send`, and give what it sends to `received`.

    Raises Failure if the platform's program cannot be started. On Ctrl-C it is ended.
    """
    cli, argv = inside.cli, inside.argv(inside.python)
    cli.log.write(f"$ {cli.line(*inside.argv(SHOWN))}    ({asked})")
    answer: dict[str, Any] | None = None
    with tempfile.TemporaryFile() as errors, _started(cli, argv, errors) as process:
        assert process.stdin is not None
        writer = threading.Thread(target=_write, args=(process.stdin, program, asked, mark, send), daemon=True)
        writer.start()
        said: list[str] = []
        for line in _lines(process):
            text = line.decode("utf-8", "replace").strip()
            if not text.startswith(mark):
                said.append(text)
            elif text[len(mark) :].startswith("{"):
                answer = json.loads(text[len(mark) :])
            elif received is not None:
                received(base64.b64decode(text[len(mark) :]))
        status = process.wait()
        writer.join(timeout=5)
        ended = Finished(argv, status, "\n".join(said), text_of(errors))
    cli.log.write(f"{ended.errors}\nexit status {status}, answer {answer}")
    return Talk(answer, ended)


def failure(inside: Inside, talk: Talk) -> Failure:
    """The Failure of a conversation that ended without an answer."""
    done = talk.ended
    if inside.asleep and re.search(inside.asleep, done.errors + done.output):
        return Failure(f"{inside.wake}, then run this again.", anchor="database-missing")
    # An answer that is missing is a failure whatever the exit status says.
    return inside.cli.failure(done._replace(status=done.status or 1), inside.cli.line(*inside.argv(SHOWN)))


@contextlib.contextmanager
def _started(cli: Cli, argv: tuple[str, ...], errors: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        process = subprocess.Popen(
            popen_arguments([cli.program, *argv]),
            cwd=cli.folder,
            env=environment_for(cli.tool),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            **own_group(),
        )
    except OSError as error:
        raise Failure(
            f"{cli.program} cannot be started ({error.strerror or error}).", anchor="program-not-started"
        ) from None
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


def _write(
    stream: IO[bytes], program: str, asked: dict[str, Any], mark: str, send: Iterable[bytes | dict[str, Any]]
) -> None:
    packed = base64.b64encode(zlib.compress(program.encode(), 9)).decode()
    code = f'import base64,zlib;exec(compile(zlib.decompress(base64.b64decode("{packed}")),"deploy-overlay","exec"))'
    # A program that has ended says itself why it did.
    with contextlib.suppress(OSError):
        stream.write(f"{code}\n{json.dumps(asked)}\n".encode())
        for chunk in send:
            line = json.dumps(chunk) if isinstance(chunk, dict) else base64.b64encode(chunk).decode()
            stream.write(f"{mark}{line}\n".encode())
        stream.close()
