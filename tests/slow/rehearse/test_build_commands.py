"""What a build runs on the collected files is rehearsed; what it runs before is told, since that writes into the project."""

from .site import Site

COMMAND = """
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    def handle(self, **options):
        if not Path(settings.STATIC_ROOT, "staticfiles.json").is_file():
            raise CommandError("nothing was collected")
        Path(settings.STATIC_ROOT, "shrunk.txt").write_text("x")
"""


def with_commands(site: Site, commands: list[str]) -> None:
    site.append("mysite/settings.py", 'INSTALLED_APPS = [*INSTALLED_APPS, "shrinking"]\n')
    for folder in ("shrinking", "shrinking/management", "shrinking/management/commands"):
        site.write(f"{folder}/__init__.py", "")
    site.write("shrinking/management/commands/shrink.py", COMMAND)
    site.append("deploy/environment.py", f"BUILD_COMMANDS = {commands!r}\n")


def test_a_command_after_collectstatic_runs(site: Site) -> None:
    with_commands(site, ["compile", "collectstatic --noinput", "shrink"])
    report = site.report()
    assert report.code == 0, report.document
    assert report.check("collectstatic")["detail"].endswith("files, shrink")
    assert any("compile before collectstatic: not run here" in note for note in report.document["unproven"])


def test_a_command_that_fails_is_named(site: Site) -> None:
    with_commands(site, ["collectstatic --noinput", "shrink --no-such-option"])
    check = site.report().check("collectstatic")
    assert check["status"] == "fail"
    assert check["detail"].startswith("shrink --no-such-option: ")
    assert "python -m django shrink" in check["cure"]


def test_a_page_that_lacks_what_a_build_makes_is_told_with_the_command(site: Site) -> None:
    site.append("deploy/environment.py", "BUILD_COMMANDS = ['compilejsi18n', 'collectstatic --noinput']\n")
    site.break_about_in_production()
    cure = site.report().only_red("pages")["cure"]
    assert cure.endswith("run python -m django compilejsi18n here first: a rehearsal does not.")
