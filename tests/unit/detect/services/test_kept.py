"""Mail and uploads that a project sends somewhere itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]
ENV = "import os\n"


@pytest.mark.parametrize(
    ("added", "own"),
    [
        ('EMAIL_HOST = "smtp.example.com"\n', True),
        (ENV + 'EMAIL_HOST = os.environ.get("EMAIL_HOST", "smtp.example.com")\n', True),
        (ENV + 'EMAIL_HOST = os.environ["SMTP_SERVER"]\n', True),
        ('EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"\n', True),
        ('MAILERS = {"default": {"OPTIONS": {"host": "smtp.example.com"}}}\n', True),
        ("", False),
        ('EMAIL_HOST = "localhost"\n', False),
        (ENV + 'EMAIL_HOST = os.environ.get("EMAIL_HOST", "")\n', False),
        (ENV + 'EMAIL_HOST = os.environ["EMAIL_HOST"]\n', False),
        ('EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"\nEMAIL_HOST = "smtp.example.com"\n', False),
    ],
)
def test_mail(added: str, own: bool, facts: Build) -> None:
    services = facts(django_project(body=SETTINGS + added)).fact("django_services").value
    assert ("mail" in services) is own


@pytest.mark.parametrize(
    ("added", "service"),
    [
        ('STORAGES = {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}\n', "storage"),
        ('DEFAULT_FILE_STORAGE = "cloudinary_storage.storage.MediaCloudinaryStorage"\n', "storage"),
        ('STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}\n', "media"),
        ("", "media"),
    ],
)
def test_uploads(added: str, service: str, facts: Build) -> None:
    model = "from django.db import models\n\nclass Book(models.Model):\n    cover = models.ImageField()\n"
    found = facts({**django_project(body=SETTINGS + added), "site_/models.py": model}).fact("django_services").value
    assert [name for name in found if name in ("media", "storage")] == [service]
