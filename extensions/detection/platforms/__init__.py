"""What a platform would not build: a module for each platform that has such rules, found by its name.

It has `check(root, answers)`, which raises Refusal. `root` is the git root, where it looks at the files that the
platform looks at; `answers` are those given so far.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def check_platform(name: str, root: Path, answers: Mapping[str, Any]) -> None:
    """Raise Refusal for a project that this platform would refuse; a platform without a module refuses nothing."""
    if importlib.util.find_spec(f"{__name__}.{name}") is not None:
        importlib.import_module(f"{__name__}.{name}").check(root, answers)
