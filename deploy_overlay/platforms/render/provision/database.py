"""The site's database as this machine reaches it: from outside the workspace for as long as it is needed, with TLS alone.

https://render.com/docs/postgresql-creating-connecting#external-connections
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from ....adapter.site import Site
from ....base.message import Failure
from ....base.scrub import hide
from ..stores import DATABASE
from .app import App
from .program import API, DASHBOARD

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
    url = _with_tls(str(told["externalConnectionString"]))
    if any(one.get("cidrBlock") == EVERYWHERE["cidrBlock"] for one in _own(found)):
        yield url
        return
    try:
        _allow(site, found["id"], [*_own(found), EVERYWHERE])
        yield url
    finally:
        _close(site, found)


def _own(found: Mapping[str, Any]) -> list[Any]:
    """The owner's entries of the access list."""
    return [one for one in found.get("ipAllowList") or [] if one.get("description") != EVERYWHERE["description"]]


def _close(site: Site, found: Mapping[str, Any]) -> None:
    """Take our entry back, and leave what the owner has changed meanwhile. Raises Failure if the database stays open."""
    try:
        _allow(site, found["id"], _own(App(site).store(DATABASE) or found))
    except Failure as failure:
        raise Failure(
            f"{failure}\n{found['name']} still accepts connections from anywhere: take 0.0.0.0/0 out of its access list at "
            f"{found.get('dashboardUrl') or DASHBOARD}.",
            anchor=failure.anchor,
        ) from None


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
