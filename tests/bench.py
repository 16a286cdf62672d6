"""Times `copier copy` and `copier update` of the overlay, hooks included, against a one-file template: whole processes, in turn.

`make bench` runs it and writes docs/performance.md. The figures that count are the ratios: all is measured in the same
minutes on the same machine, in the same surroundings. Both template repositories are packed, and the overlay's has all that
users clone, its tests too.

Files are made in memory where there is room: ext4 does not use the place of a deleted file again for a minute, so that
each run of a loop that makes and deletes hundreds of files waits for those before it, as no user's one copy does.
https://github.com/torvalds/linux/blob/v6.8/fs/ext4/ialloc.c (recently_deleted)
"""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import pstats
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uv

from deploy_overlay.detect import look
from tests.support import Project, adopt, environment, make_project, snapshot
from tests.support.overlay import copier_program
from tests.support.page import write_part

RUNS = 9
PROJECTS = 10  # updated one after the other
BIG_RUNS = 3
IN_MEMORY, ROOM = Path("/dev/shm"), 2 * 1024**3  # bytes
CHANGED = "template/project/{{ deploy_folder }}/robots.py.jinja"
BIG_FOLDERS, BIG_FILES = 200, 500  # 100,000 files: data beside a project of usual size


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


@dataclass(frozen=True)
class Cost:
    """What one copy took, in seconds."""

    wall: float
    cpu: float  # user and system time of the process and all that it started; 0 where the system does not tell


def cost(template: Path, project: Project, scratch: Path) -> Cost:
    """One copy onto a fresh copy of the project."""
    target = scratch / "target"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(project.root, target, symlinks=True)
    return copied(template, target, project)


def copied(template: Path, target: Path, project: Project) -> Cost:
    """One copy onto what is in `target`."""
    return timed([copier_program(), "copy", "--trust", "--defaults", "--quiet", str(template), str(target)], project)


def timed(command: Sequence[str], project: Project, folder: Path | None = None) -> Cost:
    """One run of a program for the project."""
    cpu, began = os.times(), time.perf_counter()
    subprocess.run(
        command, check=True, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, env=environment(project.python)
    )
    wall, after = time.perf_counter() - began, os.times()
    spent = after.children_user + after.children_system - cpu.children_user - cpu.children_system
    return Cost(wall, spent)


def with_many_files(project: Project, folder: Path) -> Path:
    """A copy of the project beside 100,000 files that git knows."""
    shutil.copytree(project.root, folder, symlinks=True)
    for number in range(BIG_FOLDERS):
        part = folder / f"data{number % 20}" / f"part{number}"
        part.mkdir(parents=True)
        for name in range(BIG_FILES):
            (part / f"{name}.csv").touch()
    _git(folder, "add", "-A")
    _git(folder, "-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-qm", "data")
    return folder


def again(template: Path, target: Path, project: Project) -> Cost:
    """One copy onto a repository, which is afterwards as it was."""
    spent = copied(template, target, project)
    _git(target, "reset", "-q", "--hard")
    _git(target, "clean", "-fdq")
    return spent


def detection_alone(folder: Path) -> float:
    """Processor time of all facts together, in seconds; the least of five looks."""
    times = []
    for _ in range(5):
        began = time.process_time()
        facts = look(folder)
        for name in facts.names():
            facts.fact(name)
        times.append(time.process_time() - began)
    return min(times)


def compare_big(template: Path, project: Project, scratch: Path) -> None:
    """Print what 100,000 files add to a copy and to detection."""
    small = scratch / "small"
    shutil.copytree(project.root, small, symlinks=True)
    big = with_many_files(project, scratch / "big")
    pairs = [(again(template, small, project), again(template, big, project)) for _ in range(BIG_RUNS + 1)]
    ratios = [many.cpu / few.cpu for few, many in pairs[1:] if few.cpu]  # the first pair is a warm-up
    ratio = f"{statistics.median(ratios):.2f} times the processor time of a copy" if ratios else "no processor time"
    few, many = (1000 * detection_alone(folder) for folder in (small, big))
    print(f"{BIG_FOLDERS * BIG_FILES:,} files: {ratio}; detection alone {many:.0f} ms against {few:.0f} ms")


def updated(template: Path, changed: str, project: Project, folder: Path) -> list[Cost]:
    """Updates of ten projects with the template to its next version, which has one more line in the file `changed`."""
    first, projects = folder / "first", [folder / str(number) for number in range(PROJECTS + 1)]
    shutil.copytree(project.root, first, symlinks=True)
    copied(template, first, project)
    adopt(first, "with the template")
    for one in projects:
        shutil.copytree(first, one, symlinks=True)
    with (template / changed).open("a", encoding="utf-8") as file:
        file.write("# One more line.\n")
    adopt(template, "one more line")
    _git(template, "tag", "v1.1.0")
    command = [copier_program(), "update", "--trust", "--defaults", "--skip-answered", "--quiet"]
    costs = [timed(command, project, one) for one in projects]
    assert all("v1.1.0" in (one / ".copier-answers.yml").read_text(encoding="utf-8") for one in projects)
    return costs[1:]  # the first one is a warm-up


# What Copier does once in a copy, by function and the end of its file's path. An indented part is in the one above.
PARTS = {
    "loading Copier": ("copier/__init__.py", "<module>"),
    "the questions: type, default, choices and condition of each": ("copier/_main.py", "_ask"),
    "— of it, loading the overlay": ("extensions/deploy_overlay.py", "<module>"),
    "— of it, reading the questions' files": ("copier/_template.py", "_raw_config"),
    "names and contents of files": ("copier/_main.py", "_render_template"),
    "the hook after the copy": ("copier/_main.py", "_execute_tasks"),
    "of all this, Jinja's compiler": ("jinja2/environment.py", "compile"),
}


