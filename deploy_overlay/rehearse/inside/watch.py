"""Notes what the project looked for in its own folder and did not find."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


class Watch:
    """From its beginning to the end of the process: files that were opened and modules that were imported."""

    def __init__(self) -> None:
        self.opened: set[str] = set()
        self.modules: set[str] = set()
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            self.opened.add(os.fsdecode(arguments[0]))
        elif event == "import" and isinstance(arguments[0], str):
            self.modules.add(arguments[0])

    def absent(self, root: str) -> list[str]:
        """What is not there: paths below `root`, POSIX and relative to it; of a module both of its possible files."""
        here = Path(root).resolve()
        wanted = {Path(path) for path in self.opened}
        for name in self.modules - set(sys.modules):
            base = Path(*name.split("."))
            wanted |= {base.with_suffix(".py"), base / "__init__.py"}
        found = set()
        for path in wanted:
            full = Path(os.path.abspath(path))  # noqa: PTH100 - links of the project stay what they are
            if not full.exists() and here in full.parents:
                found.add(full.relative_to(here).as_posix())
        return sorted(found)[:500]
