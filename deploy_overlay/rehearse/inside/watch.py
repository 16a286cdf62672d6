"""Notes what the project looked for and did not find: files in its own folder, variables of the environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


class Watch:
    """From its beginning to the end of the process: files that were opened and modules that were imported.

    `unset` are variables that were asked for and have no value.
    """

    def __init__(self) -> None:
        self.opened: set[str] = set()
        self.modules: set[str] = set()
        self.unset: set[str] = set()
        sys.addaudithook(self._note)
        self._look_up = type(os.environ).__getitem__
        setattr(type(os.environ), "__getitem__", lambda environ, name: self._variable(environ, name))  # noqa: B010

    def _variable(self, environ: Any, name: str) -> str:
        try:
            value: str = self._look_up(environ, name)
        except KeyError:
            self.unset.add(name)
            raise
        return value

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
