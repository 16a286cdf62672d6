"""The rehearsal: proves on this machine, without an account, that the project runs in its production form.

Added by deploy-overlay. Run it in the folder of manage.py, with the Python where the project's dependencies are:

    python -m deploy.rehearse

(with this folder's name in the place of `deploy`; `--help` lists the options). It loads the production settings,
migrates an empty database, starts the real server, asks over HTTP what visitors and the platform ask, and says of
each failure what to change. The project's own files and databases are not touched.

This file is made from modules of deploy-overlay, one for each section below, and needs Python 3.10 or later and nothing
that the project does not need. Edits survive updates, but what is wrong here is wrong for everybody, so better report
it: https://github.com/org/deploy-overlay
"""
# Formatters and linters leave this file as it is, so that updates merge without conflicts.
# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# ruff: noqa: PGH004
