"""Serves uploaded files from MEDIA_ROOT to everybody. Added by deploy-overlay.

Visitors may have written these files, so browsers show only kinds that run no scripts; others are
downloaded. Hidden files and links that lead out of MEDIA_ROOT are not served.
Addresses for which your project has a page of its own stay its own.
"""

import mimetypes
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import Resolver404, resolve
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

SHOWN = ("image/", "audio/", "video/", "font/", "text/plain", "application/pdf")
PIECE = 64 * 1024  # bytes that are in memory
NEWER = {"avif": "image/avif", "webp": "image/webp"}  # older Pythons do not know them


def media(get_response):
    """Middleware that answers before your pages do."""
    prefix = urlsplit(settings.MEDIA_URL).path
    if not settings.MEDIA_ROOT or prefix in ("", "/"):
        raise MiddlewareNotUsed("MEDIA_URL and MEDIA_ROOT do not say what to serve")

    def middleware(request):
        return _found(request, prefix) or get_response(request)

    return middleware


def _found(request, prefix):
    """The response with the file; None where the project answers."""
    if request.method not in ("GET", "HEAD") or not request.path.startswith(prefix):
        return None
    if _is_page(request.path_info, prefix):
        return None
    file = _opened(request.path.removeprefix(prefix))
    return file and _response(request, file)


def _is_page(path, prefix):
    """Whether the project has a page there; a pattern that fits any address does not count."""
    elsewhere = re.sub(r"[^/]+", "elsewhere", prefix)
    page = _pattern(path)
    return page is not None and page != _pattern(path.replace(prefix, elsewhere, 1))


def _pattern(path):
    try:
        return resolve(path).route
    except Resolver404:
        return None


def _opened(name):
    """The file of this name, open; None if there is none that everybody may see."""
    parts = name.split("/")
    if "\\" in name or any(not part or part.startswith(".") for part in parts):
        return None
    root = Path(settings.MEDIA_ROOT).resolve()
    try:
        path = root.joinpath(*parts).resolve(strict=True)
        if path.is_file() and path.is_relative_to(root):
            return path.open("rb")
    except (OSError, ValueError, RuntimeError):
        pass  # missing, unreadable, a name that no file can have, links that lead to each other
    return None


def _response(request, file):
    facts = os.stat(file.fileno())
    etag, size = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"', facts.st_size
    headers = {
        **_kind(file.name),
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": http_date(facts.st_mtime),
        "X-Content-Type-Options": "nosniff",
    }
    first, last, status = 0, size - 1, 200
    asked = request.headers.get("Range") if request.method == "GET" else None
    if asked and request.headers.get("If-Range", etag) in (etag, headers["Last-Modified"]):
        first, last, status = _range(asked, size)
    if status == 206:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    elif status == 416:
        headers = {"Content-Range": f"bytes */{size}"}
    length = last - first + 1
    headers["Content-Length"] = str(length)
    if request.method == "HEAD" or status == 416:
        file.close()
        response = HttpResponse(status=status, headers=headers)
    else:
        file.seek(first)
        response = StreamingHttpResponse(_pieces(file, length), status=status, headers=headers)
    return get_conditional_response(request, etag, int(facts.st_mtime), response)


def _kind(name):
    """Headers that keep what visitors wrote from running as a page of this site."""
    kind, compressed = mimetypes.guess_type(name)
    kind = NEWER.get(name.rpartition(".")[2].lower()) or kind or ""
    if compressed or not kind.startswith(SHOWN):
        kind = "application/octet-stream"
    headers = {"Content-Type": kind}
    if kind in ("application/octet-stream", "image/svg+xml"):
        headers["Content-Disposition"] = "attachment"
    if kind != "application/pdf":  # browsers have a viewer for it, which these rules would stop
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return headers


def _range(asked, size):
    """First and last byte, and the status; all of the file unless exactly one range is asked for."""
    whole = 0, size - 1, 200
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", asked.strip())
    if match is None or match[0].endswith("=-"):
        return whole
    if not match[1]:
        first, last = max(size - int(match[2]), 0), size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
        if match[2] and int(match[2]) < first:
            return whole
    return (first, last, 206) if first < size else (0, -1, 416)


def _pieces(file, length):
    with file:
        while length > 0 and (piece := file.read(min(PIECE, length))):
            length -= len(piece)
            yield piece
