"""A program in the instance that has the site's disk: https://render.com/docs/ssh"""

from __future__ import annotations

from ....adapter.inside import BOOTSTRAP, Inside
from ....adapter.site import Site
from ....adapter.ssh import QUIET, ssh
from .app import App

KEYS = "https://dashboard.render.com/u/settings#ssh-public-keys"


def inside(site: Site) -> Inside:
    found = App(site).web()
    place = str(found["serviceDetails"]["sshAddress"])
    where = str(found.get("dashboardUrl") or "the Dashboard")
    cli = ssh(site.cli, place, (), where=where, denied=f"Add your public key at {KEYS}.")
    return Inside(cli, lambda line: (*QUIET, place, line), site.plan.line.python(BOOTSTRAP))
