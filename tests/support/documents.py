"""The blocks of a Markdown page that are no prose, as people copy them from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Block:
    """Consecutive lines without their indentation; `kind` is what stands behind the fence, empty without one."""

    page: str
    line: int  # of the page, of its first line
    kind: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str, text: str) -> Iterator[Block]:
    """Fenced blocks and indented ones. In a list the text itself is indented by four, and a block by eight."""
    fence: str | None = None
    kept: list[str] = []
    begun, indent = 0, 4
    for number, line in enumerate([*text.splitlines(), "end"], 1):
        fenced = line.startswith("```")
        if fence is not None and not fenced:
            kept.append(line)
        elif fence is None and not fenced and line.startswith(" " * indent) and line.strip():
            begun = begun if kept else number
            kept.append(line[indent:].rstrip())
        elif fence is None and not line.strip():
            kept += [""] if kept else []
        else:
            if kept:
                yield Block(page, begun, fence or "", tuple("\n".join(kept).rstrip().split("\n")))
                kept.clear()
            if fenced:
                fence, begun = (line[3:], number + 1) if fence is None else (None, 0)
            elif not line.startswith(" "):
                indent = 8 if re.match(r"[0-9]+\. |[-*] ", line) else 4


def blocks_of(paths: Iterator[Path] | list[Path], root: Path) -> list[Block]:
    """Those of all pages, named by their path from the root."""
    return [
        block for path in paths for block in blocks(path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"))
    ]
