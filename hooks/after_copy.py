"""Copier's task after a copy: adds the dependencies, records what was done, says what comes next."""

import sys
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parent.parent

sys.dont_write_bytecode = True  # the template is a fresh clone each time, or the user's own checkout
sys.path[0] = str(TEMPLATE)  # this version's hooks, and no other

from extensions.compiled import Compiled  # noqa: E402

Compiled(TEMPLATE, TEMPLATE.glob("hooks/**/*.py")).import_from(TEMPLATE / "hooks")

from hooks.configure import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
