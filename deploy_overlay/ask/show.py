"""Shows facts while Copier asks, on standard error like Copier itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

_shown: set[str] = set()


def seen(lines: Iterable[str]) -> None:
    """Print the detected facts before the first question, once, although Copier renders this several times."""
    text = "\n".join(["", "Detected in this project:", *lines, ""])
    if text not in _shown:
        _shown.add(text)
        print(text, file=sys.stderr, flush=True)


def fact(name: str, found: Any) -> None:
    """Print a fact with all of its evidence, if DEPLOY_OVERLAY_VERBOSE is set."""
    if os.environ.get("DEPLOY_OVERLAY_VERBOSE"):
        places = ", ".join(f"{e.path}:{e.line}" if e.line else e.path for e in found.evidence)
        print(f"{name} = {found.value!r}{f'  ({places})' if places else ''}", file=sys.stderr)
