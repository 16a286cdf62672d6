"""While it runs, a site cannot change its code where the platform forbids it; what it changed all the same is named."""

from tests.support.anchors import shows

from .site import Site

WRITES = """
def about(request, number=0):
    from django.conf import settings
    {first}
    (settings.BASE_DIR / "visits.txt").write_text("one")
    return render(request, "notes/about.html")
"""


def write_beside_the_code(site: Site, first: str = "pass") -> None:
    site.append("notes/views.py", WRITES.format(first=first))


def test_a_page_that_writes_beside_the_code_fails(site: Site) -> None:
    write_beside_the_code(site)
    check = site.report().only_red("pages")
    assert check["detail"].startswith("/about/ answered 500: notes/views.py:")
    assert "PermissionError" in check["detail"]
    assert check["cure"].startswith(
        "visits.txt is in the folder of the code, where production cannot write: write uploads to "
    )


@shows("code-unchanged")
def test_what_was_written_all_the_same_is_named(site: Site) -> None:
    write_beside_the_code(site, "settings.BASE_DIR.chmod(0o755)")
    check = site.report().only_red("code unchanged")
    assert check["detail"].endswith(": visits.txt")
    assert "MEDIA_ROOT" in check["cure"]


def test_where_the_platform_allows_it_a_note_says_that_it_does_not_last(site: Site) -> None:
    site.deploy_to_heroku("heroku")
    write_beside_the_code(site)
    report = site.report()
    assert report.code == 0, report.document
    check = report.check("code unchanged")
    assert check["status"] == "note"
    assert "discards at each restart: visits.txt" in check["detail"]


def test_what_a_release_writes_is_named_too(site: Site) -> None:
    site.append(
        "notes/migrations/0001_initial.py",
        "from pathlib import Path\n"
        "def write(apps, schema_editor):\n"
        "    Path(__file__).with_name('done.txt').write_text('x')\n"
        "Migration.operations.append(migrations.RunPython(write))\n",
    )
    assert "PermissionError" in site.report().only_red("release")["detail"]
