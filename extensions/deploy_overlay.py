"""The module that Copier loads: the extension of this version of the template.

An update loads the old and the new template in one process, so the package is loaded under a name made from the
template's path, and versions never mix.
"""

import hashlib
import importlib.util
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "deploy_overlay"
NAME = f"deploy_overlay_{hashlib.sha256(str(PACKAGE).encode()).hexdigest()[:12]}"

if NAME not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        NAME, PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
    )
    assert spec is not None and spec.loader is not None
    sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])

DeployOverlay = importlib.import_module(f"{NAME}.ask.extension").DeployOverlay
