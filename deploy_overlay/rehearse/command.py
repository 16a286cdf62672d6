"""`deploy-overlay rehearse`: its exit code is 0 for ready, 1 for not ready, 3 for unproven, and 2 if it cannot begin."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ..base import git
from ..base import log as logs
from ..base.answers import Answers, find, git_root
from ..base.message import Failure, with_help_link
from ..base.release import own_version
from ..base.scrub import scrubbed
from .interruption import interruptible
from .progress import Progress
from .proxy import Outside, listening, pass_requests_on
from .rehearsal import Options, Rehearsal, rehearsed
from .remembered import remember
from .report import as_json, as_table
from .results import NOT_READY, READY, UNPROVEN, Results, failed
from .server import NotServing, running_server
from .without_overlay import seen_in

QUIET = "DEPLOY_OVERLAY_QUIET"  # shows no progress
CODES = {READY: 0, NOT_READY: 1, UNPROVEN: 3}
CANNOT_BEGIN, INTERRUPTED = 2, 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a rehearsal."""
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of the table")
    parser.add_argument(
        "--report", type=Path, default=None, metavar="FILE", help="also write the JSON document to a file"
    )
    parser.add_argument("--serve", action="store_true", help="keep the server running afterwards, for a browser")
    parser.add_argument("--port", type=int, default=0, help="port for --serve (default: a free one)")
    parser.add_argument(
        "--env-file", type=Path, metavar="FILE", help="file of NAME=value lines with required variables"
    )
    parser.add_argument("--platform", default="", metavar="NAME", help="rehearse only this platform (default: all)")
    parser.add_argument(
        "--host", default="", metavar="NAME", help="host name of the requests (default: the platform's)"
    )
    parser.add_argument(
        "--postgres",
        default="",
        metavar="URL",
        help="create a temporary database on this server instead of starting one",
    )
    parser.add_argument(
        "--here", action="store_true", help="quickly check the current folder and environment; never says ready"
    )
    parser.add_argument(
        "--image",
        nargs="?",
        const="",
        metavar="NAME",
        help="build the image and rehearse its containers, or those of the image NAME",
    )
    parser.add_argument(
        "--fetch-python", action="store_true", help="fetch production's Python with uv if this machine lacks it"
    )
    parser.add_argument(
        "--memory", type=int, default=0, metavar="MB", help="memory of each process (default: the platform's smallest)"
    )
    parser.add_argument("--verbose", action="store_true", help="show all output")
    parser.set_defaults(only=None)  # for a deployment, which leaves out what else is not committed


def defaults(**options: Any) -> argparse.Namespace:
    """The default options of a rehearsal, except for those given."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    found = parser.parse_args([])
    for name, value in options.items():
        setattr(found, name, value)
    return found


def rehearse(options: argparse.Namespace) -> int:
    """Rehearse, print the report, serve if asked to; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    overwriting = sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not options.verbose
    progress = Progress(sys.stderr, overwriting, os.environ.get(QUIET, "") not in ("", "0"))
    asked = Options(
        platform=options.platform,
        host=options.host,
        env_file=options.env_file,
        postgres=options.postgres,
        here=options.here,
        image=options.image,
        only=options.only,
        fetch=options.fetch_python,
        memory=options.memory,
        verbose=options.verbose,
    )
    try:
        _check_place(options.report)
        answers = _answers(Path.cwd())
        with interruptible(), contextlib.ExitStack() as lasting:
            listener = lasting.enter_context(listening(options.port)) if options.serve else None
            log = logs.start(git.overlay_folder(answers.root), "rehearsal")
            rehearsal = lasting.enter_context(rehearsed(asked, answers, log, progress))
            _remember(rehearsal, answers)
            _write_report(rehearsal.results, _about(rehearsal), options.report)
            _print_report(rehearsal, options.json)
            if listener:
                _serve_until_interrupted(rehearsal, listener)
            return CODES[rehearsal.results.verdict]
    except Failure as failure:
        print(scrubbed(with_help_link(str(failure), failure.anchor)), file=sys.stderr)
        about: dict[str, Any] = {"platforms": [], "database": "none"}
        if failure.anchor != "report-not-written":
            _write_report(_failed_start(failure), about, options.report)
        if options.json:
            print(as_json(_failed_start(failure), about), flush=True)
        return CANNOT_BEGIN
    except KeyboardInterrupt:
        print("Interrupted. The server, database and temporary folder were removed.", file=sys.stderr)
        return INTERRUPTED


def _answers(folder: Path) -> Answers:
    """The answers of the overlay; for a project without it, detected ones."""
    root = git_root(folder)
    if root is not None and not any(root.glob(".copier-answers*.yml")):
        print("This project does not have the overlay: its own settings and processes are rehearsed.", file=sys.stderr)
        return seen_in(root)
    return find(folder)


def _about(rehearsal: Rehearsal) -> dict[str, Any]:
    return {
        "version": own_version(),
        "tree": rehearsal.tree.name if rehearsal.tree else "",
        "python": rehearsal.installed.version if rehearsal.installed else "",
        "platforms": [target.key for target in rehearsal.targets],
        "database": rehearsal.database,
    }


def _remember(rehearsal: Rehearsal, answers: Answers) -> None:
    """Record a passed tree, but not with --host, --here or the name of an image, which test something else."""
    about = _about(rehearsal)
    options = rehearsal.options
    if about["tree"] and not (options.host or options.here or options.image):
        folder = git.overlay_folder(answers.root)
        remember(
            folder, about["tree"], about["platforms"], about["python"], about["version"], rehearsal.results.verdict
        )


def _check_place(report: Path | None) -> None:
    """Raise Failure before the rehearsal starts if its report could not be written."""
    if report is not None and (report.is_dir() or not report.absolute().parent.is_dir()):
        raise Failure(
            f"{report} cannot be written: give --report a file in an existing folder.",
            anchor="report-not-written",
        )


def _write_report(results: Results, about: dict[str, Any], report: Path | None) -> None:
    """Write the report at the end, so that a file in the repository is not part of the rehearsed tree."""
    if report is not None:
        report.write_text(f"{as_json(results, about)}\n", encoding="utf-8", newline="\n")


def _print_report(rehearsal: Rehearsal, for_machines: bool) -> None:
    if for_machines:
        print(as_json(rehearsal.results, _about(rehearsal)), flush=True)
        return
    names, database = rehearsal.platform_names, rehearsal.database
    print(as_table(rehearsal.results, names, database, sys.stdout.encoding, str(rehearsal.log.path)), flush=True)


def _failed_start(failure: Failure) -> Results:
    """The report of a rehearsal that could not start, for --json."""
    results = Results(say=lambda text: None)
    results.run("start", lambda: failed(str(failure), str(failure).partition(". ")[2], failure.anchor))
    return results


def _serve_until_interrupted(rehearsal: Rehearsal, listener: ThreadingHTTPServer) -> None:
    """Start the server again and proxy to it until Ctrl-C, even if checks failed."""
    if not rehearsal.servable:
        print("Nothing to serve: the server does not start.", file=sys.stderr)
        return
    try:
        with running_server(rehearsal.stage, rehearsal.production, rehearsal.environ) as running:
            browser = rehearsal.browser(running, rehearsal.targets[0])
            print(f"http://127.0.0.1:{listener.server_address[1]}/ (stop with Ctrl-C)", file=sys.stderr, flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                pass_requests_on(listener, Outside(browser.host, browser.secure, running.port))
    except NotServing as error:
        print(f"Nothing to serve: {error.outcome.detail}", file=sys.stderr)
