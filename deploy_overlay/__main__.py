"""`python -m deploy_overlay`, the same as `deploy-overlay`."""

from .cli.command import run

if __name__ == "__main__":
    run()
