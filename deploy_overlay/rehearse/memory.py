"""Measures the peak memory of programs and their children, on Linux only."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .results import Outcome, failed, noted, passed

PROC = Path("/proc")
INTERVAL = 0.2  # seconds between two looks
NEAR = 0.8  # of what there is; above it, a growing site is ended soon
MEGABYTE = 1024  # in the unit of /proc, kB


@dataclass
class Peak:
    """The largest use that was seen, in MB; 0 if nothing could be measured."""

    megabytes: int = 0


@dataclass
class Memory:
    """The peaks of one platform's processes by name, and which of them production starts."""

    peaks: dict[str, Peak] = field(default_factory=dict)
    idle: set[str] = field(default_factory=set)  # what is tried here and not started there

    @contextlib.contextmanager
    def of(self, name: str, pid: int, *, started: bool = True) -> Iterator[None]:
        """Measure a process while the block runs; 0 stands for one that is invisible from here."""
        if not started:
            self.idle.add(name)
        with measured(pid, self.peaks.setdefault(name, Peak())):
            yield


@contextlib.contextmanager
def measured(pid: int, peak: Peak) -> Iterator[None]:
    """Sample a process and its children while the block runs, and once more at its end."""
    if not pid or not (PROC / str(pid) / "smaps_rollup").is_file():
        yield
        return
    over = threading.Event()

    def look() -> None:
        while True:
            last = over.wait(INTERVAL)
            peak.megabytes = max(peak.megabytes, used(pid))
            if last:
                return

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()


def used(pid: int) -> int:
    """MB of a process and its children now; shared memory counts once."""
    return round(sum(map(_share, _family(pid))) / MEGABYTE)


def check_memory(memory: Memory, limit: int, place: str) -> Outcome:
    """Every process fits in its memory on the platform: `limit` MB, 0 if unknown."""
    peaks = {name: peak.megabytes for name, peak in memory.peaks.items() if peak.megabytes}
    told = ", ".join(f"{name} {size}" for name, size in peaks.items())
    if not limit:
        return passed(f"at most, in MB: {told}")
    over = [name for name, size in peaks.items() if size > limit]
    if needed := [name for name in over if name not in memory.idle]:
        sizes = " and ".join(f"{name} uses {peaks[name]} MB" for name in needed)
        return failed(
            f"{sizes}, but {place} has {limit} MB for each process, and kills a process that uses more", _cure(needed)
        )
    if over:
        sizes = " and ".join(f"{name} {peaks[name]} MB" for name in over)
        return noted(f"not started, and larger than the {limit} MB of {place}: {sizes}. {_cure(over)}")
    near = [name for name, size in peaks.items() if size > limit * NEAR]
    if near:
        return noted(
            f"at most, in MB: {told}. {' and '.join(near)} nearly uses the {limit} MB of {place}. {_cure(near)}"
        )
    return passed(f"at most, of {limit} MB each: {told}")


def _cure(names: Sequence[str]) -> str:
    fewer = ["set WEB_CONCURRENCY=1"] if "web" in names else []
    if any(name != "web" for name in names):
        fewer.append("start the worker with fewer processes, such as --concurrency 1")
    told = " and ".join(fewer)
    return f"{told[0].upper()}{told[1:]}. Or choose a larger size there and give it here in MB: --memory 1024."


def _family(pid: int) -> list[int]:
    """A process and all of its descendants."""
    parents: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdecimal() and (parent := _parent(folder)):
            parents.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def _parent(folder: Path) -> int:
    """https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the name before it may have spaces and parentheses."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int((folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1])
    return 0


def _share(pid: int) -> int:
    """kB of a process, with its share of shared memory: https://docs.kernel.org/filesystems/proc.html (Pss)."""
    with contextlib.suppress(OSError):
        return _number((PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii"), "Pss:")
    return 0


def _number(text: str, name: str) -> int:
    fields: Mapping[str, str] = {
        line.split()[0]: line.split()[1] for line in text.splitlines() if len(line.split()) > 1
    }
    return int(fields.get(name, 0))
