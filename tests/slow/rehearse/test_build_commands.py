"""What a build runs, before it collects static files and after, runs as it does there: in the tree, without variables."""

from tests.support.anchors import shows

from .site import Site

COMMAND = """
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    def handle(self, **options):
"""
DRAW = COMMAND + "        (settings.BASE_DIR / 'notes/static/notes/drawn.css').write_text('p { color: red }')\n"
SHRINK = (
    COMMAND
    + """
        if not Path(settings.STATIC_ROOT, "staticfiles.json").is_file():
            raise CommandError("nothing was collected")
        Path(settings.STATIC_ROOT, "shrunk.txt").write_text("x")
"""
)


def with_commands(site: Site, *commands: str) -> None:
    """Let a build run these: `draw` writes a style sheet that the first page uses, `shrink` works on what was collected."""
    site.append("mysite/settings.py", 'INSTALLED_APPS = [*INSTALLED_APPS, "studio"]\n')
    for folder in ("studio", "studio/management", "studio/management/commands"):
        site.write(f"{folder}/__init__.py", "")
    site.write("studio/management/commands/draw.py", DRAW)
    site.write("studio/management/commands/shrink.py", SHRINK)
    site.answer(django_build_commands=list(commands))


def test_commands_before_and_after_collectstatic_run(site: Site) -> None:
    with_commands(site, "draw", "collectstatic --noinput", "shrink")
    site.append("notes/templates/notes/home.html", '<link rel="stylesheet" href="{% static \'notes/drawn.css\' %}">')
    report = site.report()
    assert report.code == 0, report.document
    assert report.check("build commands")["status"] == "pass"
    assert report.check("collectstatic")["detail"].endswith("without variables, shrink")
    assert not (site.root / "notes/static/notes/drawn.css").exists(), "nothing is written into the project"


def test_what_no_command_of_the_build_makes_is_missing(site: Site) -> None:
    with_commands(site, "collectstatic --noinput")
    site.append("notes/templates/notes/home.html", '<link rel="stylesheet" href="{% static \'notes/drawn.css\' %}">')
    assert "notes/drawn.css" in site.report().check("pages")["detail"]


@shows("collectstatic")
def test_a_command_after_collectstatic_that_fails_is_named(site: Site) -> None:
    with_commands(site, "collectstatic --noinput", "shrink --no-such-option")
    check = site.report().only_red("collectstatic")
    assert check["detail"].startswith("shrink --no-such-option: ")
    assert "python -m django shrink" in check["cure"]


@shows("build-commands")
def test_a_command_before_collectstatic_that_fails_is_named(site: Site) -> None:
    with_commands(site, "draw --no-such-option", "collectstatic --noinput")
    report = site.report()
    assert "draw --no-such-option" in report.only_red("build commands")["detail"]
    assert {"collectstatic", "release", "server"} <= set(report.unmade)


def test_in_the_folder_of_the_project_nothing_is_written(site: Site) -> None:
    with_commands(site, "draw", "collectstatic --noinput", "shrink")
    report = site.report("--here", **site.active())
    assert report.code == 3, report.document
    assert any(
        "draw before collectstatic, which --here does not do" in sentence for sentence in report.document["unproven"]
    )
    assert not (site.root / "notes/static/notes/drawn.css").exists()
    assert not (site.root / "staticfiles").exists()