def shares(template: Path, project: Project, scratch: Path) -> dict[str, float]:
    """What the parts of a copy take of its time under a profiler; the medians of three."""
    target, found = scratch / "target", scratch / "profile"
    command = [sys.executable, "-m", "cProfile", "-o", str(found), copier_program()]
    profiles: list[dict[str, float]] = []
    for _ in range(3):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(project.root, target, symlinks=True)
        timed([*command, "copy", "--trust", "--defaults", "--quiet", str(template), str(target)], project)
        profile: Any = pstats.Stats(str(found))
        calls = [(file.replace(os.sep, "/"), name, row[3]) for (file, _, name), row in profile.stats.items()]
        profiles.append(
            {
                part: next(spent for file, name, spent in calls if file.endswith(end) and name == function)
                / profile.total_tt
                for part, (end, function) in PARTS.items()
            }
        )
    return {part: statistics.median(one[part] for one in profiles) for part in PARTS}


def report(name: str, costs: Sequence[Cost], against: Sequence[Cost]) -> None:
    """A line for the wall clock and one for the processor; each ratio is the median of those of the pairs."""
    for kind, values, others in (
        ("wall", [one.wall for one in costs], [one.wall for one in against]),
        ("processor", [one.cpu for one in costs], [one.cpu for one in against]),
    ):
        ratio = f"{statistics.median(a / b for a, b in zip(values, others, strict=True)):8.2f}" if all(others) else ""
        row = f"{min(values):6.2f} {statistics.median(values):8.2f} {max(values):8.2f} {ratio}"
        print(f"{name:<28} {kind:<10} {row}".rstrip())


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder in memory with room for everything, else where the system has temporary files; Copier's clones too."""
    roomy = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM
    folder = tempfile.TemporaryDirectory(dir=IN_MEMORY if roomy else None)
    os.environ["TMPDIR"] = folder.name
    return folder


def main() -> int:
    with scratch_folder() as name:
        scratch = Path(name)
        print(f"scratch files in {scratch.parent}")
        overlay = snapshot(scratch / "overlay", whole=True)
        smallest = one_file_template(scratch / "one-file")
        for template in (overlay, smallest):
            _git(template, "gc", "--quiet")
        project = make_project(scratch / "sample", manager="pip")
        runs: dict[str, Callable[[], Cost]] = {
            "one-file template": lambda: cost(smallest, project, scratch),
            "overlay": lambda: cost(overlay, project, scratch),
        }
        for run in runs.values():  # a warm-up that does not count
            run()
        compare_big(overlay, project, scratch)
        rounds = [{label: run() for label, run in runs.items()} for _ in range(RUNS)]
        locked = make_project(scratch / "locked", manager="uv")
        updates = {
            "one-file template": updated(smallest, "template/file.txt.jinja", locked, scratch / "one-file-updates"),
            "overlay": updated(overlay, CHANGED, locked, scratch / "overlay-updates"),
        }
        profile = shares(overlay, project, scratch)
        locks = [timed([uv.find_uv_bin(), "lock"], locked, locked.root) for _ in range(PROJECTS)]
    print(f"{f'seconds, {RUNS} runs each in turn':<39} {'min':>6} {'median':>8} {'max':>8} {'ratio':>8}")
    one_file = [found["one-file template"] for found in rounds]
    for label in runs:
        report(label, [found[label] for found in rounds], one_file)
    copies = {label: [found[label] for found in rounds] for label in runs}
    write_part("bench", page(copies, updates, locks, profile))
    return 0


def page(
    copies: Mapping[str, Sequence[Cost]],
    updates: Mapping[str, Sequence[Cost]],
    locks: Sequence[Cost],
    profile: Mapping[str, float],
) -> str:
    """The part of docs/performance.md."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("copier", "jinja2", "uv"))
    rows = [
        *((f"copy, {label}", costs) for label, costs in copies.items()),
        *((f"update, {label}", costs) for label, costs in updates.items()),
        ("`uv lock` alone", locks),
    ]
    lines = [
        "## Copies and updates",
        "",
        f"`copier copy` onto the sample with pip ({RUNS} times in turn), and `copier update` of {PROJECTS} copies of the sample",
        "with uv, one after the other, to a version with one more line. A template of one file shows what Copier itself takes.",
        f"On {os.cpu_count()} processors ({platform.machine()}) on {datetime.date.today()}, at a load average of",
        f"{os.getloadavg()[2]:.0f}, with {versions}. Seconds of each, hooks and dependency manager included.",
        "",
        "| what | median | fastest to slowest | of a processor |",
        "| --- | --: | --: | --: |",
        *(
            f"| {name} | {statistics.median(one.wall for one in costs):.2f} | {min(one.wall for one in costs):.2f} to "
            f"{max(one.wall for one in costs):.2f} | {statistics.median(one.cpu for one in costs):.2f} |"
            for name, costs in rows
        ),
        "",
        "Where the time of a copy goes, under a profiler. Copier compiles every part of each question and path with Jinja, and",
        "goes through the questions of all platforms and the facts, which are answers too. The overlay",
        "[keeps no cache of its own code](decisions/0015-no-machinery-for-speed.md).",
        "",
        "| part | share |",
        "| --- | --: |",
        *(f"| {text} | {share:.0%} |" for text, share in profile.items()),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
