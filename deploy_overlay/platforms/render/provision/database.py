"""The site's database as this machine reaches it: from outside the workspace for as long as it is needed, with TLS alone.

https://render.com/docs/postgresql-creating-connecting#external-connections
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from ....adapter.site import Site
from ....base.message import Failure
from ....base.scrub import hide
from ..stores import DATABASE
from .app import App
from .program import API

EVERYWHERE = {"cidrBlock": "0.0.0.0/0", "description": "deploy-overlay, for as long as it runs"}


@contextlib.contextmanager
def database(site: Site) -> Iterator[str]:
    app = App(site)
    found = app.store(DATABASE)
    if found is None:
        raise Failure(
            f"Render has no database {DATABASE.named(app.name)}: run `{site.command('provision')}`, which says how it is made.",
            anchor="database-missing",
        )
    told = site.cli.json("GET", f"{DATABASE.path}/{found['id']}/connection-info", secret=True)
    for name in ("password", "internalConnectionString", "externalConnectionString", "psqlCommand"):
        hide(str(told.get(name) or ""))
    own = [one for one in found.get("ipAllowList") or [] if one.get("description") != EVERYWHERE["description"]]
    if any(one.get("cidrBlock") == EVERYWHERE["cidrBlock"] for one in own):
        yield _with_tls(str(told["externalConnectionString"]))
        return
    _allow(site, found["id"], [*own, EVERYWHERE])
    try:
        yield _with_tls(str(told["externalConnectionString"]))
    finally:
        _allow(site, found["id"], own)


def _allow(site: Site, identity: str, listed: Sequence[Any]) -> None:
    """https://api-docs.render.com/reference/update-postgres"""
    command = API.command("PATCH", f"{DATABASE.path}/{identity}", {"ipAllowList": list(listed)})
    done = site.cli.run(command)
    if done.status != 0:
        raise site.cli.failure(done, command.line(site.cli.name))


def left_open(found: dict[str, Any]) -> bool:
    """Whether a run that was killed left the database reachable from everywhere."""
    return any(one.get("description") == EVERYWHERE["description"] for one in found.get("ipAllowList") or [])


def _with_tls(url: str) -> str:
    if "sslmode=" in url:
        return url
    local = urlsplit(url).hostname in ("localhost", "127.0.0.1")
    return f"{url}{'&' if '?' in url else '?'}sslmode={'prefer' if local else 'require'}"
