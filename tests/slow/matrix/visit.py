"""What visitors, probes and owners do with a deployed sample site: pages, static files, an account, an upload."""

from __future__ import annotations

import re
import secrets
import shlex

from tests.support import Browser, run
from tests.support.front_end import TEXT as BUNDLED

from .simulated.site import Site

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
READ = """
import sys
import django
django.setup()
from books.models import Book
from django.core.files.storage import default_storage
name = Book.objects.get(title=sys.argv[1]).cover.name
with default_storage.open(name) as file:
    print(file.read().hex())
"""


def visited(site: Site, django_root: str) -> None:
    """Raises AssertionError for the first thing that a site in production has to do and this one does not."""
    visitor = site.visitor()
    page = visitor.get("/")
    assert page.status == 200, f"/ answered {page.status}\n{site.said()}"
    if site.probe:
        path, host = site.probe
        answer = Browser(site.origin, {"Host": host}).get(path)
        assert answer.status == 200, f"the health check got {answer.status}"
    plain = site.visitor(**{"X-Forwarded-Proto": "http"}).get("/")
    assert (plain.status, plain.headers["Location"]) == (301, f"https://{site.host}/"), "HTTP is not sent to HTTPS"
    assert site.visitor(Host="elsewhere.example.net").get("/").status == 400, "another host is not refused"
    _read_back(site, django_root, used(visitor))


def used(visitor: Browser) -> str:
    """Uses the site as people do, over HTTPS; the title of the book that was added, which has a picture."""
    page = visitor.get("/")
    assert page.headers["Strict-Transport-Security"], "no HSTS"
    _static_files(visitor, page.text)
    _scripts(visitor, page.text)
    title = f"Notes {secrets.token_hex(4)}"
    _account_and_upload(visitor, title)
    return title


def _static_files(visitor: Browser, page: str) -> None:
    sheets = re.findall(r'href="(/static/[^"]*shelf\.[0-9a-f]{12}\.css)"', page)
    assert sheets, "the page refers to no style sheet with a hash in its name"
    answer = visitor.get(sheets[0], **{"Accept-Encoding": "gzip"})
    assert answer.status == 200, f"{sheets[0]} answered {answer.status}"
    assert answer.headers["Content-Encoding"] == "gzip", "static files are not compressed"
    assert "immutable" in answer.headers["Cache-Control"], "static files are not kept by browsers"


def _scripts(visitor: Browser, page: str) -> None:
    """Every script that the page asks for is there, also one that a front-end build has made."""
    addresses = re.findall(r'<script src="([^"]+)"', page)
    assert addresses, "the page asks for no script"
    for address in addresses:
        answer = visitor.get(address)
        assert answer.status == 200, f"{address} answered {answer.status}"
        assert "/site." not in address or BUNDLED in answer.text, f"{address} is not what the front-end build makes"


def _account_and_upload(visitor: Browser, title: str) -> None:
    """Sign up, log out, log in, upload a picture: each form with its token, every cookie secure."""
    name, password = f"ada{secrets.token_hex(4)}", "correct-horse-9"
    account = {"username": name, "email": "ada@example.com", "password1": password, "password2": password}
    assert visitor.post("/accounts/signup/", account).status == 302, "nobody can sign up"
    visitor.cookies.clear()
    logged_in = visitor.post("/accounts/login/", {"username": name, "password": password})
    assert logged_in.status == 302, "nobody can log in"
    assert "sessionid" in {cookie.name for cookie in visitor.cookies}, "no session"
    assert all(cookie.secure for cookie in visitor.cookies), "a cookie goes over plain HTTP"
    book = {"title": title, "author_name": "Ada", "description": ""}
    added = visitor.post("/books/add/", book, {"cover": ("cover.png", PIXEL, "image/png")})
    assert added.status == 302, f"the upload answered {added.status}"
    assert title in visitor.get("/").text, "what was added is not there"


def _read_back(site: Site, django_root: str, title: str) -> None:
    """The uploaded picture as the default storage of a second process on the platform has it."""
    folder = site.folder if (site.folder / "books").is_dir() else site.folder / django_root
    line = shlex.join(["cd", str(folder)]) + " && " + shlex.join([str(site.python), "-c", READ, title])
    done = run(site.shell(line), folder, site.environ)
    assert done.stdout.strip() == PIXEL.hex(), "what was uploaded is not what the storage has"
