"""Asked before anything is written, where something is to be created: are the platforms' programs there and logged in?"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the template is a fresh clone each time, or the user's own checkout
sys.path[0] = str(Path(__file__).resolve().parent.parent)  # this version's hooks, and no other

from hooks.starting import serve_code  # noqa: E402

serve_code("hooks")

from hooks.documentation import told  # noqa: E402
from hooks.failure import Failure  # noqa: E402
from hooks.provisioning.run import ready  # noqa: E402
from hooks.scrub import scrubbed  # noqa: E402

if __name__ == "__main__":
    try:
        ready(sys.argv[2:], sys.argv[1], Path.cwd())
    except Failure as failure:
        sys.exit(scrubbed(told(str(failure), failure.anchor)))
