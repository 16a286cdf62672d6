"""An upload is written and read back over HTTP, as a visitor would see it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .browser import Browser
from .inside.actions import UPLOADED
from .record import Outcome, failed, noted, passed
from .stage import Stage
from .trouble import condensed


def check_uploads(
    stage: Stage, environ: Mapping[str, str], browser: Browser, lasting: Collection[Path], fields: Sequence[str]
) -> Outcome:
    """A file is saved by the storage of uploads and found at its address, if the models have file fields.

    What is saved in the code folder is lost at each restart, unless it is below one of the folders that are `lasting`.
    """
    if not fields:
        return passed("no model has a file field")
    result = stage.inside(environ, "upload")
    if result.code != 0 or result.data is None:
        return failed(
            f"an upload cannot be saved: {condensed(result.output, stage.repository)}",
            "Set MEDIA_ROOT to a folder that lasts, such as the volume of the platform, or use a bucket.",
        )
    found: Mapping[str, Any] = result.data
    if "elsewhere" in found:
        return noted(f"uploads go to another service ({found['elsewhere']}): nothing was written there")
    path = Path(str(found["path"])).resolve()
    lost = path.is_relative_to(stage.repository.resolve()) and not any(map(path.is_relative_to, lasting))
    told = ", ".join(fields[:3])
    try:
        return _lost(told, stage, path) if lost else _read_back(told, found, browser)
    finally:
        if path.is_relative_to(stage.repository) or not path.is_relative_to(stage.scratch):  # which is deleted anyway
            stage.inside(environ, "remove-upload", str(found["name"]))


def _lost(fields: str, stage: Stage, path: Path) -> Outcome:
    place = path.relative_to(stage.repository.resolve()).parent.as_posix()
    return noted(
        f"uploads of {fields} are saved beside the code, in {place}/, which the platform discards "
        "at each restart: keep them in a bucket, as deploy/README.md says"
    )


def _read_back(fields: str, found: Mapping[str, Any], browser: Browser) -> Outcome:
    url = urlsplit(str(found["url"]))
    if url.netloc and url.netloc != browser.host:
        return noted(f"uploads of {fields} are served by {url.netloc}, which was not asked")
    answer = browser.get(url.path)
    if answer.status == 200 and answer.body == UPLOADED:
        return passed(f"an upload was written and answered at {url.path}")
    return noted(
        f"an upload ({fields}) was written, but {url.path} answered {answer.status}: the site does not serve it"
    )
