"""The stages of a Dockerfile, and which of them production's image is made of.

https://docs.docker.com/build/building/multi-stage/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

FROM = re.compile(r"(?i)^\s*FROM\s+(?:--\S+\s+)*(?P<image>\S+)(?:\s+AS\s+(?P<name>\S+))?")
WORKDIR = re.compile(r"(?i)^\s*WORKDIR\s+[\"']?(?P<path>[^\"'\s]+)")
_COPIED = re.compile(r"--(?:from=|mount=\S*\bfrom=)([\w.-]+)")
# Words of the names of stages that are for work on the project. cookiecutter-django's are called python-build-stage.
_DEVELOPMENT = frozenset(
    {"dev", "devel", "develop", "development", "local", "debug", "test", "tests", "testing", "unittest", "e2e", "ci", "lint",
     "linting", "docs", "jupyter", "notebook", "devcontainer"}
)  # fmt: skip


def without_development(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The numbered lines, without the stages that are named for development and that no other stage needs."""
    stages: list[_Stage] = []
    before: list[tuple[int, str]] = []
    for line in lines:
        if begun := FROM.match(line[1]):
            stages.append(_Stage(str(len(stages)), (begun["name"] or "").lower(), begun["image"].lower()))
        (stages[-1].lines if stages else before).append(line)
    kept = [stage for stage in stages if not _DEVELOPMENT & {*re.split(r"[^a-z0-9]+", stage.name)}]
    for stage in kept:  # grows while it is gone through
        needed = stage.needs()
        kept += [other for other in stages if {other.number, other.name} & needed and other not in kept]
    return [*before, *(line for stage in stages if stage in kept for line in stage.lines)] if kept else lines


@dataclass(eq=False)
class _Stage:
    number: str
    name: str
    image: str
    lines: list[tuple[int, str]] = field(default_factory=list)

    def needs(self) -> set[str]:
        """Names and numbers of the stages that it is built on or copies from."""
        return {self.image} | {name.lower() for _, line in self.lines for name in _COPIED.findall(line)}
