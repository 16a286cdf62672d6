"""The command: `python -m deploy.rehearse`. Its exit code is 0 only when every check passed."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from http.server import ThreadingHTTPServer
from pathlib import Path

from .inside import act_inside
from .interruption import interruptible
from .overlay import PACKAGE
from .program import INSIDE
from .progress import Progress
from .proxy import Outside, listening, pass_requests_on
from .record import Book, Stop, entry, failed
from .rehearsal import Options, Rehearsal, rehearsed
from .report import as_json, as_table
from .server import NotServing, running_server

QUIET = "DEPLOY_OVERLAY_QUIET"  # shows no progress
READY, NOT_READY, CANNOT_BEGIN, INTERRUPTED = 0, 1, 2, 130


def parsed_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m {PACKAGE}.rehearse",
        description="Test the production settings and server on this machine.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of the table")
    parser.add_argument("--serve", action="store_true", help="keep the server running afterwards, for a browser")
    parser.add_argument("--port", type=int, default=0, help="port for --serve (default: a free one)")
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="file of NAME=value lines with required variables"
    )
    parser.add_argument("--platform", metavar="NAME", help="rehearse only this platform (default: all)")
    parser.add_argument("--host", metavar="NAME", help="host name of the requests (default: the platform's)")
    parser.add_argument("--verbose", action="store_true", help="show all output")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Rehearse, print the report, serve if asked to; returns the exit code."""
    if arguments[:1] == [INSIDE]:  # not an option for people, so not one of the parser
        return _acted_inside(arguments[1:])
    options = parsed_arguments(arguments)
    overwriting = sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not options.verbose
    progress = Progress(sys.stderr, overwriting, os.environ.get(QUIET, "") not in ("", "0"))
    try:
        with interruptible(), contextlib.ExitStack() as lasting:
            listener = lasting.enter_context(listening(options.port)) if options.serve else None
            asked = Options(options.platform, options.host, options.env_file, options.verbose)
            rehearsal = lasting.enter_context(rehearsed(asked, progress))
            _print_report(rehearsal, options.json)
            if listener:
                _serve_until_interrupted(rehearsal, listener)
            return READY if rehearsal.book.ok else NOT_READY
    except Stop as stop:
        print(f"{stop}\nMore: {entry(stop.anchor)}", file=sys.stderr)
        if options.json:
            print(as_json(_begun_badly(stop), options.platform or "", "none"), flush=True)
        return CANNOT_BEGIN
    except KeyboardInterrupt:
        print("Interrupted. The server, database and temporary folder were removed.", file=sys.stderr)
        return INTERRUPTED


def _acted_inside(arguments: Sequence[str]) -> int:
    try:
        act_inside(arguments)
    except Stop as stop:
        print(f"{stop}\nMore: {entry(stop.anchor)}", file=sys.stderr)
        return CANNOT_BEGIN
    return READY


def _print_report(rehearsal: Rehearsal, for_machines: bool) -> None:
    book, platform, database = rehearsal.book, rehearsal.platform_names, rehearsal.database
    if for_machines:
        print(as_json(book, platform, database), flush=True)
        return
    log = rehearsal.stage.log
    kept = str(log) if rehearsal.stage.scratch not in log.parents else "shown with --verbose"
    print(as_table(book, platform, database, sys.stdout.encoding, kept), flush=True)


def _begun_badly(stop: Stop) -> Book:
    """The report of a rehearsal that could not start, for --json."""
    book = Book(say=lambda text: None)
    book.run("start", lambda: failed(str(stop), str(stop).partition(". ")[2], stop.anchor))
    return book


def _serve_until_interrupted(rehearsal: Rehearsal, listener: ThreadingHTTPServer) -> None:
    """Start the server again and proxy to it until Ctrl-C, even if checks failed."""
    if not rehearsal.servable:
        print("Nothing to serve: the server does not start.", file=sys.stderr)
        return
    try:
        with running_server(rehearsal.stage, rehearsal.overlay, rehearsal.environ) as running:
            browser = rehearsal.browser(running, rehearsal.platforms[0])
            print(f"http://127.0.0.1:{listener.server_address[1]}/ (stop with Ctrl-C)", file=sys.stderr, flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                pass_requests_on(listener, Outside(browser.host, browser.secure, running.port))
    except NotServing as error:
        print(f"Nothing to serve: {error.outcome.detail}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
