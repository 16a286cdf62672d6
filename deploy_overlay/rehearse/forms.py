"""Checks forms: the site must accept a POST from its own page, and refuse one from another site."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from .browser import Answer, NoAnswer
from .http_checks import Visit, told_error, trouble_since
from .results import Outcome, failed, noted, passed

OTHER_SITE = "https://other-site.example"
MOST_FORMS = 8
_TOKEN_FIELD = re.compile(
    r"""<input[^>]*name=["']csrfmiddlewaretoken["'][^>]*value=["'](?P<token>[A-Za-z0-9]+)["']""", re.IGNORECASE
)


def check_form_post(visit: Visit) -> Outcome:
    """The first address that refuses a POST from another site must accept it from its own page."""
    if not any(name.endswith("CsrfViewMiddleware") for name in visit.facts["MIDDLEWARE"] or []):
        return failed("CsrfViewMiddleware is not in MIDDLEWARE", "Add django.middleware.csrf.CsrfViewMiddleware.")
    own = f"https://{visit.browser.host}"
    never_worked = ""
    for path in _form_addresses(visit):
        try:
            if _form_posted(visit, path, OTHER_SITE).status != 403:
                continue
            position = visit.browser.server.position()
            answer = _form_posted(visit, path, own)
        except NoAnswer:
            continue
        said = visit.browser.server.said(position)
        if answer.status == 403 and ("CSRF" in answer.text or "Forbidden (" in said or path in visit.logins):
            return _own_form_refused(visit, path, said)
        if answer.status == 403:
            continue
        if answer.status >= 500:
            trouble = trouble_since(visit, position)
            told = f"a POST to {path} answered {answer.status}"
            if excuse := visit.own.answers("POST", [path]).excuse(path, trouble):
                never_worked = f"{told}, with your own settings too: {excuse}"
                continue
            return failed(f"{told}{told_error(trouble)}", "Correct this error: visitors would see it.")
        return passed(f"{path} accepted a form from {own} and refused one from {OTHER_SITE}")
    return noted(never_worked or "no address without parameters accepts a form with CSRF protection")


def _form_addresses(visit: Visit) -> Iterator[str]:
    """Login pages first, where a wrong password changes nothing; then other pages with a form, then the first page."""
    forms = [answer.url for answer in visit.seen if answer.status == 200 and _TOKEN_FIELD.search(answer.text)]
    words = ("login", "signin", "sign-in", "anmeld", "connexion")
    logins = [*visit.logins, *(path for path in forms if any(word in path.lower() for word in words))]
    ordered = [*logins, *forms, "/"]
    local = [path for path in ordered if path.startswith("/")]
    yield from list(dict.fromkeys(local))[:MOST_FORMS]


def _form_posted(visit: Visit, path: str, origin: str) -> Answer:
    """A POST with the token of the page's form, or with a matching cookie and header.

    https://docs.djangoproject.com/en/stable/ref/csrf/#how-it-works
    """
    facts, browser = visit.facts, visit.browser
    page = browser.get(path)
    field = _TOKEN_FIELD.search(page.text)
    jar = {name: page.cookie(name) for name in (facts["CSRF_COOKIE_NAME"], facts["SESSION_COOKIE_NAME"])}
    token = field["token"] if field else ""
    if not token:
        token = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))
        jar[facts["CSRF_COOKIE_NAME"]] = token
    body = urlencode({"csrfmiddlewaretoken": token, "username": "rehearsal", "password": secrets.token_hex(8)})
    header = facts["CSRF_HEADER_NAME"].removeprefix("HTTP_").replace("_", "-")
    cookies = "; ".join(f"{name}={value}" for name, value in jar.items() if value)
    headers = {"Origin": origin, "Referer": f"{origin}{quote(path, safe='/%')}", header: token}
    return browser.post(path, body.encode("ascii"), headers | ({"Cookie": cookies} if cookies else {}))


def _own_form_refused(visit: Visit, path: str, said: str) -> Outcome:
    reason = re.search(r"Forbidden \((?P<why>.+?)\)?: ", said)
    own = f"https://{visit.browser.host}"
    return failed(
        f"{path} refused a form from its own page{f': {reason[1]}' if reason else ''}",
        f"Add {own} to CSRF_TRUSTED_ORIGINS, and set SECURE_PROXY_SSL_HEADER = {visit.header}.",
    )
