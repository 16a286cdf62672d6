"""A program in the Machine that has the site's volume: https://fly.io/docs/flyctl/ssh-console/"""

from __future__ import annotations

from ....adapter.inside import BOOTSTRAP, Inside
from ....adapter.site import Site


def inside(site: Site) -> Inside:
    # As root: SQLite gives the files that it makes beside a database to the database's owner.
    argv = ("ssh", "console", "-a", site.name, "-q", "-C")
    return Inside(
        site.cli,
        lambda line: (*argv, line),
        site.plan.line.python(BOOTSTRAP),
        asleep="no started VMs",
        wake=f"The Fly.io app {site.name} has no started Machine: start it with `fly machine start -a {site.name}`",
    )
