"""An upload is saved, and read back over HTTP."""

from tests.support.anchors import shows

from .site import Site

SERVED = """
from django.conf import settings
from django.urls import re_path
from django.views.static import serve
urlpatterns += [re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT})]
"""


def with_uploads(site: Site, root: str = 'os.environ.get("MEDIA_ROOT") or str(BASE_DIR / "media")') -> None:
    """Give notes a picture, of which uploads go to this MEDIA_ROOT."""
    site.append("notes/models.py", "    picture = models.FileField(null=True)\n")
    site.replace(
        "notes/migrations/0001_initial.py",
        '("text", ',
        '("picture", models.FileField(null=True, upload_to="")), ("text", ',
    )
    site.append("mysite/settings.py", f'import os\nMEDIA_URL = "/media/"\nMEDIA_ROOT = {root}\n')


def test_a_project_without_file_fields_has_no_uploads(site: Site) -> None:
    assert site.report().check("uploads")["detail"] == "no model has a file field"


def test_an_upload_is_answered_and_removed(site: Site) -> None:
    with_uploads(site)
    site.append("mysite/urls.py", SERVED)
    report = site.report()
    assert report.code == 0, report.document
    assert report.check("uploads")["detail"] == "an upload was written and read back at /media/rehearsal.txt"
    assert not (site.root / "media").exists()


def test_uploads_that_nobody_serves_are_told(site: Site) -> None:
    with_uploads(site)
    report = site.report()
    assert report.code == 0, report.document
    assert report.check("uploads")["status"] == "note"
    assert "/media/rehearsal.txt answered 404" in report.check("uploads")["detail"]


@shows("uploads")
def test_uploads_beside_the_code_cannot_be_saved(site: Site) -> None:
    with_uploads(site, 'str(BASE_DIR / "media")')
    check = site.report().only_red("uploads")
    assert check["detail"].startswith("an upload cannot be saved: ")
    assert "Set MEDIA_ROOT to a folder that lasts" in check["cure"]


def test_uploads_that_a_restart_deletes_are_told(site: Site) -> None:
    site.deploy_to_heroku("heroku")
    with_uploads(site)
    site.append("mysite/urls.py", SERVED)
    check = site.report().check("uploads")
    assert check["status"] == "note"
    assert "discards at each restart" in check["detail"]
