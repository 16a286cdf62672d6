"""What a site needs that moves to Render: its release once more on other rows, and its domains."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from ....adapter.cli import timeout_limit
from ....adapter.leaving import is_apex
from ....adapter.site import Site
from ....adapter.steps import Command
from ....base.message import Failure
from .app import App
from .history import state
from .program import API
from .release import BUILD

PAUSE = 5.0
APEX = "216.24.57.1"  # https://render.com/docs/configure-other-dns


def release_again(site: Site) -> Iterator[Command]:
    """The build that is online, with its command before a deploy, and the processes of each service anew."""
    app = App(site)
    for service in app.look().values():
        if service["type"] == "cron_job":
            continue
        before = {one["id"] for one in app.deploys(service)}
        yield API.command("POST", f"/services/{service['id']}/deploys", {"deployMode": "deploy_only"})
        _wait(app, service, before)


def _wait(app: App, service: dict[str, object], before: set[object]) -> None:
    end = time.monotonic() + min(BUILD, timeout_limit())
    while time.monotonic() < end:
        newest = next((one for one in app.deploys(service) if one["id"] not in before), None)
        if newest and state(newest) == "succeeded":
            return
        if newest and state(newest) == "failed":
            raise Failure(
                f"The deployment of {service['name']} failed: {newest['id']} on the copied rows; {service.get('dashboardUrl')} "
                "says why.",
                anchor="deployment-failed",
            )
        time.sleep(min(PAUSE, timeout_limit() / 4))
    raise Failure(
        f"{service['name']}: not released again yet; run this again in a few minutes.", anchor="not-there-yet"
    )


def domain_commands(site: Site, names: Sequence[str]) -> list[str]:
    """https://api-docs.render.com/reference/create-custom-domain"""
    identity = App(site).web()["id"]
    path = f"/services/{identity}/custom-domains"
    return [API.command("POST", path, {"name": name}).line(site.cli.name) for name in names]


def dns_record(site: Site, name: str) -> str:
    """The DNS record of a domain, in words: https://render.com/docs/custom-domains"""
    if is_apex(name):
        return f"A {APEX}"
    return f"CNAME {urlsplit(site.notes.get('address', '')).hostname or f'{site.name}.onrender.com'}"
