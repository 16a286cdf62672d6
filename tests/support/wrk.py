"""Load by wrk, a package of Debian (https://github.com/wg/wrk), and what it measured."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Load:
    """What came back: answers a second, waits in milliseconds, and what was no success or broke."""

    rate: float
    median: float
    p99: float
    answers: int
    bad: int


def need_wrk() -> None:
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed. Run: apt-get install wrk")


def load(
    url: str, *, connections: int, seconds: int, headers: Mapping[str, str], script: Path | None = None,
    before: Sequence[str] = (), patience: int = 10,
) -> Load:  # fmt: skip
    """Ask for `url` as fast as the answers come; `before` are words before the command, such as those of taskset."""
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    given += ["-s", str(script)] if script else []
    command = [*before, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{patience}s", "--latency"]
    said = subprocess.run([*command, *given, url], capture_output=True, text=True, check=True).stdout
    errors = re.findall(r"(?:connect|read|write|timeout|Non-2xx or 3xx responses:|other than 200:) (\d+)", said)
    return Load(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", said)[0]),
        median=_milliseconds("50%", said),
        p99=_milliseconds("99%", said),
        answers=int(_found(r"(\d+) requests in", said)[0]),
        bad=sum(map(int, errors)),
    )


def _milliseconds(part: str, said: str) -> float:
    number, unit = _found(rf"{part}\s+([\d.]+)(us|ms|s|m)\b", said)
    return float(number) * _MILLISECONDS[unit]


def _found(pattern: str, said: str) -> tuple[str, ...]:
    found = re.search(pattern, said)
    assert found, said
    return found.groups()
