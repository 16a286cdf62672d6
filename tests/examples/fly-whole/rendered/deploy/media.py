"""Serves uploaded files from MEDIA_ROOT to anyone. Added by deploy-overlay.

Visitors may have uploaded these files, so browsers show only types that cannot run scripts, and
download others. Hidden files and links out of MEDIA_ROOT are not served. If your project has a page
at the same path, visitors get that page.
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

SHOWN_TYPES = ("image/", "audio/", "video/", "font/", "text/plain", "application/pdf")
CHUNK = 64 * 1024  # bytes in memory
NEW_TYPES = {"avif": "image/avif", "webp": "image/webp"}  # unknown to older Python versions


def media(get_response):
    """Middleware that answers before your pages do."""
    prefix = urlsplit(settings.MEDIA_URL).path
    if not settings.MEDIA_ROOT or prefix in ("", "/"):
        raise MiddlewareNotUsed("MEDIA_URL or MEDIA_ROOT is not set")

    def middleware(request):
        return _serve(request, prefix) or get_response(request)

    return middleware


def _serve(request, prefix):
    """The response with the file, or None to let the project answer."""
    if request.method not in ("GET", "HEAD") or not request.path.startswith(prefix):
        return None
    if _is_page(request.path_info, prefix):
        return None
    file = _open(request.path.removeprefix(prefix))
    return file and _response(request, file)


def _is_page(path, prefix):
    """Whether the project has a page here; patterns that match any path do not count."""
    elsewhere = re.sub(r"[^/]+", "elsewhere", prefix)
    page = _pattern(path)
    return page is not None and page != _pattern(path.replace(prefix, elsewhere, 1))


def _pattern(path):
    try:
        return resolve(path).route
    except Resolver404:
        return None


def _open(name):
    """Open the file of this name; None if there is no public one."""
    parts = name.split("/")
    if "\\" in name or any(not part or part.startswith(".") for part in parts):
        return None
    root = Path(settings.MEDIA_ROOT).resolve()
    try:
        path = root.joinpath(*parts).resolve(strict=True)
        if path.is_file() and path.is_relative_to(root):
            return path.open("rb")
    except (OSError, ValueError, RuntimeError):
        pass  # missing, unreadable, not a valid name, or a loop of links
    return None


def _response(request, file):
    stat = os.stat(file.fileno())
    etag, size = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"', stat.st_size
    headers = {
        **_type_headers(file.name),
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": http_date(stat.st_mtime),
        "X-Content-Type-Options": "nosniff",
    }
    first, last, status = 0, size - 1, 200
    requested = request.headers.get("Range") if request.method == "GET" else None
    if requested and request.headers.get("If-Range", etag) in (etag, headers["Last-Modified"]):
        first, last, status = _range(requested, size)
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
        response = StreamingHttpResponse(_chunks(file, length), status=status, headers=headers)
    return get_conditional_response(request, etag, int(stat.st_mtime), response)


def _type_headers(name):
    """The type, and headers that prevent uploaded files from running scripts on this site."""
    kind, compressed = mimetypes.guess_type(name)
    kind = NEW_TYPES.get(name.rpartition(".")[2].lower()) or kind or ""
    if compressed or not kind.startswith(SHOWN_TYPES):
        kind = "application/octet-stream"
    headers = {"Content-Type": kind}
    if kind in ("application/octet-stream", "image/svg+xml"):
        headers["Content-Disposition"] = "attachment"
    if kind != "application/pdf":  # the policy would block browsers' PDF viewers
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return headers


def _range(requested, size):
    """First and last byte, and the status. Serves the whole file unless exactly one range is requested."""
    whole = 0, size - 1, 200
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", requested.strip())
    if match is None or match[0].endswith("=-"):
        return whole
    if not match[1]:
        first, last = max(size - int(match[2]), 0), size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
        if match[2] and int(match[2]) < first:
            return whole
    return (first, last, 206) if first < size else (0, -1, 416)


def _chunks(file, length):
    with file:
        while length > 0 and (chunk := file.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk
