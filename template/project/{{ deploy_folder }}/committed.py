"""Collects the files that are committed in your STATIC_ROOT. Added by deploy-overlay."""

import re

from django.conf import settings
from django.contrib.staticfiles.finders import BaseStorageFinder
from django.core.files.storage import FileSystemStorage


class CommittedFiles(BaseStorageFinder):
    """Lists the folder's files, except copies that an earlier collectstatic left there."""

    generated = re.compile(r"\.[0-9a-f]{12}(\.|$)|\.(gz|br)$|(^|/)staticfiles\.json$")

    def __init__(self, *args, **kwargs):
        super().__init__(storage=FileSystemStorage(settings.COMMITTED_STATIC))

    def list(self, ignore_patterns):
        if self.storage.exists(""):
            for path, storage in super().list(ignore_patterns):
                if not self.generated.search(path):
                    yield path, storage
