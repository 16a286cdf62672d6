"""`python -m deploy_overlay`, the same as `deploy-overlay`."""

import sys

from .rehearse.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))
