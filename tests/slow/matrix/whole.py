"""What happens behind the pages of the whole sample project: each process does its work, seen over HTTP.

tests/support/whole.py says which notices there are.
"""

from __future__ import annotations

import html
import re
import secrets
import time
import urllib.request
from email.message import Message
from typing import NamedTuple

from tests.support import Browser
from tests.support.whole import SENDER

from .simulated.site import Site
from .visit import PIXEL

PATIENCE = 60.0  # seconds until a worker has done what is queued


class Notice(NamedTuple):
    place: str
    seen: str
    event: str


def worked(site: Site, mail: list[Message], *, bucket: bool, workers_see_uploads: bool) -> None:
    """Raises AssertionError for the first thing that is chosen and does not work."""
    visitor = site.visitor()
    name = f"grace{secrets.token_hex(4)}"
    account = {"username": name, "email": "grace@example.com", "password1": "correct-horse-9"}
    assert visitor.post("/accounts/signup/", {**account, "password2": "correct-horse-9"}).status == 302
    book = _with_cover(visitor, f"Compilers {name}", bucket)
    assert visitor.post("/notices/send/", {"name": name}).status == 302
    sent = [f"mail 1 to {place}-{name}@example.com" for place in ("web", "celery", "rq")]
    wanted = [*sent, "tidied"]
    if workers_see_uploads:
        assert visitor.post(f"/notices/measure/{book}/", {"name": name}).status == 302
        wanted.append(f"cover {book} has {len(PIXEL)} bytes")
    assert site.jobs, "nothing starts the scheduled jobs"
    site.run_jobs()
    wanted.append("mail 1 to reminder-3@example.com")
    notices = _notices(site, wanted)
    if workers_see_uploads:
        measured = {notice.place for notice in notices if notice.event == wanted[4]}
        assert measured == {"celery", "rq"}, f"only {measured} can read what was uploaded"
    _mail_came(mail, name)
    places = {notice.place: notice.seen for notice in notices}
    assert set(places) == {"web", "celery", "rq", "cron"}
    assert len(set(places.values())) == 1, f"not every process has the same configuration: {places}"


def _with_cover(visitor: Browser, title: str, bucket: bool) -> str:
    """Add a book with a cover, see the cover at the address that the book's page has; the number of the book."""
    told = {"title": title, "author_name": "Grace", "description": ""}
    added = visitor.post("/books/add/", told, {"cover": ("cover.png", PIXEL, "image/png")})
    assert added.status == 302, f"the upload answered {added.status}"
    page = visitor.get(added.headers["Location"])
    (address,) = map(html.unescape, re.findall(r'<img class="cover" src="([^"]+)"', page.text))
    if bucket:
        assert address.startswith("http://127.0.0.1:") and "/public/covers/" in address, address
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert (answer.headers["Content-Type"], answer.read()) == ("image/png", PIXEL)
    else:
        assert address.startswith("/media/covers/"), address
        shown = visitor.get(address)
        assert (shown.status, shown.body) == (200, PIXEL), f"{address} answered {shown.status}"
        assert shown.headers["Content-Type"] == "image/png"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert visitor.get("/media/covers/").status == 404, "uploaded files are listed"
        assert visitor.get("/media/covers/none.png").status == 404
    return added.headers["Location"].strip("/").rpartition("/")[2]


def _notices(site: Site, wanted: list[str]) -> list[Notice]:
    """The notices, once all that are wanted are there and both queues have done all of theirs."""
    until = time.monotonic() + PATIENCE
    while True:
        page = site.visitor().get("/notices/").text
        found = re.findall(r'data-place="(\w+)" data-seen="(\w+)">([^<]+)<', page)
        notices = [Notice(*one) for one in found]
        events = [notice.event for notice in notices]
        lacking = [event for event in wanted if event not in events]
        lacking += [event for event in wanted if event.startswith("cover") and events.count(event) < 2]
        if not lacking:
            return notices
        assert time.monotonic() < until, f"not done: {lacking}\n{site.said()}"
        time.sleep(0.2)


def _mail_came(mail: list[Message], name: str) -> None:
    senders = {str(message["To"]): str(message["From"]) for message in mail}
    people = {f"{place}-{name}@example.com" for place in ("web", "celery", "rq")} | {"reminder-3@example.com"}
    assert people <= set(senders), f"mail came to {sorted(senders)} alone"
    assert set(senders.values()) == {SENDER}
