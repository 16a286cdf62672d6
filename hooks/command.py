"""The command `deploy-overlay` of this version, for a project that records it: an installed command starts this."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True  # the template is a clone for many runs, or the user's own checkout
sys.path[0] = str(Path(__file__).resolve().parent.parent)  # the package of this version, and no other

from deploy_overlay.cli.command import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
