"""Builds the image of every dependency manager, flat and nested, and writes sizes and times to docs/performance.md.

`make bench-image` runs it. The figure that counts is the ratio: both builds are made in the same minutes on the same machine.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support import snapshot
from tests.support.cache import cache_folder

from .buildah import Buildah
from .cells import CELLS, LAYOUTS, MANAGERS, base_name, fresh_store, prepared

PAGE = Path(__file__).resolve().parents[3] / "docs" / "performance.md"
BEGIN, END = "<!-- written by make bench-image -->\n", "<!-- end of what make bench-image wrote -->\n"
CODE_RUNS = 3


@dataclass(frozen=True)
class Row:
    """One cell: seconds of a build from nothing and of one after a change of code, and megabytes."""

    cell: str
    full: float
    code: float
    size: float
    base: float

    @property
    def line(self) -> str:
        manager, _, layout = self.cell.rpartition("-")
        added = self.size - self.base
        return (
            f"| {manager} | {layout} | {self.full:.1f} | {self.code:.1f} | {self.code / self.full:.2f} "
            f"| {self.size:.0f} | {added:.0f} |"
        )


def measured(name: str, template: Path, bases: Buildah) -> tuple[Row, str]:
    """One cell, and the tools that its Dockerfile pins."""
    with tempfile.TemporaryDirectory(prefix="bench-image-") as folder:
        project = prepared(CELLS[name], template, Path(folder))
        with fresh_store(project, bases, Path(folder)) as store:
            # Nothing was downloaded before.
            store.downloads = Path(folder) / "downloads"
            full = store.build(project.root, "full").seconds
            code = []
            for run in range(CODE_RUNS):
                with (project.django_root / "books" / "views.py").open("a", encoding="utf-8") as views:
                    views.write(f"\n# changed {run}\n")
                code.append(store.build(project.root, f"code-{run}").seconds)
            row = Row(
                name, full, statistics.median(code), megabytes(store, "full"), megabytes(store, base_name(project))
            )
        dockerfile = (project.root / "Dockerfile").read_text(encoding="utf-8")
    return row, " ".join(re.findall(r"[\w.-]+(?:\[\w+\])?==[\d.]+", dockerfile))


def megabytes(store: Buildah, image: str) -> float:
    """The size of an image with all that it stands on, as buildah says it in powers of ten."""
    number, unit = str(json.loads(store.ask("images", "--json", image))[0]["size"]).split()
    return float(number) * {"kB": 0.001, "KB": 0.001, "MB": 1.0, "GB": 1000.0}[unit]


def section(rows: list[Row], tools: set[str]) -> str:
    """The part of the page: what was measured, where and with what, and the table."""
    buildah = subprocess.run(["buildah", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    ratios = [row.code / row.full for row in rows]
    return f"""{BEGIN}## Images

The sample project with PostgreSQL, built by buildah {buildah} on {os.cpu_count()} processors ({platform.machine()}) on
{datetime.date.today()}. The base image was local and laid out like the official `python:3.N-slim`. *Full* downloads and
installs everything. *Code only* is the median of {CODE_RUNS} builds after a change in one Python file, which install nothing and
take {min(ratios):.2f} to {max(ratios):.2f} of the full time. Tools: {", ".join(sorted(tools))}.

| dependency manager | layout | full, s | code only, s | ratio | image, MB | added to base, MB |
| --- | --- | --: | --: | --: | --: | --: |
{chr(10).join(row.line for row in rows)}
{END}"""


def written(page: str, part: str) -> str:
    """The page with this part in the place of the one that an earlier run wrote, else at its end."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    return before + part + after if begin and end else f"{page.rstrip()}\n\n{part}"


def main() -> None:
    bases = Buildah(cache_folder() / "images")
    rows, tools = [], set[str]()
    with tempfile.TemporaryDirectory(prefix="bench-image-") as folder:
        template = snapshot(Path(folder) / "template")
        for name in (f"{manager}-{layout}" for manager in MANAGERS for layout in LAYOUTS):
            row, pinned = measured(name, template, bases)
            rows.append(row)
            tools |= {pinned} - {""}
            print(row.line, flush=True)
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# Performance\n"
    PAGE.write_text(written(page, section(rows, tools)), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
