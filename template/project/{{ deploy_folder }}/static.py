"""Compressed static files with hashed names, for long caching. Added by deploy-overlay.

https://whitenoise.readthedocs.io/en/stable/django.html
"""

import logging
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

logger = logging.getLogger(__name__)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """A reference to a missing file gives a warning instead of an error."""

    manifest_strict = False
    _missing = frozenset()

    def __init__(self, *args, **kwargs):
        root = Path(settings.STATIC_ROOT)  # is public, so the manifest is stored beside it
        self.manifest_name = f"{root.name}.json"
        super().__init__(*args, manifest_storage=FileSystemStorage(root.parent), **kwargs)

    def post_process(self, *args, **kwargs):
        self._missing = set()
        yield from super().post_process(*args, **kwargs)
        for name in sorted(self._missing):
            logger.warning("Static file %r is referenced but does not exist.", name)

    def hashed_name(self, name, content=None, filename=None):
        try:
            return super().hashed_name(name, content, filename)
        except ValueError:
            self._missing = self._missing | {name}
            return name
