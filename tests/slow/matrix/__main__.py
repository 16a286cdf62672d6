"""`make matrix`: tries every cell, prints a table of what it saw, and writes docs/support.md when all were tried.

A run that was cut off goes on where it was; `--fresh` begins anew. `--only TEXT` tries the cells with this in their name.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import sys
import tempfile
import time
import traceback
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from deploy_overlay.base.postgres import installed_programs
from tests.support import DJANGO, interpreter, run, snapshot

from .cells import OUTPUTS, Cell, cells
from .page import PAGE, written
from .results import FAILED, PASSED, REFUSED, Outcome, Results
from .services import postgresql
from .trial import tried


def main() -> int:
    parser = argparse.ArgumentParser(prog="make matrix", description=__doc__)
    parser.add_argument("--only", default="", help="cells with this text in their name")
    parser.add_argument("--jobs", type=int, default=2, help="cells side by side")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs saw")
    options = parser.parse_args()
    results = Results(fresh=options.fresh)
    chosen = [cell for cell in cells() if options.only.lower() in cell.name.lower()]
    left = [cell for cell in chosen if not results.settled(cell.name)]
    print(f"{len(chosen)} cells, {len(chosen) - len(left)} of them seen by an earlier run", flush=True)
    began = time.monotonic()
    try:
        _try(left, results, options.jobs)
    except KeyboardInterrupt:
        print("\nStopped; the next run goes on from here.", file=sys.stderr)
        return 130
    print(_table(chosen, results, time.monotonic() - began))
    if all(cell.name in results.seen for cell in cells()):
        PAGE.write_text(
            written({cell.name: results.seen[cell.name] for cell in cells()}, _when(results)), encoding="utf-8"
        )
        print(f"Written: {PAGE.name}")
    return 1 if any(results.seen[cell.name].state == FAILED for cell in chosen) else 0


def _try(left: list[Cell], results: Results, jobs: int) -> None:
    if not left:
        return
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder, postgresql() as server:
        scratch = Path(folder)
        template = snapshot(scratch / "template")
        pool = ThreadPoolExecutor(jobs)
        waiting: set[Future[None]] = set()
        try:
            for number, cell in enumerate(left, 1):
                waiting.add(pool.submit(_tried, cell, template, server, scratch, results, f"{number}/{len(left)}"))
            while waiting:
                _, waiting = wait(waiting, return_when=FIRST_COMPLETED, timeout=1)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _tried(cell: Cell, template: Path, server: str, scratch: Path, results: Results, number: str) -> None:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cell-", dir=scratch, ignore_cleanup_errors=True) as folder:
        try:
            told = tried(cell, template, server, Path(folder))
            state = REFUSED if told else PASSED
        except Exception as error:  # whatever went wrong, the others are tried
            state, told = FAILED, "".join(traceback.format_exception(error)[-3:])
    seconds = round(time.monotonic() - began, 1)
    results.note(cell.name, Outcome(state, told, seconds))
    print(f"[{number}] {seconds:5.1f} s  {state:<7}  {cell.name}", flush=True)
    if state == FAILED:
        print(told[-3000:], flush=True)


def _table(chosen: list[Cell], results: Results, seconds: float) -> str:
    """What was seen: a line for each shape, a column for each output."""
    marks = {PASSED: "passed", REFUSED: "refused", FAILED: "FAILED"}
    shapes: dict[str, dict[str, str]] = {}
    for cell in chosen:
        outcome = results.seen.get(cell.name)
        shapes.setdefault(cell.name.partition(": ")[2], {})[cell.output] = marks[outcome.state] if outcome else "-"
    width = max(map(len, shapes), default=0)
    lines = [f"{'':<{width}}  " + "  ".join(f"{output:<11}" for output in OUTPUTS)]
    lines += [
        f"{shape:<{width}}  " + "  ".join(f"{found.get(output, ''):<11}" for output in OUTPUTS)
        for shape, found in shapes.items()
    ]
    spent = sum(outcome.seconds for outcome in results.seen.values())
    lines.append(f"{seconds / 60:.0f} minutes; {spent / 60:.0f} minutes of work in all cells together")
    return "\n".join(["", *lines])


def _when(results: Results) -> str:
    """The sentence on the page: the date and the versions."""
    postgres = next(installed_programs()).version
    minutes = sum(outcome.seconds for outcome in results.seen.values()) / 60
    python = run([interpreter(*DJANGO["6.1"]), "--version"], Path("/")).stdout.split()[1]
    return (
        f"Seen on {datetime.date.today().isoformat()} on Linux with Copier {importlib.metadata.version('copier')} and "
        f"PostgreSQL {postgres}, the newest\nreleases of Django 5.2 and 6.1 on Python {python}; {minutes:.0f} minutes of work.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
