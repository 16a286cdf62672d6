"""The work of the task after a copy, from the answers file to the summary."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from . import answers as answers_module
from . import log as log_module
from . import rendered
from .answers import Answers
from .bring_in import Brought, bring_in
from .failure import Failure
from .git_folder import overlay_folder
from .log import Log, say
from .saved import undo_cut_off_run
from .scrub import scrubbed
from .state import State
from .summary import summary

NAME = "after-copy"
INTERRUPTED = 130  # what shells report for Ctrl-C: 128 + SIGINT


def main(arguments: list[str]) -> int:
    """`<answers file> [--defaults | --ask]`, run in the git root; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a Windows console may not know the letters of a path
    names = [argument for argument in arguments if not argument.startswith("--")]
    if len(names) != 1:
        print("usage: after_copy.py ANSWERS_FILE [--defaults | --ask]", file=sys.stderr)
        return 2
    root = Path.cwd()
    log: Log | None = None
    try:
        folder = overlay_folder(root)
        log = log_module.start(folder, NAME)
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        log.write(f"{now} {NAME} in {root}, Python {sys.version.split()[0]}")
        answers = answers_module.read(root, names[0])
        brought = _configure(answers, State(folder, root), log)
    except Failure as failure:
        return _failed(failure, log)
    except Exception as error:  # a mistake of ours: one sentence for the user, the rest for whoever mends it
        import traceback

        if log is not None:
            log.write(traceback.format_exc())
        return _failed(Failure(f"stopped by an unexpected error ({type(error).__name__}: {error})."), log)
    except KeyboardInterrupt:
        print("\ndeploy-overlay: interrupted; the dependency files are as they were before.", file=sys.stderr)
        return INTERRUPTED
    if "--defaults" not in arguments:
        from .rehearsal import offer

        return offer(answers, brought.prefix)
    return 0


def _configure(answers: Answers, state: State, log: Log) -> Brought:
    undone = undo_cut_off_run(state, f"cut-off-{log.path.stem}")
    if undone:
        say(f"an earlier run was cut off: {', '.join(undone)} put back as before it (see {state.folder.as_posix()}/)")
        log.write(f"put back after a run that was cut off: {undone}")
    ours = rendered.paths(answers)
    state.finish(ours)
    brought = bring_in(answers, state, log)
    seen = rendered.seen_by_git(answers.root, [*ours, *brought.files], log)
    print(scrubbed(summary(answers, brought, ours, seen, _shown(log.path, answers.root))), flush=True)
    return brought


def _failed(failure: Failure, log: Log | None) -> int:
    lines = [f"deploy-overlay: {failure}"]
    if failure.commands:
        lines += ["The dependency files are as they were before. By hand:"]
        lines += [f"    cd {failure.folder}"] if failure.folder != "." else []
        lines += [f"    {command}" for command in failure.commands]
        lines += ["Commit, then run Copier again."]
    if log is not None:
        lines.append(f"Log: {_shown(log.path, Path.cwd())}")
        log.write(f"failed: {failure}")
    print(scrubbed("\n".join(lines)), file=sys.stderr)
    return 1


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
