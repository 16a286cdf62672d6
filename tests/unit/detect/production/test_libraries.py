"""Variables that libraries read by themselves, once the settings use them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]
AWS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
S3 = 'STORAGES = {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}\n'


@pytest.mark.parametrize(
    ("added", "names"),
    [
        (S3, AWS),
        ('DEFAULT_FILE_STORAGE = "storages.backends.s3boto3.S3Boto3Storage"\n', AWS),
        ('STORAGES = {"staticfiles": {"BACKEND": "storages.backends.s3.S3ManifestStaticStorage"}}\n', AWS),
        (S3 + 'import os\nAWS_ACCESS_KEY_ID = os.environ.get("AWS_ACCESS_KEY_ID")\n', AWS),
        (S3.replace("s3.S3Storage", "gcloud.GoogleCloudStorage"), ["GOOGLE_APPLICATION_CREDENTIALS"]),
        ('DEFAULT_FILE_STORAGE = "cloudinary_storage.storage.MediaCloudinaryStorage"\n', ["CLOUDINARY_URL"]),
        ('EMAIL_BACKEND = "anymail.backends.amazon_ses.EmailBackend"\n', AWS),
        ('EMAIL_BACKEND = "django_ses.SESBackend"\n', AWS),
        ("import sentry_sdk\nsentry_sdk.init(send_default_pii=False)\n", ["SENTRY_DSN"]),
        ("from sentry_sdk import init as start\nif not DEBUG:\n    start()\n", ["SENTRY_DSN"]),
        ("import logfire\nlogfire.configure()\n", ["LOGFIRE_TOKEN"]),
        ("import cloudinary\ncloudinary.config(secure=True)\n", ["CLOUDINARY_URL"]),
        ('INSTALLED_APPS += ["raven.contrib.django.raven_compat"]\n', ["SENTRY_DSN"]),
        ('MIDDLEWARE = ["honeybadger.contrib.DjangoHoneybadgerMiddleware"]\n', ["HONEYBADGER_API_KEY"]),
        ('INSTALLED_APPS += ["scout_apm.django"]\n', ["SCOUT_KEY"]),
        ('INSTALLED_APPS += ["elasticapm.contrib.django"]\n', ["ELASTIC_APM_SECRET_TOKEN", "ELASTIC_APM_SERVER_URL"]),
        # Their values come from elsewhere.
        (S3 + 'import os\nAWS_ACCESS_KEY_ID = os.environ["S3_KEY"]\n', []),
        (S3 + 'import os\nAWS_ACCESS_KEY_ID = os.environ.get("S3_KEY")\n', []),
        ('STORAGES = {"default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {"access_key": "x"}}}\n', []),
        (
            S3 + 'from typing import Any, cast\nimport os\n'
            'cast(Any, STORAGES["default"]).update({"OPTIONS": {"access_key": os.environ["S3_KEY"]}})\n',
            [],
        ),
        ('import sentry_sdk\nsentry_sdk.init(dsn="https://x@sentry.example.com/1")\n', []),
        ('import sentry_sdk\nsentry_sdk.init("https://x@sentry.example.com/1")\n', []),
        ('import os, sentry_sdk\nif os.environ.get("SENTRY_DSN"):\n    sentry_sdk.init()\n', []),
        ('STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}\n', []),
        ('RAVEN_CONFIG = {"dsn": "https://x@y/1"}\nINSTALLED_APPS += ["raven.contrib.django.raven_compat"]\n', []),
        ('INSTALLED_APPS += ["scout_apm.django"]\nimport os\nSCOUT_KEY = os.environ.get("SCOUT", "")\n', []),
        ('NOTE = "we once used storages.backends.s3.S3Storage here"\n', []),
        ("", []),
    ],
)  # fmt: skip
def test_variables(added: str, names: list[str], facts: Build) -> None:
    assert facts(django_project(body=SETTINGS + added)).fact("django_library_env").value == names


@pytest.mark.parametrize("path", ["site_/wsgi.py", "site_/asgi.py", "site_/__init__.py", "site_/monitoring.py"])
def test_a_library_that_another_module_starts(facts: Build, path: str) -> None:
    body = SETTINGS + ("from .monitoring import start\nstart()\n" if "monitoring" in path else "")
    started = "import sentry_sdk\n\ndef start():\n    sentry_sdk.init()\n"
    assert facts({**django_project(body=body), path: started}).fact("django_library_env").value == ["SENTRY_DSN"]


def test_no_site_is_refused_its_start_for_what_only_a_library_reads(facts: Build) -> None:
    assert facts(django_project(body=SETTINGS + S3)).fact("django_required_env").value == []
