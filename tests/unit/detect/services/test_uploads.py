"""Uploads: on the disk or with a service, and for everybody or not, by what the fields are used for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploy_overlay.base.answer_forms import form_problem
from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]
MODELS = "from django.db import models\n\nclass Book(models.Model):\n    {}\n"
COVER = MODELS.format("cover = models.ImageField(upload_to='covers')")
FILE = MODELS.format("file = models.FileField()")
PAGE = '<img src="{{ book.cover.url }}">\n'
VIEW = "from django.shortcuts import render\n\n{}def book(request):\n    return render(request, 'book.html')\n"
OPEN = {"site_/models.py": COVER, "site_/templates/book.html": PAGE, "site_/views.py": VIEW.format("")}


LOADED = "Book.objects.select_related('author', 'owner').order_by('-owner')\n"
FILTERED = "Book.objects.select_related('author').filter(owner=request.person)\n"


def uploads(facts: Build, files: dict[str, str], body: str = "") -> dict[str, Any]:
    fact = facts({**django_project(body=SETTINGS + body), **files}).fact("django_uploads")
    assert form_problem("django_uploads", fact.value) is None
    value: dict[str, Any] = fact.value
    return value


def app(name: str) -> str:
    return f'INSTALLED_APPS += ["{name}"]\n'


@pytest.mark.parametrize(
    ("files", "body"),
    [
        (OPEN, ""),
        (OPEN | {"site_/views.py": "class BookDetail(DetailView):\n    model = Book\n",
                 "site_/templates/book.html": None, "site_/templates/shop/book_detail.html": PAGE}, ""),
        (OPEN | {"site_/templates/book.html": '{% include "_cover.html" %}\n', "site_/templates/_cover.html": PAGE}, ""),
        (OPEN | {"site_/models.py": FILE, "site_/templates/book.html": "{{ book.file.url }}\n"}, ""),
        (OPEN | {"site_/views.py": VIEW.format("@cache_page(60)\n"),
                 "site_/urls.py": "urlpatterns = [path('', never_cache(views.book))]\n"}, ""),
        (OPEN | {"site_/views.py": VIEW.format("").replace("return", LOADED + "    return")}, ""),
        ({}, app("wagtail.images")),
        ({}, app("mdeditor")),
        ({}, app("django_ckeditor_5")),
        ({"site_/models.py": FILE}, "AWS_QUERYSTRING_AUTH = False\n"),
        ({"site_/models.py": FILE}, 'AWS_DEFAULT_ACL = "public-read"\n'),
    ],
)  # fmt: skip
def test_public(facts: Build, files: dict[str, str], body: str) -> None:
    assert uploads(facts, files, body) == {"store": "disk", "access": "public", "path": "/media/"}


@pytest.mark.parametrize(
    ("files", "body"),
    [
        ({"site_/models.py": COVER}, ""),  # nobody is seen to show it
        ({"site_/models.py": FILE}, ""),
        ({"site_/models.py": FILE}, app("wagtail.images")),
        (OPEN | {"site_/views.py": VIEW.format("@login_required\n")}, ""),
        (
            OPEN | {"site_/views.py": "class Book(LoginRequiredMixin, DetailView):\n    template_name = 'book.html'\n"},
            "",
        ),
        (OPEN | {"site_/views.py": VIEW.format("@authorize(is_reader)\n")}, ""),
        (OPEN | {"site_/views.py": VIEW.format("").replace("return", "request.user.books\n    return")}, ""),
        (OPEN | {"site_/views.py": VIEW.format("").replace("return", FILTERED + "    return")}, ""),
        (OPEN | {"site_/views.py": "class Book(Members, DetailView):\n    template_name = 'book.html'\n"}, ""),
        (OPEN | {"site_/urls.py": "urlpatterns = [path('', only_readers(views.book))]\n"}, ""),
        (OPEN | {"site_/urls.py": "urlpatterns = [path('', login_required(views.book))]\n"}, ""),
        (OPEN, 'MIDDLEWARE = ["django.contrib.auth.middleware.LoginRequiredMiddleware"]\n'),
        (OPEN, app("private_storage")),
        (OPEN, 'STORAGES = {"private": {"BACKEND": "django.core.files.storage.FileSystemStorage"}}\n'),
        (OPEN | {"site_/models.py": COVER + "    id_card = models.ImageField()\n"}, ""),
        (OPEN | {"site_/models.py": COVER + "    scan = models.ImageField(storage=PrivateStorage())\n"}, ""),
        (
            OPEN
            | {"site_/views.py": VIEW.format("") + "\ndef get(request):\n    return FileResponse(book.cover.open())\n"},
            "",
        ),
        (OPEN | {"site_/templates/book.html": None, "site_/templates/admin/book.html": PAGE}, ""),
    ],
)
def test_private(facts: Build, files: dict[str, str], body: str) -> None:
    assert uploads(facts, files, body) == {"store": "disk", "access": "private", "path": "/media/"}


def test_the_evidence_says_what_decided(facts: Build) -> None:
    field, page = facts({**django_project(), **OPEN}).fact("django_uploads").evidence

    assert (field.path, field.line) == ("site_/models.py", 4)
    assert (page.path, page.line, page.note) == ("site_/templates/book.html", 1, "shows cover.url to anyone")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("'/uploads/'", "/uploads/"),
        ("'media/'", "/media/"),
        ("'https://cdn.example.com/m/'", "/media/"),
        ("'//cdn.example.com/'", "/media/"),
        ("f'/{NAME}/'", "/media/"),
        ("'/a/../b/'", "/media/"),
        ("'/m\\\"x/'", "/media/"),
    ],
)
def test_the_path_of_uploads(facts: Build, url: str, path: str) -> None:
    assert uploads(facts, {"site_/models.py": COVER}, f"MEDIA_URL = {url}\n")["path"] == path


def test_a_storage_of_the_projects_own_on_the_disk(facts: Build) -> None:
    storage = (
        "from django.core.files.storage import FileSystemStorage\n\nclass Renaming(FileSystemStorage):\n    pass\n"
    )
    files = {"site_/models.py": COVER, "site_/kept.py": storage}

    assert uploads(facts, files, 'DEFAULT_FILE_STORAGE = "site_.kept.Renaming"\n')["store"] == "disk"
    assert uploads(facts, files, 'DEFAULT_FILE_STORAGE = "storages.backends.s3.S3Storage"\n')["store"] == "service"


def test_no_uploads(facts: Build) -> None:
    assert uploads(facts, {"tests/models.py": FILE, "site_/forms.py": "file = forms.FileField()\n"}) == {}
