"""What works on the owner's machine, and not in production: the rehearsal is not ready, and its cure names what to do.

Beside those that git ignores (test_tree), the databases (test_databases), what is written beside the code
(test_code_unchanged) and style sheets that nobody built (test_assets).
"""

import pytest

from tests.support.repository import git
from tests.support.serving import free_port

from .site import Site

ABOUT = "notes/templates/notes/about.html"


def ignored(site: Site, rule: str) -> None:
    site.append(".gitignore", f"{rule}\n")
    git(site.root, "rm", "--quiet", "-r", "--cached", "--ignore-unmatch", rule.strip("/"))


def test_a_folder_of_migrations_that_git_ignores(site: Site) -> None:
    ignored(site, "/notes/migrations/")
    report = site.report()
    check = report.check("missing migrations")
    assert check["status"] == "fail"
    assert "run `git add --force notes/migrations`" in check["cure"]


def test_a_style_sheet_that_git_ignores_and_a_page_names_by_its_tag(site: Site) -> None:
    ignored(site, "/notes/static/notes/print.css")
    site.write("notes/static/notes/print.css", "p { color: red }")
    site.write(ABOUT, '{% load static %}<link rel="stylesheet" href="{% static \'notes/print.css\' %}">')
    check = site.report().only_red("pages")
    assert "Missing staticfiles manifest entry" in check["detail"]
    assert "git ignores notes/static/notes/print.css (.gitignore:3 has " in check["cure"]


def test_a_file_of_data_that_git_ignores(site: Site) -> None:
    ignored(site, "/notes/words.txt")
    site.write("notes/words.txt", "one\ntwo\n")
    site.append(
        "notes/models.py", "from pathlib import Path\nWORDS = Path(__file__).with_name('words.txt').read_text()\n"
    )
    check = site.report().check("check --deploy")
    assert check["status"] == "fail"
    assert "git ignores notes/words.txt (" in check["cure"]


def test_a_package_that_only_a_development_list_has(site: Site) -> None:
    site.write("requirements-dev.txt", "-r requirements.txt\ndjango-extensions==4.1\n")
    site.append("mysite/settings.py", "INSTALLED_APPS.append('django_extensions')\n")
    report = site.report()
    check = report.check(report.red[0])
    assert "No module named 'django_extensions'" in check["detail"]
    assert check["cure"].startswith("Add django-extensions to requirements.txt: production does not install ")


def test_a_file_of_the_platform_that_git_ignores(site: Site) -> None:
    site.deploy_to_heroku("fly", "heroku")
    ignored(site, "Procfile")
    site.write("Procfile", "web: gunicorn -c deploy/gunicorn.conf.py\n")
    check = site.report().only_red("code")
    assert check["detail"] == "Procfile: not in git, so Heroku would not get it"
    assert (
        check["cure"] == "git ignores Procfile (.gitignore:3 has Procfile): run `git add --force Procfile` and commit."
    )


@pytest.mark.parametrize(
    ("platform", "path", "text", "told"),
    [
        (
            "heroku",
            "Procfile",
            "web: gunicorn -c deploy/gunicorn.conf.py\n",
            "Procfile runs no migrations: add `release: ",
        ),
        (
            "heroku",
            "Procfile",
            "web: gunicorn mysite.wsgi --env DJANGO_SETTINGS_MODULE=mysite.settings\nrelease: python manage.py migrate\n",
            "Procfile uses the settings mysite.settings and not those of production: write `web: ",
        ),
        (
            "heroku",
            "Procfile",
            "web: gunicorn mysite.wsgi -b 0.0.0.0:5000\nrelease: python manage.py migrate\n",
            "Procfile listens on 0.0.0.0:5000 and not on 0.0.0.0:$PORT, where Heroku asks: write `web: ",
        ),
        (
            "heroku",
            "Procfile",
            "web: newrelic-admin run-program gunicorn mysite.wsgi -b 0.0.0.0:5000\nrelease: python manage.py migrate\n",
            "where Heroku asks: write `web: newrelic-admin run-program gunicorn -c deploy/gunicorn.conf.py",
        ),
        (
            "fly",
            "fly.toml",
            'app = "rehearsal"\n[http_service]\ninternal_port = 8000\n',
            "fly.toml runs no migrations: add `[deploy]`",
        ),
    ],
)
def test_a_kept_file_that_lacks_what_production_needs(
    platform: str, path: str, text: str, told: str, site: Site
) -> None:
    if platform == "heroku":
        site.deploy_to_heroku("heroku")
    site.write(path, text)
    site.answer(deploy_kept_files=[path], deploy_database="postgres")
    check = site.report().check("kept files")
    assert check["status"] == "fail"
    assert told in check["detail"]


