"""Every response of a site beside production asks search engines to leave it out, and none of production's does."""

from __future__ import annotations

import pytest

from .conftest import Site

ASKED = """
import asyncio
import django
django.setup()
from django.test import AsyncClient, Client

place = {"headers": {"host": "library.fly.dev"}, "secure": True}
answers = [Client().get("/nothing", **place), asyncio.run(AsyncClient().get("/nothing", **place))]
print([answer.headers.get("X-Robots-Tag") for answer in answers])
"""


@pytest.mark.parametrize(
    ("environment", "told"),
    [("staging", "noindex, nofollow"), ("production", None), (None, None)],
)
def test_search_engines(site: Site, environment: str | None, told: str | None) -> None:
    done = site.run("-c", ASKED, DEPLOY_OVERLAY_ENVIRONMENT=environment)

    assert done.stdout.strip().splitlines()[-1] == str([told, told]), done.stderr
