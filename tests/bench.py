"""Times `copier copy` of the overlay, hook included, against a one-file template: whole processes, in turn.

`make bench` runs it. The figure that counts is the ratio; both are measured in the same minutes on the same machine.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.support import make_project, snapshot
from tests.support.overlay import copier_program

RUNS = 9


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True)


def one_file_template(folder: Path) -> Path:
    """The least that Copier can be asked for: one file, no extension, no task, in a git repository with a tag."""
    folder.mkdir()
    (folder / "copier.yml").write_text("_subdirectory: template\nname: {type: str, default: x}\n", encoding="utf-8")
    (folder / "template").mkdir()
    (folder / "template" / "file.txt.jinja").write_text("{{ name }}\n", encoding="utf-8")
    (folder / "template" / "{{ _copier_conf.answers_file }}.jinja").write_text(
        "{{ _copier_answers|to_nice_yaml }}", encoding="utf-8"
    )
    _git(folder, "init", "-q")
    _git(folder, "add", "-A")
    _git(folder, "-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-qm", "one file")
    _git(folder, "tag", "v1.0.0")
    return folder


def seconds(template: Path, project: Path, scratch: Path) -> float:
    """Wall-clock seconds of one copy onto a fresh copy of the project."""
    target = scratch / "target"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(project, target, symlinks=True)
    command = [copier_program(), "copy", "--trust", "--defaults", "--quiet", str(template), str(target)]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - began


def report(name: str, values: list[float]) -> None:
    print(f"{name:<28} {min(values):6.2f} {statistics.median(values):8.2f} {max(values):8.2f}")


def compare(label: str, first: Callable[[], float], second: Callable[[], float], runs: int = RUNS) -> None:
    """Print minimum, median and maximum of both and the median of the ratios, pair by pair."""
    first(), second()  # a warm-up that does not count
    pairs = [(first(), second()) for _ in range(runs)]
    print(f"{'seconds, ' + str(runs) + ' runs each':<28} {'min':>6} {'median':>8} {'max':>8}")
    report("overlay", [a for a, _ in pairs])
    report("one-file template", [b for _, b in pairs])
    print(f"{label:<28} {statistics.median(a / b for a, b in pairs):15.2f}")


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        overlay = snapshot(scratch / "overlay")
        smallest = one_file_template(scratch / "one-file")
        project = make_project(scratch / "sample", manager="pip").root
        compare(
            "ratio, median of pairs",
            lambda: seconds(overlay, project, scratch),
            lambda: seconds(smallest, project, scratch),
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
