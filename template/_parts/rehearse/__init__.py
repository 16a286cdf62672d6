"""The rehearsal: proves on this machine, without an account, that the project runs in its production form.

Run `python -m deploy.rehearse` in the folder of manage.py, with the Python where the project's dependencies are.
"""
