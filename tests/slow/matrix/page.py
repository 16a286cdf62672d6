"""docs/support.md: the matrix as people look for it, by dependency manager, layout, feature and operating system."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from deploy_overlay.platforms import platform
from deploy_overlay.update.retired import RETIREMENTS
from tests.support.template import REPOSITORY

from .cells import (
    AT_THE_ROOT,
    LAYOUTS,
    MANAGERS,
    NO_PDM,
    NO_SQLITE,
    NO_VOLUME,
    ONE_MACHINE,
    OUTPUTS,
    VARIANTS,
    WHOLE,
    Cell,
    cells,
)
from .results import FAILED, PASSED, REFUSED, Outcome

PAGE = REPOSITORY / "docs" / "support.md"
SEEN = re.compile(r"^Seen .*\n(?:.+\n)*", re.MULTILINE)
REASONS = {
    NO_PDM: "Heroku cannot install with PDM",
    AT_THE_ROOT: "Heroku needs these files at the root",
    NO_VOLUME: "Heroku has no persistent disk",
    NO_SQLITE: "Heroku has no persistent disk",
    ONE_MACHINE: "SQLite is a file of one machine",
}
Seen = Mapping[str, Outcome]
_WHOLE = """\
The project has Celery with its scheduler, RQ, a nightly command, mail and uploaded pictures, and all of it is chosen. Each
process runs as the platform starts it, beside a real Redis, a bucket that speaks S3 and a mail server. Seen over HTTP: a
picture is uploaded and shown, mail leaves from the site and from each worker, the tasks of the scheduler and the nightly
command are done, and every process has the same configuration. Then SIGTERM ends each. On a volume of Fly.io, of Render
and of Upsun Fixed, workers cannot read what was uploaded."""


def expected() -> dict[str, Outcome]:
    """What is seen of every cell when all is well."""
    return {
        cell.name: Outcome(REFUSED, cell.refused, 0) if cell.refused else Outcome(PASSED, "", 0) for cell in cells()
    }


def written(seen: Seen, when: str) -> str:
    """The page; `when` is the sentence that says when and with what this was seen."""
    counts = {state: sum(outcome.state == state for outcome in seen.values()) for state in (PASSED, REFUSED, FAILED)}
    failed = f", {counts[FAILED]} failed" if counts[FAILED] else ""
    plain = [cell for cell in cells() if not cell.variant]
    parts = [
        "# Support matrix",
        "<!-- Written by `make matrix` from what it saw; a test compares it with the list of cells. -->",
        "Each ✔ was tried. The overlay was applied to a project of that shape, committed and cloned. The clone was "
        "installed and\nbuilt from the rendered files as the platform does it, migrated on a real PostgreSQL, and "
        "started with the platform's own\ncommand and variables. Then it was tested over HTTP as the platform's "
        "proxy and health check do: pages, static files, HTTPS,\nhosts, an account with secure cookies, an upload, "
        "and every check of the rehearsal. What a platform cannot build is rejected\nbefore any file is written. No "
        "real account was used: the platforms were simulated on one machine.",
        f"{len(seen)} cells: {counts[PASSED]} passed, {counts[REFUSED]} rejected as expected{failed}.",
        when.strip(),
        "## By dependency manager",
        _table("from", MANAGERS, plain, seen, lambda cell: cell.manager, lambda cell: cell.layout),
        "PEP 621 without a lock file, pip-tools and Poetry's older format are tested separately (`tests/slow/test_matrix.py`). "
        "Heroku installs\npip-tools projects with pip, and cannot install `pyproject.toml` without a lock file.",
        "## By layout",
        "`flat`: `manage.py` at the root. `nested`: `manage.py` in a folder, the dependency files at the root. `monorepo`: "
        "both in a folder\nbeside other projects. Each with Django 5.2 and 6.1.",
        _table("layout", LAYOUTS, plain, seen, lambda cell: cell.layout, lambda cell: cell.manager),
        "## By project feature",
        _table("the project has", VARIANTS, [cell for cell in cells() if cell.variant and not cell.whole], seen,
               lambda cell: cell.variant, lambda cell: cell.variant),
        "## Whole projects",
        _WHOLE,
        _table("everything chosen", WHOLE, [cell for cell in cells() if cell.whole], seen,
               lambda cell: cell.variant, lambda cell: cell.variant),
        "## By operating system",
        _systems(),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def state(output: str) -> str:
    """The state of the platform behind an output, or of an answer that makes it, as the question and the summary have it."""
    for one in RETIREMENTS:
        chosen = OUTPUTS[output].get(one.question)
        if not one.ended and one.value in (chosen if isinstance(chosen, list) else [chosen]):
            return one.state
    return platform(OUTPUTS[output]["deploy_platforms"][0]).status


def _table(
    title: str,
    rows: Iterable[str],
    among: list[Cell],
    seen: Seen,
    row_of: Callable[[Cell], str],
    part_of: Callable[[Cell], str],
) -> str:
    lines = [f"| {title} | {' | '.join(f'{output} ({state(output)})' for output in OUTPUTS)} |"]
    lines.append("| --- " * (len(OUTPUTS) + 1) + "|")
    for row in rows:
        told = [_told([cell for cell in among if row_of(cell) == row and cell.output == output], seen, part_of, output)
                for output in OUTPUTS]  # fmt: skip
        lines.append(f"| {row} | {' | '.join(told)} |")
    return "\n".join(lines)


def _told(group: list[Cell], seen: Seen, part_of: Callable[[Cell], str], output: str) -> str:
    """One field: a mark where all is alike, else what is so for which part."""
    said: dict[str, list[str]] = {}
    for cell in group:
        outcome = seen.get(cell.name)
        said.setdefault(_mark(outcome, output), []).append(part_of(cell))
    if len(said) == 1:
        return next(iter(said))
    parts = {mark: dict.fromkeys(names) for mark, names in said.items()}
    return "; ".join(f"{', '.join(names)}: {mark}" for mark, names in parts.items())


def _mark(outcome: Outcome | None, output: str) -> str:
    if outcome is None:
        return "not tried"
    if outcome.state == PASSED:
        return (
            "✔" if state(output) == "stable" else "✔ preliminary" if state(output) == "preliminary" else "✔ deprecated"
        )
    if outcome.state == REFUSED:
        return f"[rejected](errors.md#{outcome.told}): {REASONS[outcome.told]}"
    return "✘"


def _systems() -> str:
    """What runs where: the overlay runs on the developer's machine, the sites on Linux."""
    return (
        "The same for every platform:\n\n"
        "| | Linux | macOS | Windows |\n| --- | --- | --- | --- |\n"
        "| apply, update, rehearse | tested here | tested only by the workflow | tested only by the workflow, without the "
        "check of SIGTERM |\n"
        "| build and serve | tested here | sites run on Linux | sites run on Linux |\n\n"
        "macOS and Windows were not available for this run. The [workflow]"
        "(https://github.com/org/deploy-overlay/blob/main/.github/workflows/test.yml) runs the tests there\nwith Python 3.11 "
        "to 3.14 and Django 4.2 to 6.1. Differences are also tested on Linux (`tests/test_portability.py`)."
    )


def sentence(page: Path = PAGE) -> str:
    """When and with what the page says that it was seen."""
    match = SEEN.search(page.read_text(encoding="utf-8"))
    assert match, f"{page} does not say when it was seen: run `make matrix`"
    return match[0]
