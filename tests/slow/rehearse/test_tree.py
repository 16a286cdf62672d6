"""What would be deployed is rehearsed, not what lies in the working folder."""

from tests.support.anchors import shows
from tests.support.repository import git

from .site import Site

TITLE = "    title = models.CharField(max_length=20, default='')\n"
MIGRATION = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("notes", "0001_initial")]
    operations = [migrations.AddField("Note", "title", models.CharField(max_length=20, default=""))]
"""


def ignored(site: Site, path: str, text: str) -> None:
    """A file that is there, and that git leaves out."""
    site.append(".gitignore", f"/{path}\n")
    site.write(path, text)


def test_a_module_that_git_ignores_does_not_help(site: Site) -> None:
    ignored(site, "mysite/keys.py", "TOKEN = 'of this machine'\n")
    site.append("mysite/settings.py", "from .keys import TOKEN\n")
    check = site.report().only_red("production settings")
    assert "No module named 'mysite.keys'" in check["detail"]
    assert check["cure"].startswith(
        "git ignores mysite/keys.py (.gitignore:3 has /mysite/keys.py): run `git add --force"
    )


def test_a_local_file_of_variables_does_not_help(site: Site) -> None:
    site.write(".env", "WEATHER_KEY=sunny\n")
    site.append(
        "mysite/settings.py",
        "import os\nfor line in open(BASE_DIR / '.env'):\n    os.environ.setdefault(*line.strip().split('='))\n",
    )
    check = site.report().only_red("production settings")
    assert "FileNotFoundError" in check["detail"]
    assert check["cure"].startswith("git ignores .env (.gitignore:2 has *.env), as it should: set its values")


def test_what_git_ignores_and_an_image_built_by_hand_would_have_is_named(site: Site) -> None:
    site.write(".dockerignore", "**/*.env\n")
    ignored(site, "answers.txt", "of this machine")
    ignored(site, "production.env", "TOKEN=1")
    report = site.report()
    told = report.check("image built by hand")
    assert told["status"] == "note"
    assert "a deployment by hand would add them to the image: answers.txt. To exclude" in told["detail"]
    assert report.code == 0, report.told


def test_a_template_that_git_ignores_does_not_help(site: Site) -> None:
    ignored(site, "notes/templates/notes/absent.html", "About")
    site.replace("notes/views.py", "notes/about.html", "notes/absent.html")
    check = site.report().only_red("pages")
    assert "TemplateDoesNotExist: notes/absent.html" in check["detail"]
    assert "git ignores notes/templates/notes/absent.html (" in check["cure"]


def test_a_style_sheet_that_git_ignores_does_not_help(site: Site) -> None:
    ignored(site, "notes/static/dist/site.css", "p { color: red }")
    site.write("notes/templates/notes/about.html", '<link rel="stylesheet" href="/static/dist/site.css">')
    check = site.report().only_red("page assets")
    assert "/static/dist/site.css, which answers 404" in check["detail"]
    assert "git ignores notes/static/dist/site.css (" in check["cure"]


def test_a_migration_that_git_ignores_does_not_help(site: Site) -> None:
    ignored(site, "notes/migrations/0002_title.py", MIGRATION)
    site.append("notes/models.py", TITLE)
    report = site.report()
    assert "missing migrations" in report.red
    assert "git ignores notes/migrations/0002_title.py (" in report.check("missing migrations")["cure"]


def test_changes_that_are_not_committed_are_a_part_of_it(site: Site) -> None:
    site.write("notes/migrations/0002_title.py", MIGRATION)
    site.append("notes/models.py", TITLE)
    before = git(site.root, "status", "--porcelain"), (site.root / ".git/index").read_bytes()
    report = site.report()
    assert report.code == 0, report.document
    told = report.check("code")["detail"]
    assert "not committed yet" in told
    assert {"notes/migrations/0002_title.py", "notes/models.py"} <= set(told.replace(",", " ").split())
    assert (git(site.root, "status", "--porcelain"), (site.root / ".git/index").read_bytes()) == before


def test_a_file_that_was_deleted_is_not_a_part_of_it(site: Site) -> None:
    (site.root / "notes/templates/notes/home.html").unlink()
    assert "notes/home.html" in site.report().only_red("pages")["detail"]


def test_the_same_files_have_the_same_name_before_and_after_the_commit(site: Site) -> None:
    site.append("notes/models.py", "# changed\n")
    before = site.report().document["tree"]
    git(site.root, "commit", "--quiet", "--all", "--message", "A change")
    report = site.report()
    assert report.document["tree"] == before
    assert report.check("code")["detail"] == "the commit that is checked out"


@shows("code")
def test_a_file_that_git_lfs_keeps_does_not_come_with_a_git_push(site: Site) -> None:
    site.deploy_to_heroku("heroku")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    site.write("notes/static/notes/paper.png", pointer)
    check = site.report().only_red("code")
    assert check["detail"].startswith("notes/static/notes/paper.png: Heroku would get only the Git LFS pointer")
