"""Started when all answers of an update are known: names what the update will remove."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the template is a fresh clone each time, or the user's own checkout
sys.path[0] = str(Path(__file__).resolve().parent.parent)  # the package of this version, and no other

from deploy_overlay.update.removals import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
