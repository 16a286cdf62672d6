"""deploy/media.py serves public uploads from the volume, and nothing else, whatever a visitor asks for."""

from __future__ import annotations

import http.client
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import apply_overlay, interpreter
from tests.support.gunicorn import SECURE, Gunicorn, gunicorn
from tests.support.installing import python_with
from tests.support.programs import WINDOWS
from tests.support.projects import DJANGO

from .conftest import PACKAGES, Site, calls_of_start, small_project

pytestmark = pytest.mark.skipif(WINDOWS, reason="Gunicorn does not run on Windows")

PUBLIC = {"store": "disk", "access": "public", "path": "/media/"}
ASGI = ("uvicorn[standard]>=0.30", "uvicorn-worker>=0.3")
# A page of the project's own below MEDIA_URL, one that fits several folders, and one that fits everything.
URLS = """
import resource

from django.http import HttpResponse
from django.urls import path, re_path


def said(word):
    return lambda request, **names: HttpResponse(word)


def memory(request):
    return HttpResponse(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


urlpatterns = [
    path("memory", memory),
    path("media/members/<path:name>", said("members only")),
    re_path(r"^(media|files)/both/(?P<name>.*)$", said("both")),
    re_path(r"^(?!admin).*$", said("page")),
]
"""
PAGE = b"page"


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass
class Served:
    """A running site, and the folder of its uploads."""

    server: Gunicorn
    root: Path

    def ask(self, path: str, method: str = "GET", **headers: str) -> Reply:
        """Ask for exactly this path, with underscores in names of headers for hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host=True)
        for name, value in {"Host": "library.fly.dev", **SECURE, **named}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.headers, answer.read())
        connection.close()
        return reply


def make_site(template: Path, folder: Path, django: str, *, asgi: bool = False) -> Site:
    project = small_project(folder / "library")
    (project.root / "mysite" / "urls.py").write_text(URLS, encoding="utf-8")
    settings = project.root / "mysite" / "settings.py"
    with settings.open("a", encoding="utf-8") as file:
        file.write('MEDIA_URL = "media/"\n')
    extra = {"django_services": ["channels"]} if asgi else {}
    done = apply_overlay(
        project,
        template,
        "--skip-tasks",
        deploy_platforms=["fly"],
        deploy_uploads="volume",
        django_uploads=PUBLIC,
        **extra,
    )
    assert done.returncode == 0, done.stderr
    return Site(
        project.root, python_with(interpreter(*DJANGO[django]), f"django~={django}.0", *PACKAGES, *ASGI[: 2 * asgi])
    )


def serving(site: Site, folder: Path) -> Iterator[Served]:
    root = folder / "media"
    root.mkdir()
    with gunicorn(
        site.root, site.python, DATABASE_URL="sqlite:///db.sqlite3", MEDIA_ROOT=str(root), WEB_CONCURRENCY="1"
    ) as one:
        yield Served(one, root)


@pytest.fixture(scope="module")
def site_with_uploads(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(template, tmp_path_factory.mktemp("media"), "5.2")


@pytest.fixture(scope="module")
def served(site_with_uploads: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serving(site_with_uploads, tmp_path_factory.mktemp("served"))


@pytest.fixture
def media(served: Served) -> Iterator[Served]:
    """The site, with one picture that everybody may see."""
    (served.root / "a").mkdir()
    (served.root / "a" / "ä b.png").write_bytes(bytes(range(256)))
    yield served
    shutil.rmtree(served.root)
    served.root.mkdir()


PICTURE = "/media/a/%C3%A4%20b.png"


def test_a_picture_is_shown_and_can_be_kept_by_browsers(media: Served) -> None:
    answer = media.ask(PICTURE)

    assert (answer.status, answer.body) == (200, bytes(range(256)))
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Length"] == "256"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Content-Disposition" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    for header, value in (
        ("If_None_Match", answer.headers["ETag"]),
        ("If_Modified_Since", answer.headers["Last-Modified"]),
    ):
        again = media.ask(PICTURE, **{header: value})
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == answer.headers["ETag"]


def test_a_file_that_was_replaced_is_sent_again(media: Served) -> None:
    first = media.ask(PICTURE)
    os.utime(media.root / "a" / "ä b.png", ns=(1, 1))

    assert media.ask(PICTURE, If_None_Match=first.headers["ETag"]).status == 200
    assert media.ask(PICTURE, If_Match=first.headers["ETag"]).status == 412


def test_head_has_the_headers_alone(media: Served) -> None:
    answer, head = media.ask(PICTURE), media.ask(PICTURE, "HEAD")

    assert (head.status, head.body) == (200, b"")
    assert {**dict(head.headers), "Date": ""} == {**dict(answer.headers), "Date": ""}
    assert media.ask(PICTURE, "HEAD", Range="bytes=0-1").status == 200  # a range is only defined for GET


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "body"),
    [
        ("bytes=0-0", 206, "bytes 0-0/256", bytes([0])),
        ("bytes=250-", 206, "bytes 250-255/256", bytes(range(250, 256))),
        ("bytes=250-9999", 206, "bytes 250-255/256", bytes(range(250, 256))),
        ("bytes=-2", 206, "bytes 254-255/256", bytes([254, 255])),
        ("bytes=-9999", 206, "bytes 0-255/256", bytes(range(256))),
        ("bytes=256-", 416, "bytes */256", b""),
        ("bytes=-0", 416, "bytes */256", b""),
        # What is no range, or more than one, is answered with the whole file.
        ("bytes=9-3", 200, None, bytes(range(256))),
        ("bytes=-", 200, None, bytes(range(256))),
        ("bytes=0-1,4-5", 200, None, bytes(range(256))),
        ("lines=0-1", 200, None, bytes(range(256))),
        (f"bytes=0-{'9' * 5000}", 200, None, bytes(range(256))),
        ("bytes=1e3-", 200, None, bytes(range(256))),
    ],
)
def test_a_part_of_a_file(asked: str, status: int, content_range: str | None, body: bytes, media: Served) -> None:
    answer = media.ask(PICTURE, Range=asked)

    assert (answer.status, answer.headers["Content-Range"], answer.body) == (status, content_range, body)
    assert answer.headers["Content-Length"] == str(len(body))


def test_a_part_of_a_file_that_was_replaced_is_not_mixed_with_the_old_one(media: Served) -> None:
    first = media.ask(PICTURE).headers

    for same in (first["ETag"], first["Last-Modified"]):
        assert media.ask(PICTURE, Range="bytes=0-0", If_Range=same).status == 206
    for other in ('"other"', f"W/{first['ETag']}", "Thu, 01 Jan 1970 00:00:00 GMT"):
        assert media.ask(PICTURE, Range="bytes=0-0", If_Range=other).status == 200


def test_an_empty_file(media: Served) -> None:
    (media.root / "empty.txt").touch()

    assert (media.ask("/media/empty.txt").status, media.ask("/media/empty.txt").body) == (200, b"")
    assert media.ask("/media/empty.txt", Range="bytes=0-").status == 416


@pytest.mark.parametrize(
    "name",
    ["x.html", "x.HTM", "x.xhtml", "x.svg", "x.xml", "x.js", "x.mjs", "x.css", "x.swf", "x.svgz", "x.html.gz", "x.unknown",
     "x", "x.png.html", "x.json", "x.txt.gz"],
)  # fmt: skip
def test_what_could_run_as_a_page_of_the_site_is_downloaded(name: str, media: Served) -> None:
    (media.root / name).write_text("<script>alert(document.domain)</script>", encoding="utf-8")

    answer = media.ask(f"/media/{name}")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    # In a page of the site's own, a picture may be SVG; nothing else of these has a type that a page can use.
    assert answer.headers["Content-Type"] == ("image/svg+xml" if name == "x.svg" else "application/octet-stream")
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    ("name", "kind"),
    [("x.JPG", "image/jpeg"), ("x.webp", "image/webp"), ("x.avif", "image/avif"), ("x.mp4", "video/mp4"),
     ("x.mp3", "audio/mpeg"), ("x.txt", "text/plain"), ("x.pdf", "application/pdf"), ("x.html.png", "image/png")],
)  # fmt: skip
def test_what_runs_no_scripts_is_shown(name: str, kind: str, media: Served) -> None:
    (media.root / name).write_bytes(b"<script>")

    answer = media.ask(f"/media/{name}")
    assert answer.headers["Content-Type"].partition(";")[0] == kind
    assert "Content-Disposition" not in answer.headers
    # A browser's viewer of PDFs does not work in a sandbox.
    assert ("Content-Security-Policy" in answer.headers) == (kind != "application/pdf")


def test_nothing_outside_of_the_folder_is_served(media: Served) -> None:
    outside = media.root.parent / "outside"
    outside.mkdir()
    for place in (
        outside / "secret.txt",
        media.root.parent / "media-too.txt",
        media.root / "a" / ".env",
        media.root / ".env",
    ):
        place.write_text("secret", encoding="utf-8")
    (media.root / ".git").mkdir()
    (media.root / ".git" / "config").write_text("secret", encoding="utf-8")
    (media.root / "link.txt").symlink_to(outside / "secret.txt")
    (media.root / "folder").symlink_to(outside)
    (media.root / "loop").symlink_to("loop")
    (media.root / "a\\b.txt").write_text("secret", encoding="utf-8")
    os.mkfifo(media.root / "pipe")
    try:
        for path in (
            "/media/../outside/secret.txt", "/media/%2e%2e/outside/secret.txt", "/media/..%2foutside%2fsecret.txt",
            "/media/%252e%252e/outside/secret.txt", "/media/a/../../outside/secret.txt", "/media/..%5coutside%5csecret.txt",
            "/media/..\\outside\\secret.txt", "/media/a%5cb.txt", f"/media/{outside}/secret.txt", f"/media//{outside}/secret.txt",
            "/media/link.txt", "/media/folder/secret.txt", "/media/loop", "/media/.env", "/media/a/.env", "/media/.git/config",
            "/media/a/./%2eenv", "/media/a%00.png", "/media/%00", "/media/a/%C3%A4%20b.png%00.html", "/media/pipe",
            f"/media/{'a' * 3000}", "/media/" + "a/" * 1500, "/media/%ff%fe", "/media-too.txt", "/media/../media-too.txt",
            "/media", "/media/", "/media/a", "/media/a/", "/media//a/%C3%A4%20b.png", "/media/a//%C3%A4%20b.png",
            "/media/a/%C3%A4%20b.png/", "/media/missing.png", "/media/CON", "/media/..;/outside/secret.txt",
        ):  # fmt: skip
            answer = media.ask(path)
            assert b"secret" not in answer.body, path
            assert answer.status in (200, 400, 404) and (answer.status != 200 or answer.body == PAGE), path
    finally:
        shutil.rmtree(outside)
        (media.root.parent / "media-too.txt").unlink()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_are_the_projects(method: str, media: Served) -> None:
    assert bytes(range(256)) not in media.ask(PICTURE, method, Content_Length="0").body
    assert (media.root / "a" / "ä b.png").exists()


def test_pages_of_the_project_stay_its_own(media: Served) -> None:
    for folder in ("members", "both"):
        (media.root / folder).mkdir()
        (media.root / folder / "x.png").write_bytes(b"secret")

    assert media.ask("/media/members/x.png").body == b"members only"
    assert media.ask("/media/both/x.png").body == b"both"
    assert media.ask("/elsewhere").body == PAGE


def test_visitors_are_still_sent_to_https(media: Served) -> None:
    assert media.ask(PICTURE, X_Forwarded_Proto="http").status == 301


def test_a_large_file_is_never_in_memory(media: Served) -> None:
    size = 300 * 1024 * 1024
    with (media.root / "large.mp4").open("wb") as file:
        file.truncate(size)
    before = int(media.ask("/memory").body)

    assert len(media.ask("/media/large.mp4").body) == size
    assert int(media.ask("/memory").body) - before < 64 * 1024  # KB


@pytest.mark.parametrize(
    ("url", "path", "status"),
    [
        ('""', "/media/x.png", 200),
        ('"/"', "/media/x.png", 200),
        ('"uploads/files/"', "/uploads/files/x.png", 200),
        ('"https://cdn.example.com/pictures/"', "/pictures/x.png", 200),
        ('"https://cdn.example.com/"', "/x.png", 404),
    ],
)
def test_wherever_the_project_has_its_uploads(
    url: str, path: str, status: int, site_with_uploads: Site, tmp_path: Path
) -> None:
    root = tmp_path / "library"
    shutil.copytree(site_with_uploads.root, root)
    (root / "mysite" / "urls.py").write_text("urlpatterns = []\n", encoding="utf-8")
    site = Site(root, site_with_uploads.python).write(f"MEDIA_URL = {url}\n")
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "x.png").write_bytes(b"picture")
    program = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        f"print(Client(headers={{'host': 'library.fly.dev', 'x-forwarded-proto': 'https'}}).get('{path}').status_code)"
    )

    done = site.run("-c", program, MEDIA_ROOT=str(tmp_path / "media"))
    assert done.stdout.split()[-1:] == [str(status)], done.stderr


AS_APP = "setpriv --reuid=app --regid=app --init-groups --no-new-privs"


def test_the_server_owns_the_volume_and_migrates_nothing(site_with_uploads: Site, tmp_path: Path) -> None:
    assert calls_of_start(site_with_uploads.root, tmp_path) == [
        "install -d -o app -g app /data /data/media",
        f"{AS_APP} gunicorn -c deploy/gunicorn.conf.py",
    ]
    image = (site_with_uploads.root / "Dockerfile").read_text(encoding="utf-8")
    assert image.rstrip().endswith('CMD ["sh", "deploy/start.sh"]') and "\nUSER " not in image
