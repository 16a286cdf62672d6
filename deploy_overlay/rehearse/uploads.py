"""An upload is written and read back over HTTP, as a visitor would see it."""

from __future__ import annotations

import http.client
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from .browser import Browser
from .bucket import Bucket
from .inside.actions import UPLOADED
from .results import Outcome, failed, noted, passed
from .stage import Stage
from .trouble import condensed, last_trouble

# Of a file that cannot be written where it should be.
_NOT_WRITTEN = frozenset(
    {
        "OSError",
        "PermissionError",
        "FileNotFoundError",
        "FileExistsError",
        "NotADirectoryError",
        "SuspiciousFileOperation",
    }
)


@dataclass(frozen=True)
class Kept:
    """Where production keeps uploads, as the user chose it."""

    where: str = ""  # bucket, volume, "" if nothing of the overlay's keeps them
    lasting: Collection[Path] = ()  # folders that last there
    media: str = ""  # path at which the site has them for everybody; empty if it has not
    served: str = ""  # the platform whose own web server answers at that path, in front of the site
    bucket: Bucket | None = None  # what stands in for it


def check_uploads(
    stage: Stage, environ: Mapping[str, str], browser: Browser, kept: Kept, fields: Sequence[str]
) -> Outcome:
    """A file is saved by the storage of uploads and found at its address, if the models have file fields.

    What is saved in the code folder is lost at each restart, unless it is below one of the folders that last. Uploads that
    the owner chose to keep have to be kept, and found.
    """
    if not fields:
        return passed("no model has a file field")
    result = stage.inside(environ, "upload", "service" if kept.where == "bucket" else "")
    if result.code != 0 or result.data is None:
        trouble = last_trouble(result.output, stage.repository)
        cure = "Set MEDIA_ROOT to a folder that lasts, such as the volume of the platform, or use a bucket."
        if trouble and trouble.kind not in _NOT_WRITTEN:
            cure = (
                "Correct the storage of uploads, STORAGES['default'] in your settings. If it needs a variable, such as its "
                "address or a key, give it a value: --env-file FILE."
            )
        return failed(f"an upload cannot be saved: {condensed(result.output, stage.repository)}", cure)
    found: Mapping[str, Any] = result.data
    told = ", ".join(fields[:3])
    try:
        if kept.bucket:
            return _in_bucket(told, found, kept.bucket, browser)
        if "elsewhere" in found:
            return noted(f"uploads go to another service ({found['elsewhere']}): nothing was written there")
        return _on_disk(told, stage, found, kept, browser)
    finally:
        if "name" in found:
            stage.inside(environ, "remove-upload", str(found["name"]))


def _on_disk(fields: str, stage: Stage, found: Mapping[str, Any], kept: Kept, browser: Browser) -> Outcome:
    path, repository = Path(str(found["path"])).resolve(), stage.repository.resolve()
    lasts = any(map(path.is_relative_to, kept.lasting))
    if kept.where == "volume" and not lasts:
        place = path.relative_to(repository).as_posix() if path.is_relative_to(repository) else path.as_posix()
        return failed(
            f"uploads of {fields} are saved at {place}, which is not on the volume",
            "Read MEDIA_ROOT from the environment, as deploy/settings.py sets it.",
        )
    if path.is_relative_to(repository) and not lasts:
        place = path.relative_to(repository).parent.as_posix()
        return noted(
            f"uploads of {fields} are saved in {place}/ with the code, which the platform discards at each restart: keep "
            "them in a bucket, as deploy/README.md says"
        )
    url = urlsplit(str(found["url"]))
    if url.netloc and url.netloc != browser.host:
        return noted(f"uploads of {fields} are served by {url.netloc}, which was not checked")
    if kept.media and kept.served and url.path.startswith(kept.media):
        return passed(f"an upload was written to the volume, which {kept.served} serves at {kept.media}")
    answer = browser.get(url.path)
    if answer.status == 200 and answer.body == UPLOADED:
        return passed(f"an upload was written and read back at {url.path}")
    if kept.where == "volume" and not kept.media:
        return passed("an upload was written to the volume; your own views decide who may see it")
    if kept.media:
        return failed(
            f"an upload ({fields}) was written to the volume, but {url.path} answered {answer.status}",
            "Keep the middleware of deploy/media.py that deploy/settings.py adds, and let MEDIA_URL be a path of the site.",
        )
    return noted(
        f"an upload ({fields}) was written, but {url.path} answered {answer.status}: the site does not serve it"
    )


def _in_bucket(fields: str, found: Mapping[str, Any], bucket: Bucket, browser: Browser) -> Outcome:
    """An upload arrives in the bucket, and a visitor gets it at its address."""
    if "path" in found:
        return failed(
            f"uploads of {fields} are written to the disk and not to the bucket",
            "Keep STORAGES as deploy/settings.py sets it, and let the fields use the default storage.",
        )
    if not any(stored.body == UPLOADED for stored in bucket.objects.values()):
        return failed(
            f"an upload of {fields} did not arrive in the bucket",
            "Read the bucket and its keys from the variables AWS_*, as deploy/settings.py does.",
        )
    url = urlsplit(str(found["url"]))
    if url.netloc and url.netloc not in (urlsplit(bucket.endpoint).netloc, browser.host):
        return noted(f"an upload was written to the bucket; its address at {url.netloc} was not checked")
    own = url.netloc == urlsplit(bucket.endpoint).netloc
    status, body = _fetched(bucket, url) if own else _asked(browser, url)
    if status == 200 and body == UPLOADED:
        signed = "a signed address" if url.query else "an address for everybody"
        return passed(f"an upload was written to the bucket and read back by {signed}")
    if status in (401, 403):
        return failed(
            f"an upload of {fields} is in the bucket, but its address answered {status}: nobody may read it",
            "Set querystring_auth to True for the storage, so that addresses are signed, or make the bucket public.",
        )
    return failed(
        f"an upload of {fields} is in the bucket, but its address {url.path} answered {status}",
        "Keep STORAGES as deploy/settings.py sets it.",
    )


def _fetched(bucket: Bucket, url: SplitResult) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(bucket.endpoint).port or 80, timeout=10)
    with closing(connection):
        connection.request("GET", f"{url.path}?{url.query}" if url.query else url.path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _asked(browser: Browser, url: SplitResult) -> tuple[int, bytes]:
    answer = browser.get(f"{url.path}?{url.query}" if url.query else url.path)
    return answer.status, answer.body
