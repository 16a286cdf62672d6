"""A page that fails with the project's own settings too is told, and does not stand in the way of a deployment."""

import json

import pytest

from deploy_overlay.rehearse.own_settings import OwnAnswers
from deploy_overlay.rehearse.trouble import Trouble
from tests.support.template import REPOSITORY

from .site import Site

LATER = 'path("later/", views.home), '
IMPOSSIBLE = "    raise LookupError('on purpose')\n"


def break_about(site: Site, body: str = IMPOSSIBLE) -> None:
    """Let /about/ fail, and have a page that is looked at after it."""
    site.append("notes/views.py", f"def about(request, number=0):\n{body}")
    site.replace("notes/urls.py", 'path("note/', LATER + 'path("note/')


def test_a_page_that_never_worked_is_a_note(site: Site) -> None:
    break_about(site, "    Note.objects.create(text='seen')\n" + IMPOSSIBLE)
    report = site.report()
    assert report.code == 0, json.dumps(report.document, indent=1)
    check = report.check("pages")
    assert check["status"] == "note"
    assert check["detail"].startswith("4 addresses, 1 failed, none of them only in production\n")
    assert (
        "/about/ answered 500, with your own settings too: notes/views.py:12: LookupError: on purpose"
        in check["detail"]
    )
    assert not (site.root / "db.sqlite3").exists(), "the project's own database is not touched"


def test_a_page_that_never_worked_finds_its_static_files_in_hashed_names_of_the_projects_own(site: Site) -> None:
    storage = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    site.append("mysite/settings.py", f"DEBUG = False\nSTORAGES = {{'staticfiles': {{'BACKEND': '{storage}'}}}}\n")
    ours = REPOSITORY / "template/project/{{ deploy_folder }}/static.py"
    site.write("deploy/static.py", ours.read_text(encoding="utf-8"))
    site.replace(
        "deploy/settings.py", "whitenoise.storage.CompressedManifestStaticFilesStorage", "deploy.static.StaticFiles"
    )
    found = "    from django.templatetags.static import static\n    static('notes/notes.css')\n"
    break_about(site, found + IMPOSSIBLE)
    check = site.report().check("pages")
    assert check["status"] == "note"
    assert "/about/ answered 500, with your own settings too: notes/views.py:13: LookupError" in check["detail"]


def test_a_page_that_only_production_breaks_is_named_beside_it(site: Site) -> None:
    break_about(site, "    from django.conf import settings\n    assert settings.DEBUG\n")
    site.append("notes/views.py", "def never(request):\n" + IMPOSSIBLE)
    site.replace("notes/urls.py", "urlpatterns = [", "urlpatterns = [path('never/', views.never), ")
    check = site.report().only_red("pages")
    assert check["detail"] == "/about/ answered 500: notes/views.py:12: AssertionError"


def test_the_first_page_has_no_excuse(site: Site) -> None:
    site.append("notes/views.py", "def home(request):\n" + IMPOSSIBLE)
    report = site.report()
    assert report.only_red("pages")["detail"] == "/ answered 500: notes/views.py:11: LookupError: on purpose"


def test_a_variable_of_this_shell_is_no_excuse(site: Site) -> None:
    break_about(site, "    import os\n    return render(request, os.environ['PAGE'])\n")
    check = site.report(PAGE="notes/about.html").only_red("pages")
    assert check["detail"] == "/about/ answered 500: notes/views.py:12: KeyError: 'PAGE'"


def test_settings_that_are_not_known_are_no_excuse(site: Site) -> None:
    break_about(site)
    site.answer(django_settings_module="")
    check = site.report().only_red("pages")
    assert check["detail"] == "/about/ answered 500: notes/views.py:11: LookupError: on purpose"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("INSTALLED_APPS += ['only_on_the_laptop']", "No module named 'only_on_the_laptop'"),
        ("from django.db import connection; connection.vendor", "opens its own database while its settings are loaded"),
    ],
)
def test_settings_that_cannot_be_used_here_are_no_excuse(site: Site, line: str, reason: str) -> None:
    break_about(site)
    site.append(
        "mysite/settings.py",
        f"import os\nif os.environ['DJANGO_SETTINGS_MODULE'] == 'mysite.settings':\n    {line}\n",
    )
    check = site.report().only_red("pages")
    assert "mysite.settings could not be compared: " in check["detail"]
    assert reason in check["detail"]
    assert not (site.root / "db.sqlite3").exists()


def test_pages_that_fail_on_purpose_are_not_visited(site: Site) -> None:
    names = ("api/errors/trigger/exception/", "sentry-debug/", "sentry_debug/", "crash/", "boom/", "raise/", "error/")
    paths = "".join(f"path('{name}', views.visited), " for name in names)
    site.replace("notes/urls.py", "urlpatterns = [", f"urlpatterns = [{paths}")
    site.append("notes/views.py", "def visited(request):\n" + IMPOSSIBLE)
    assert site.report().check("pages")["detail"] == "3 addresses, none failed; / answered 200"


def test_a_form_that_never_worked_is_a_note(site: Site) -> None:
    site.append(
        "notes/views.py",
        "def home(request):\n"
        "    if request.method == 'POST':\n"
        "        raise ConnectionError('no queue')\n"
        "    return render(request, 'notes/home.html')\n",
    )
    report = site.report()
    assert report.code == 0, json.dumps(report.document, indent=1)
    told = "a POST to / answered 500, with your own settings too: notes/views.py:12: ConnectionError: no queue"
    assert report.check("form post")["detail"] == told


@pytest.mark.parametrize(
    ("status", "own", "production", "excuse"),
    [
        (500, "NoReverseMatch: 'x'", "django.urls.exceptions.NoReverseMatch: 'x'", "urls.py:1: django.urls.excep"),
        (500, "KeyError: 'x'", "ValueError: x", ""),
        (200, "", "ValueError: x", ""),
        (500, "KeyError: 'x'", None, "KeyError: 'x'"),
        (503, "", None, "503 without an exception"),
    ],
)
def test_only_the_same_kind_of_error_excuses(status: int, own: str, production: str | None, excuse: str) -> None:
    answers = OwnAnswers({"/x/": {"status": status, "errors": [own] if own else []}}, "")
    found = answers.excuse("/x/", Trouble(production, "urls.py:1") if production else None)
    assert found.startswith(excuse) and bool(found) == bool(excuse)
    assert answers.excuse("/not-reached/", None) == ""


def test_a_page_is_not_explained_as_what_fails_while_the_project_is_loaded() -> None:
    found = {"/x/": {"status": 500, "errors": ["ImproperlyConfigured: no key"]}}
    trouble = Trouble("django.core.exceptions.ImproperlyConfigured: no key", "views.py:1")
    explain = lambda detail: "" if " answered 500: " in detail else "Write Django~=4.2.0"  # noqa: E731
    assert OwnAnswers(found, "", explain).excuse("/x/", trouble) == str(trouble)


def test_what_only_this_machine_has_is_no_excuse() -> None:
    found = {"/x/": {"status": 500, "errors": ["TemplateDoesNotExist: x.html"]}}
    trouble = Trouble("django.template.exceptions.TemplateDoesNotExist: x.html", "views.py:1")
    assert OwnAnswers(found, "").excuse("/x/", trouble)
    assert not OwnAnswers(found, "", lambda detail: "git ignores x.html" if "x.html" in detail else "").excuse(
        "/x/", trouble
    )
