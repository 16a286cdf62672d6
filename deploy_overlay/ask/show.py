"""What is shown of the facts while Copier asks: on standard error, where Copier itself writes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

_shown: set[str] = set()


def seen(lines: Iterable[str]) -> None:
    """Before the first question, what the answers build on: once, although Copier asks for it several times."""
    told = "\n".join(["", "What the files of this project say:", *lines, ""])
    if told not in _shown:
        _shown.add(told)
        print(told, file=sys.stderr, flush=True)


def fact(name: str, found: Any) -> None:
    """One fact with all of its evidence, where DEPLOY_OVERLAY_VERBOSE is set."""
    if os.environ.get("DEPLOY_OVERLAY_VERBOSE"):
        places = ", ".join(f"{e.path}:{e.line}" if e.line else e.path for e in found.evidence)
        print(f"{name} = {found.value!r}{f'  ({places})' if places else ''}", file=sys.stderr)
