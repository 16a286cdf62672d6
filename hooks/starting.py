"""What every hook begins with: this version's own modules, and their compiled code as an earlier run left it."""

from __future__ import annotations

import atexit
import gc
import sys
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parent.parent


def serve_code(*folders: str) -> None:
    """Modules in these folders of the template are imported from the code that is kept."""
    gc.disable()  # a twentieth of a run that is over before there is garbage worth collecting
    atexit.register(gc.freeze)  # nor is it searched for when everything ends
    sys.path.insert(0, str(TEMPLATE / "extensions"))
    from code_cache import CodeCache

    del sys.path[0]
    code = CodeCache(TEMPLATE, [path for folder in folders for path in TEMPLATE.glob(f"{folder}/**/*.py")])
    for folder in folders:
        code.serve_imports(TEMPLATE / folder)
