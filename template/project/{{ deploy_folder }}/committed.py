"""Static files that are committed in the project's own STATIC_ROOT. Added by deploy-overlay."""

import re

from django.conf import settings
from django.contrib.staticfiles.finders import BaseStorageFinder
from django.core.files.storage import FileSystemStorage


class CommittedFiles(BaseStorageFinder):
    """After all other sources, because what is collected goes to another folder.

    Copies that an earlier collectstatic left there are not collected.
    """

    made = re.compile(r"\.[0-9a-f]{12}(\.|$)|\.(gz|br)$|(^|/)staticfiles\.json$")

    def __init__(self, *args, **kwargs):
        super().__init__(storage=FileSystemStorage(settings.COMMITTED_STATIC))

    def list(self, ignore_patterns):
        if self.storage.exists(""):
            for path, storage in super().list(ignore_patterns):
                if not self.made.search(path):
                    yield path, storage
