"""The app's database as this machine reaches it: Heroku Postgres answers the whole internet, with TLS alone.

https://devcenter.heroku.com/articles/connecting-heroku-postgres
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ....adapter.site import Site
from ....base.message import Failure
from .app import App

URL = "DATABASE_URL"


@contextlib.contextmanager
def database(site: Site) -> Iterator[str]:
    url = App(site).config().get(URL)
    if not url:
        raise Failure(
            f"The Heroku app {site.name} has no {URL}: create its database with `{site.command('provision')}`.",
            anchor="database-missing",
        )
    yield url
