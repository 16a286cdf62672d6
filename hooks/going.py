"""Started by the extension when all answers of an update are known: says what it will remove."""

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

from hooks.update.going import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
