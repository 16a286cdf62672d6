"""Checks that style sheets and scripts of pages exist, which a tolerant storage does not check."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from .browser import Answer
from .http_checks import Visit, told_error, trouble_since
from .results import Outcome, failed, noted, passed
from .trouble import Trouble

MOST_ASSETS = 24
COLLECTED = re.compile(r"\.[0-9a-f]{12}\.[^/]*$")  # a name with a hash, which only a file that is there gets


class References(HTMLParser):
    """Collects the addresses of style sheets and scripts in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.style_sheets: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "link" and "stylesheet" in found.get("rel", "").lower().split() and found.get("href"):
            self.style_sheets.append(found["href"])
        if tag == "script" and found.get("src"):
            self.scripts.append(found["src"])


def check_page_assets(visit: Visit) -> Outcome:
    """Fails for a missing style sheet of this server; a missing script is a note."""
    style_sheets: dict[str, str] = {}
    scripts: dict[str, str] = {}
    for page in visit.seen:
        if "html" in page.headers.get("content-type", ""):
            references = References()
            references.feed(page.text)
            style_sheets |= dict.fromkeys(_own(visit, page, references.style_sheets), page.url)
            scripts |= dict.fromkeys(_own(visit, page, references.scripts), page.url)
    asked = [*style_sheets, *scripts][:MOST_ASSETS]
    lost: dict[str, int] = {}
    trouble: Trouble | None = None
    for path in asked:
        position = visit.browser.server.position()
        status = visit.browser.get(path).status
        if not 200 <= status < 400:
            lost[path] = status
            trouble = trouble or trouble_since(visit, position)
    first = list(lost)[:3]
    told = "; ".join(f"{(style_sheets | scripts)[path]} refers to {path}, which answers {lost[path]}" for path in first)
    if any(status >= 500 for status in lost.values()):
        return failed(
            f"{told}{told_error(trouble)}", "Correct this error: visitors would see the page without the file."
        )
    if any(COLLECTED.search(path) for path in lost):
        return failed(told, "Move WhiteNoiseMiddleware up: the file was collected, but the server does not serve it.")
    if any(path in style_sheets for path in lost):
        return failed(
            told,
            "Commit the file, or the source and the package.json of the front-end build that makes it.",
        )
    if lost:
        return noted(told)
    return passed(f"{len(asked)} style sheets and scripts, none missing") if asked else noted("no page uses any")


def _own(visit: Visit, page: Answer, addresses: list[str]) -> Iterator[str]:
    """Paths of the addresses that this server has under STATIC_URL."""
    base = f"https://{visit.browser.host}"
    static = urlsplit(urljoin(f"{base}/", str(visit.facts["STATIC_URL"] or "/static/")))
    for address in addresses:
        url = urlsplit(urljoin(f"{base}{page.url}", address.strip()))
        if url.netloc == visit.browser.host == static.netloc and url.path.startswith(static.path):
            yield url.path
