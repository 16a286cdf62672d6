"""Logs are one JSON object a line if DEPLOY_LOGS is json, from every process that logs, and text otherwise."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from tests.support.gunicorn import gunicorn
from tests.support.programs import WINDOWS

from .conftest import Site

URLS = """
import logging

from django.http import HttpResponse
from django.urls import path

logger = logging.getLogger("shop")


def buy(request):
    logger.info("bought %s", "a book\\nof two lines", extra={"order": 7, "buyer": "Ada", "secret": ["never"]})
    return HttpResponse("thanks")


def fail(request):
    raise ValueError("the cover\\nis missing")


urlpatterns = [path("buy/", buy), path("fail/", fail)]
"""
OWN = """
LOGGING = {
    "version": 1,
    "formatters": {"plain": {"format": "%(message)s"}},
    "filters": {"here": {"()": "django.utils.log.RequireDebugFalse"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "level": "WARNING", "filters": ["here"]},
        "file": {"class": "logging.FileHandler", "filename": "missing/x.log"},
        "mail": {"class": "django.utils.log.AdminEmailHandler"},
    },
    "loggers": {"shop": {"handlers": ["console", "file", "mail"], "propagate": False}},
}
"""


def records(said: str) -> list[dict[str, Any]]:
    """Every line, each of which has to be an object."""
    found = [json.loads(line) for line in said.splitlines()]
    for one in found:
        assert list(one)[:4] == ["time", "level", "logger", "message"], one
        assert datetime.fromisoformat(one["time"]).tzinfo
    return found


def asked(site: Site, **variables: str) -> str:
    """What the server printed from its start to its end, with a page, an error and a missing page between them."""
    (site.root / "mysite" / "urls.py").write_text(URLS, encoding="utf-8")
    with gunicorn(site.root, site.python, DATABASE_URL="sqlite:///db.sqlite3", **variables) as server:
        for path, status in {"/buy/?by=ada": 200, "/fail/": 500, "/nowhere/": 404}.items():
            assert server.browser.get(path, **{"X-Request-ID": f"of{path[:4]}"}).status == status
    return server.said()


@pytest.mark.skipif(WINDOWS, reason="Gunicorn needs Linux or macOS")
@pytest.mark.parametrize("variables", [{}, {"DEPLOY_LOGS": "json"}], ids=["text", "json"])
def test_static_files_that_never_change_are_not_logged(site: Site, variables: dict[str, str]) -> None:
    site.write('from pathlib import Path\nSTATICFILES_DIRS = [Path(__file__).parent.parent / "styles"]\n')
    (site.root / "styles").mkdir()
    (site.root / "styles" / "shop.css").write_text("p {}\n", encoding="utf-8")
    (site.root / "mysite" / "urls.py").write_text(URLS, encoding="utf-8")
    assert site.run("-m", "django", "collectstatic", "--noinput").returncode == 0
    (hashed,) = (path.name for path in (site.root / "staticfiles").glob("shop.*.css"))
    wanted = {f"/static/{hashed}": 200, "/static/shop.css": 200, "/static/nowhere.css": 404, "/buy/": 200}
    with gunicorn(site.root, site.python, DATABASE_URL="sqlite:///db.sqlite3", **variables) as server:
        for path, status in wanted.items():
            assert server.browser.get(path).status == status

    assert [path for path in wanted if path not in server.said()] == [f"/static/{hashed}"]


@pytest.mark.skipif(WINDOWS, reason="Gunicorn needs Linux or macOS")
def test_every_line_is_an_object(site: Site) -> None:
    found = records(asked(site, DEPLOY_LOGS="json"))

    def of(logger: str, **wanted: object) -> dict[str, Any]:
        (one,) = (one for one in found if one["logger"] == logger and wanted.items() <= one.items())
        return one

    page = {"request_id": "of/buy", "method": "GET", "path": "/buy/"}
    own = of("shop")
    assert own.items() >= {**page, "level": "INFO", "message": "bought a book\nof two lines", "order": 7}.items()
    assert own["buyer"] == "Ada" and "secret" not in own
    access = of("gunicorn.access", path="/buy/")
    assert access.items() >= {**page, "status": 200}.items() and access["milliseconds"] >= 0
    error = of("django.request", status=500)
    assert error.items() >= {"level": "ERROR", "request_id": "of/fai", "method": "GET", "path": "/fail/"}.items()
    assert error["exception"].startswith("Traceback") and error["exception"].endswith("the cover\nis missing")
    assert of("django.request", status=404)["path"] == "/nowhere/"
    assert of("gunicorn.access", path="/fail/")["status"] == 500
    assert any(one["logger"] == "gunicorn.error" and "Booting worker" in one["message"] for one in found)
    assert all("request_id" not in one for one in found if one["logger"] == "gunicorn.error")


@pytest.mark.skipif(WINDOWS, reason="Gunicorn needs Linux or macOS")
def test_without_the_variable_they_are_text(site: Site) -> None:
    lines = asked(site).splitlines()

    assert '"GET /buy/?by=ada HTTP/1.1" 200' in "\n".join(lines)
    assert "bought a book" in lines and "Traceback (most recent call last):" in lines
    assert not any(line.startswith("{") for line in lines)


def test_logging_of_the_projects_own_is_merged(site: Site) -> None:
    own = site.write(OWN).settings(DEPLOY_LOGS="json")["LOGGING"]

    assert own["loggers"] == {"shop": {"handlers": ["console", "file", "mail"], "propagate": False}}
    assert own["filters"] == {"here": {"()": "django.utils.log.RequireDebugFalse"}}
    assert own["formatters"] == {"plain": {"format": "%(message)s"}, "json": {"()": "deploy.logs.JSONFormatter"}}
    console = {"class": "logging.StreamHandler", "level": "WARNING", "filters": ["here"], "formatter": "json"}
    assert own["handlers"]["console"] == console
    assert own["handlers"]["file"]["formatter"] == "json" and "filename" not in own["handlers"]["file"]
    assert own["handlers"]["mail"] == {"class": "django.utils.log.AdminEmailHandler"}
    assert site.settings()["LOGGING"]["handlers"]["console"]["formatter"] == "plain"
