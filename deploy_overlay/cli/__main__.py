"""`python -m deploy_overlay.cli` is the command where no program of that name is installed."""

from .command import run

run()
