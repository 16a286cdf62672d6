"""Does one action in a process that loads Django, and writes what it found to the answer file as JSON.

Errors of the project go to the output as they are. The project's own modules are found as its server finds them: in the
current folder, and nothing of this folder is in their way.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
NAME = "_deploy_overlay_inside"  # a name that no project has

if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())
    spec = importlib.util.spec_from_file_location(
        NAME, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    assert spec is not None and spec.loader is not None
    sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])
    actions = importlib.import_module(f"{NAME}.actions").ACTIONS
    action, answer, *arguments = sys.argv[1:]
    found = actions[action](*arguments)
    if answer != "-":
        Path(answer).write_text(json.dumps(found), encoding="utf-8")
