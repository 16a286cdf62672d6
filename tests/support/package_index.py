"""The package index as this machine's pip sees it, for tools that have to be told."""

from __future__ import annotations

import subprocess
import sys
from functools import cache


@cache
def index_url() -> str:
    """Poetry asks an interface of the index that a mirror may lack, unless the index is named as a source."""
    code = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def poetry_source() -> str:
    return f'\n[[tool.poetry.source]]\nname = "index"\nurl = "{index_url()}"\npriority = "primary"\n'
