"""The rehearsal: tests the production settings and server on your machine, without an account.

Added by deploy-overlay. Run it in the folder of manage.py, with your project's Python:

    python -m deploy.rehearse

Replace `deploy` with the name of this folder; `--help` lists the options. It migrates an empty database, starts the
production server, sends it requests, and reports each failure with its fix. Your files and databases are not changed.

This file combines several modules of deploy-overlay and needs Python 3.10 or later. Please report problems instead of
editing it: https://github.com/org/deploy-overlay
"""
# Formatters and linters leave this file as it is, so that updates merge without conflicts.
# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# ruff: noqa: PGH004
