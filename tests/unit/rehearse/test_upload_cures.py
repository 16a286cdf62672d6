"""What to do about an upload that cannot be saved depends on why."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from deploy_overlay.rehearse.browser import Browser
from deploy_overlay.rehearse.stage import Result, Stage
from deploy_overlay.rehearse.uploads import Kept, check_uploads


class Room:
    repository = Path("/app")

    def __init__(self, error: str) -> None:
        self.output = f'Traceback (most recent call last):\n  File "/app/shop/x.py", line 1, in save\n{error}\n'

    def inside(self, *_: Any) -> Result:
        return Result(1, self.output)


@pytest.mark.parametrize(
    ("error", "begins"),
    [
        ("PermissionError: [Errno 13] Permission denied: '/srv/media'", "Set MEDIA_ROOT to a folder that lasts"),
        ("OSError: [Errno 30] Read-only file system: '/srv'", "Set MEDIA_ROOT to a folder that lasts"),
        ("KeyError: None", "Correct the storage of uploads, STORAGES['default'] in your settings."),
        ("django.core.exceptions.ImproperlyConfigured: no bucket", "Correct the storage of uploads"),
    ],
)
def test_the_folder_is_named_where_it_cannot_be_written(error: str, begins: str) -> None:
    outcome = check_uploads(cast(Stage, Room(error)), {}, cast(Browser, None), Kept(), ["shop.Item.image"])
    assert outcome.cure.startswith(begins)
