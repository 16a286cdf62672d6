"""The environment's database as this machine reaches it: through SSH to the app.

https://docs.upsun.com/development/ssh.html and https://docs.upsun.com/administration/cli/reference.html#tunnelsingle
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import yaml

from ....adapter.site import Site
from ....adapter.tunnel import tunnel
from ....base.message import Failure
from ....base.scrub import hide
from .project import linked_project

SCHEMES = ("pgsql", "postgresql", "postgres")


@contextlib.contextmanager
def database(site: Site) -> Iterator[str]:
    project = linked_project(site)
    where = ("--project", project.id, "--environment", project.branch)
    name, found = _relationship(site, where)
    hide(str(found["password"]))
    user = f"{quote(str(found['username']), safe='')}:{quote(str(found['password']), safe='')}"
    argv = ("tunnel:single", *where, "--relationship", name, "--yes", "--port")
    with tunnel(site.cli, lambda port: (*argv, str(port))) as port:
        yield f"postgres://{user}@127.0.0.1:{port}/{quote(str(found['path']), safe='')}"


def _relationship(site: Site, where: tuple[str, ...]) -> tuple[str, Mapping[str, Any]]:
    """Name and endpoint of the one called `database`, or of the only one to a PostgreSQL, as deploy/platforms has it."""
    argv = ("environment:relationships", *where, "--refresh")
    text = site.cli.text(*argv, secret=True)
    listed: dict[str, list[dict[str, Any]]] = {}
    with contextlib.suppress(yaml.YAMLError):
        loaded = yaml.safe_load(text)
        listed = loaded if isinstance(loaded, dict) else {}
    known = {name: found for name, ends in listed.items() if (found := _endpoint(ends))}
    name = "database" if "database" in known else next(iter(known), "")
    if not name or ("database" not in known and len(known) > 1):
        raise Failure(
            "The Upsun environment has no relationship to a PostgreSQL that is called `database`: name it so in its "
            "configuration, deploy, then run this again.",
            anchor="database-missing",
        )
    return name, known[name]


def _endpoint(ends: object) -> Mapping[str, Any] | None:
    """Of several, as with replicas, the primary one."""
    found = (
        [end for end in ends if isinstance(end, dict) and end.get("scheme") in SCHEMES]
        if isinstance(ends, list)
        else []
    )
    return next((end for end in found if (end.get("query") or {}).get("is_master")), found[0] if found else None)