def test_a_procfile_with_a_start_of_its_own_is_not_proven(site: Site) -> None:
    site.deploy_to_heroku("heroku")
    site.write("Procfile", "web: gunicorn mysite.wsgi --bind :$PORT\nrelease: python manage.py migrate\n")
    site.answer(deploy_kept_files=["Procfile"], deploy_database="postgres")
    report = site.report()
    assert (report.document["verdict"], report.code) == ("unproven", 3)
    assert report.document["unproven"][0].startswith("Procfile, which starts the site in an unknown way: write ")


@pytest.mark.parametrize(
    ("start", "told"),
    [
        (
            '["gunicorn", "mysite.wsgi"]',
            "Dockerfile.web listens on 127.0.0.1, where the platform cannot reach it: add `ENV PORT=",
        ),
        (
            "gunicorn -b 127.0.0.1:8000 mysite.wsgi",
            "Dockerfile.web listens on 127.0.0.1:8000, where the platform cannot",
        ),
    ],
)
def test_a_kept_dockerfile_whose_server_listens_for_nobody(start: str, told: str, site: Site) -> None:
    site.write(
        "fly.toml",
        'app = "rehearsal"\n[build]\ndockerfile = "Dockerfile.web"\n[http_service]\ninternal_port = 8000\n'
        '[mounts]\nsource = "data"\ndestination = "/data"\n',
    )
    site.write(
        "Dockerfile.web",
        "FROM python:3.13\nENV DJANGO_SETTINGS_MODULE=deploy.settings\nRUN python manage.py collectstatic\n"
        f"CMD {start}\n",
    )
    site.answer(deploy_kept_files=["fly.toml"])
    assert told in site.report().check("kept files")["detail"]


@pytest.mark.parametrize("path", ["notes/urls.py", "notes/apps.py"])
def test_the_database_is_asked_while_the_project_is_loaded(path: str, site: Site) -> None:
    if path == "notes/apps.py":
        site.write(
            path,
            "from django.apps import AppConfig\nclass Notes(AppConfig):\n    name = 'notes'\n"
            "    def ready(self):\n        self.notes = list(self.get_model('Note').objects.all())\n",
        )
    else:
        site.append(path, "from .models import Note\nCHOICES = [(note.pk, note.text) for note in Note.objects.all()]\n")
    report = site.report()
    assert report.code == 1
    assert "move the query into the function that needs it" in report.check("check --deploy")["cure"]


def test_a_style_sheet_that_the_site_cannot_answer(site: Site) -> None:
    site.append(
        "mysite/urls.py",
        "def theme(request):\n    raise LookupError('no theme')\nurlpatterns += [path('static/theme.css', theme)]\n",
    )
    site.write(ABOUT, '<link rel="stylesheet" href="/static/theme.css">')
    report = site.report()
    assert "page assets" in report.red
    check = report.check("page assets")
    assert "/about/ refers to /static/theme.css, which answers 500: mysite/urls.py:" in check["detail"]
    assert check["cure"].startswith("Correct this error")


def test_a_page_that_needs_a_service_on_localhost(site: Site) -> None:
    """It works where the developer has the service, so that it is no excuse that it fails with its own settings here."""
    port = free_port()
    site.append(
        "notes/views.py",
        "def about(request, number=0):\n"
        "    import socket\n"
        f"    socket.create_connection(('localhost', {port}), timeout=2)\n"
        "    return render(request, 'notes/about.html')\n",
    )
    check = site.report().only_red("pages")
    assert "ConnectionRefusedError" in check["detail"]
    assert check["cure"].startswith(
        "Nothing listens on localhost in production: read the address of this service from a "
    )


def test_a_file_that_only_the_second_platform_leaves_out(site: Site) -> None:
    site.deploy_to_heroku("heroku", "fly")
    site.write(".dockerignore", "notes/templates/notes/about.html\n")
    check = site.report().only_red("Fly.io: pages")
    assert "TemplateDoesNotExist: notes/about.html" in check["detail"]
    assert check["cure"].startswith(
        ".dockerignore keeps notes/templates/notes/about.html out of the build: remove the rule "
    )
