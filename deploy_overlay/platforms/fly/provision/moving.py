"""What a site needs that moves to Fly.io: its release once more on other rows, and its domains."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from ....adapter.leaving import is_apex
from ....adapter.site import Site
from ....adapter.steps import Command
from ....base.export import exported
from ....base.message import Failure
from .app import App
from .release import BUILD, complete, configuration


def release_again(site: Site) -> list[Command]:
    """The image that is online, with its release command and every Machine anew: https://fly.io/docs/flyctl/deploy/"""
    app = App(site)
    image = next((str(one["ImageRef"]) for one in complete(app)), "")
    if not image:
        raise Failure(
            f"Fly.io does not say which image of {site.name} is online: `fly releases -a {site.name}` lists them.",
            anchor="platform-refused",
        )
    argv = ("deploy", "-a", site.name, *configuration(site), "--image", image, "--ha=false", "--yes")
    progress = "Fly.io releases once more ..."
    commit = site.commit
    return [Command(argv, timeout=BUILD, progress=progress, folder=lambda: exported(site.root, commit, site.cli.log))]


def domain_commands(site: Site, names: Sequence[str]) -> list[str]:
    """https://fly.io/docs/networking/custom-domain/"""
    return [f"fly certs add {name} -a {site.name}" for name in names]


def dns_record(site: Site, name: str) -> str:
    """The DNS record of a domain, in words."""
    if is_apex(name):
        return f"A and AAAA: the addresses of `fly ips list -a {site.name}`"
    return f"CNAME {urlsplit(site.notes.get('address', '')).hostname or f'{site.name}.fly.dev'}"
