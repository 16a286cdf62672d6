"""Checks over HTTP: health, static files, HTTPS, cookies and hosts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .browser import Answer, Browser
from .own_settings import OwnSettings
from .results import Outcome, failed, noted, passed
from .server import HEALTH
from .trouble import Trouble, last_trouble

FOREIGN_HOST = "10.0.0.1:8000"  # as a load balancer asks, which knows the machine's address only
WRONG_HOST = "wrong-host.example"
YEAR = 31_536_000  # seconds


@dataclass
class Visit:
    """A browser, the production settings, the project's settings for comparison, and the visited pages."""

    browser: Browser
    facts: Mapping[str, Any]
    pages: Sequence[str]
    logins: Sequence[str]
    header: str
    own: OwnSettings
    health: bool = True  # whether HEALTH is a page of the site
    seen: list[Answer] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # for the line with the verdict


def check_health_page(visit: Visit) -> Outcome:
    """The health page answers for any host, without the proxy."""
    answer = visit.browser.ask("GET", HEALTH, {}, host=FOREIGN_HOST)
    if answer.status == 200:
        return passed(f"{HEALTH} answers 200 for any host")
    return failed(
        f"{HEALTH} answered {answer.status}{told_error(trouble_since(visit, 0))} for the host {FOREIGN_HOST}",
        "Put the health middleware first in MIDDLEWARE, before hosts and redirects are checked.",
    )


def check_static_file(visit: Visit, static: Mapping[str, Any]) -> Outcome:
    """A static file has a hashed name and is immutable; text is compressed."""
    if "url" not in static:
        elsewhere = static.get("elsewhere")
        return noted(f"served by another service ({elsewhere}), not checked" if elsewhere else "no static files")
    url = urlsplit(str(static["url"]))
    if url.netloc and url.netloc != visit.browser.host:
        return noted(f"served by {url.netloc}, not checked")
    if not static["hashed"]:
        return failed(
            f"{url.path} has no hash in its name, so browsers cannot cache it",
            "Set STORAGES['staticfiles'] to a storage that hashes names, such as deploy.static.StaticFiles.",
        )
    answer = visit.browser.get(url.path, {"Accept-Encoding": "gzip"})
    if answer.status != 200:
        return failed(
            f"{url.path} answered {answer.status}",
            "Put WhiteNoiseMiddleware right after SecurityMiddleware, and serve STATIC_ROOT at STATIC_URL.",
        )
    kept = answer.headers.get("cache-control", "")
    if "immutable" not in kept and f"max-age={YEAR}" not in kept and "max-age=315360000" not in kept:
        return failed(
            f"{url.path} came with Cache-Control {kept or 'missing'}",
            "Serve hashed files as immutable, as WhiteNoise does with a manifest storage.",
        )
    if static["text"] and answer.headers.get("content-encoding") not in ("gzip", "br", "zstd"):
        return failed(
            f"{url.path} came uncompressed",
            "Use a storage that compresses, such as WhiteNoise's CompressedManifestStaticFilesStorage.",
        )
    return passed(f"{url.path} is immutable{' and compressed' if static['text'] else ''}")


def check_https_redirect(visit: Visit) -> Outcome:
    """HTTP is redirected to HTTPS of the same host, except for the health page."""
    browser = visit.browser
    plain = {name: "http" for name in browser.secure if name.lower() == "x-forwarded-proto"}
    answer = browser.ask("GET", "/", plain)
    target = answer.headers.get("location", "")
    if answer.status not in (301, 308) or not target.startswith(f"https://{browser.host}/"):
        went = f" to {target}" if target else ""
        return failed(
            f"http://{browser.host}/ answered {answer.status}{went}",
            f"Set SECURE_SSL_REDIRECT = True and SECURE_PROXY_SSL_HEADER = {visit.header} in the production settings.",
        )
    if visit.health and browser.ask("GET", HEALTH, plain).status != 200:
        return failed(
            f"{HEALTH} is redirected too, so the platform's health check would fail",
            "Answer the health page in a middleware before SecurityMiddleware.",
        )
    return passed(f"{answer.status} to {target}")


def check_secure_cookies(visit: Visit) -> Outcome:
    """Session and CSRF cookies are sent over HTTPS only."""
    facts = visit.facts
    names = {facts["SESSION_COOKIE_NAME"]: "SESSION_COOKIE_SECURE", facts["CSRF_COOKIE_NAME"]: "CSRF_COOKIE_SECURE"}
    sent = [line for answer in visit.seen for line in answer.cookies]
    for line in sent:
        name, flags = line.partition("=")[0], line.lower().split(";")[1:]
        if name in names and "secure" not in [flag.strip() for flag in flags]:
            return failed(f"the cookie {name} is sent without Secure", f"Set {names[name]} = True.")
    off = [setting for setting in names.values() if not facts[setting]]
    if off:
        return failed(f"{' and '.join(off)} off", f"Set {' and '.join(f'{setting} = True' for setting in off)}.")
    looked = {line.partition("=")[0] for line in sent} & set(names)
    return passed(
        f"Secure on {', '.join(sorted(looked))}" if looked else "Secure in the settings; no page sent a cookie"
    )


def check_wrong_host(visit: Visit) -> Outcome:
    """A request for another host is refused."""
    position = visit.browser.server.position()
    answer = visit.browser.ask("GET", "/", visit.browser.secure, host=WRONG_HOST)
    if answer.status == 400:
        return passed(f"{WRONG_HOST} is refused with 400")
    if answer.status >= 500 and "Invalid HTTP_HOST header" in visit.browser.server.said(position):
        error = told_error(trouble_since(visit, position))
        return noted(f"{WRONG_HOST} is refused, but its error page is broken: {answer.status}{error}")
    allowed = visit.facts["ALLOWED_HOSTS"] or []
    if "*" in allowed:
        return failed("ALLOWED_HOSTS allows every host", "List the hosts of the platform and your own domains.")
    return failed(
        f"a request for the host {WRONG_HOST} got the status {answer.status}",
        "Keep django.middleware.common.CommonMiddleware in MIDDLEWARE, which refuses other hosts.",
    )


def trouble_since(visit: Visit, position: int) -> Trouble | None:
    """The error in the server's output since this position, if any."""
    return last_trouble(visit.browser.server.said(position), visit.browser.server.stage.repository)


def told_error(trouble: Trouble | None) -> str:
    """The error as the continuation of a sentence."""
    return f": {trouble}" if trouble else ""
