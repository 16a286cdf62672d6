"""What stands around the work of every entry point: the answers, the log, and one sentence for whatever goes wrong."""

from __future__ import annotations

import errno
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TypeVar

from . import answers as answers_module
from . import log as log_module
from .answers import Answers
from .git import overlay_folder
from .log import Log
from .message import Failure
from .run_lock import exclusive_run
from .scrub import scrubbed
from .state import State

INTERRUPTED = 130  # what shells report for Ctrl-C: 128 + SIGINT

Result = TypeVar("Result")


def run_hook(
    name: str,
    answers_file: str,
    work: Callable[[Answers, State, Log], Result],
    *,
    read: bool = True,
    run: int | None = None,
) -> tuple[int, Result | None]:
    """Run `work` in the git root, the current folder; return the exit status, and the result if that is 0.

    Without `read` the answers are empty, for work after their file was removed. `run` is the number of the run that the
    work belongs to, 0 for none; work that only looks has None, and runs beside another run.

    A Failure, a bug or Ctrl-C is one sentence on standard error; the log has the rest.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a Windows console may not know the letters of a path
    root = Path.cwd()
    log: Log | None = None
    try:
        folder = overlay_folder(root)
        with nullcontext() if run is None else exclusive_run(folder, run):
            log = log_module.start(folder, name)
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            log.write(f"{now} {name} in {root}, Python {sys.version.split()[0]}")
            answers = answers_module.read(root, answers_file) if read else Answers(root, answers_file, {})
            return 0, work(answers, State(folder, root), log)
    except Failure as failure:
        return _failed(failure, log), None
    except Exception as error:  # a bug: one sentence for the user, the traceback for the log
        import traceback

        if log is not None:
            log.write(traceback.format_exc())
        return _failed(unexpected(error), log), None
    except KeyboardInterrupt:
        print("\ndeploy-overlay: interrupted.", file=sys.stderr)
        return INTERRUPTED, None


def unexpected(error: Exception, log: str = "") -> Failure:
    """What users are told of an exception that nobody expected: a full disk, or our own bug. `log` is a line with its place."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        place = f" for {error.filename}" if error.filename else ""
        return Failure(f"No space is left on the disk{place}: make room, then run this again.{log}", anchor="disk-full")
    return Failure(f"stopped by an unexpected error ({type(error).__name__}: {error}).{log}", anchor="unexpected-error")


def shown(path: Path, root: Path) -> str:
    """A path for messages: relative to the root if it is below it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _failed(failure: Failure, log: Log | None) -> int:
    from .message import with_help_link

    lines = [f"deploy-overlay: {failure}"]
    if failure.commands:
        lines += ["The dependency files were restored. Run this yourself:"]
        lines += [f"    cd {failure.folder}"] if failure.folder != "." else []
        lines += [f"    {command}" for command in failure.commands]
        lines += ["Commit, then run Copier again."]
    if log is not None:
        lines.append(f"Log: {shown(log.path, Path.cwd())}")
        log.write(f"failed: {failure}")
    print(scrubbed(with_help_link("\n".join(lines), failure.anchor)), file=sys.stderr)
    return 1
