"""Asked before anything is written, where something is to be created: are the platforms' programs there and logged in?"""

import gc
import sys
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parent.parent

gc.disable()  # a twentieth of a run that is over before there is garbage worth collecting
sys.dont_write_bytecode = True  # the template is a fresh clone each time, or the user's own checkout
sys.path[0] = str(TEMPLATE / "extensions")

from code_cache import CodeCache  # noqa: E402

sys.path[0] = str(TEMPLATE)  # this version's hooks, and no other
CodeCache(TEMPLATE, TEMPLATE.glob("hooks/**/*.py")).serve_imports(TEMPLATE / "hooks")

from hooks.documentation import told  # noqa: E402
from hooks.failure import Failure  # noqa: E402
from hooks.provisioning.run import ready  # noqa: E402
from hooks.scrub import scrubbed  # noqa: E402

if __name__ == "__main__":
    try:
        ready(sys.argv[2:], sys.argv[1], Path.cwd())
    except Failure as failure:
        sys.exit(scrubbed(told(str(failure), failure.anchor)))
