"""Compressed static files with hashed names, for long caching. Added by deploy-overlay.

https://whitenoise.readthedocs.io/en/stable/django.html
"""

import logging
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

logger = logging.getLogger(__name__)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Warns, where Django raises errors, about references to files that are missing or outside, and files not in UTF-8."""

    manifest_strict = False

    def __init__(self, *args, **kwargs):
        self._missing, self._unchanged = set(), {}
        root = Path(settings.STATIC_ROOT)  # public, so the manifest is stored next to it
        self.manifest_name = f"{root.name}.json"
        super().__init__(*args, manifest_storage=FileSystemStorage(root.parent), **kwargs)

    def post_process(self, paths, dry_run=False, **options):
        self._missing, self._unchanged = set(), {}
        not_text = [] if dry_run else [name for name in paths if not self._is_text(name, *paths[name])]
        for name in not_text:
            yield self._save_unchanged(name, *paths[name])
        text = {name: place for name, place in paths.items() if name not in not_text}
        for name, hashed, done in super().post_process(text, dry_run, **options):
            if isinstance(done, RuntimeError):
                # Style sheets that import each other: use the result of the last pass.
                logger.warning("Static files refer to each other: %s", name)
            else:
                yield name, hashed, done
        for name in sorted(self._missing):
            logger.warning("Static file %r is referenced but does not exist.", name)

    def save_manifest(self):
        self.hashed_files.update(self._unchanged)
        super().save_manifest()

    def hashed_name(self, name, content=None, filename=None):
        try:
            return super().hashed_name(name, content, filename)
        except (ValueError, SuspiciousOperation):
            self._missing.add(name)
            return name

    def url_converter(self, *args, **kwargs):
        convert = super().url_converter(*args, **kwargs)

        def convert_or_keep(match):
            try:
                return convert(match)
            except (ValueError, SuspiciousOperation, OSError):
                self._missing.add(match["url"])
                return match.group()

        return convert_or_keep

    def _is_text(self, name, storage, path):
        """Whether Django can read it to find references."""
        if not name.endswith((".css", ".js")):
            return True
        with storage.open(path, "rb") as file:
            try:
                file.read().decode("utf-8")
            except UnicodeDecodeError:
                return False
        return True

    def _save_unchanged(self, name, storage, path):
        """Save a copy with a hashed name and unchanged references."""
        logger.warning("Static file %r is not UTF-8: its references are not changed.", name)
        with storage.open(path, "rb") as file:
            hashed = self.hashed_name(name, file)
            file.seek(0)
            saved = self.clean_name(self._save(hashed, file))
        self._unchanged[self.hash_key(self.clean_name(name))] = saved
        return name, saved, True
