"""The platforms that docs/add-a-platform.md adds, by doing word for word what the page says; and projects on any."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support import Project, apply_overlay, git
from tests.support.platforms import needed_by
from tests.support.template import REPOSITORY, snapshot

from . import contract

PAGE = REPOSITORY / "docs" / "add-a-platform.md"
MADE_UP = "hutch"
BUILDS = {MADE_UP: "image", "barn": "source", "stall": "registry"}  # of the page's platforms
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
COPY = re.compile(r"Copy the files of \w+ and the line in `copier\.yml`, with `(\w+)`\s+replaced by `(\w+)`")
PLACE = re.compile(r"`(copier\.yml|[^`\n]*/[^`\n]*\.\w+)`")  # a file of the repository, in the text before a block


def extended_template(to: Path) -> Path:
    """A copy of the template with the page's platforms in it."""
    template = snapshot(to, whole=True)
    followed(PAGE.read_text(encoding="utf-8"), template)
    git(template, "add", "--all")
    git(template, "commit", "--quiet", "--message", "Hutch, Barn and Stall")
    git(template, "tag", "v1.1.0")
    return template


def followed(page: str, template: Path) -> None:
    """Do to a copy of the template what the page says: write files, change lines, copy a platform's files."""
    place, end = "", 0
    for block in BLOCK.finditer(page):
        text, end = page[end : block.start()], block.end()
        for old, new in COPY.findall(text):
            copied(template, old, new)
        place = (PLACE.findall(text) or [place])[-1]
        target = template / place
        if block[1] == "diff":
            changed(target, block[2])
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block[2], encoding="utf-8", newline="\n")


def changed(target: Path, block: str) -> None:
    lines = block.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in kinds) for kinds in (" -", " +"))
    text = target.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"the page is not in step with {target.name}: {old}"
    target.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def copied(template: Path, old: str, new: str) -> None:
    """The files of a platform under another name, and its line in copier.yml."""

    def named(text: str) -> str:
        for form in (str.lower, str.upper, str.capitalize):
            text = text.replace(form(old), form(new))
        return text

    folders = ("deploy_overlay", "template", "tests", "docs")
    paths = [path for folder in folders for path in (template / folder).rglob("*") if path.is_file()]
    for path in paths:
        place = path.relative_to(template).as_posix()
        if old in place and "__pycache__" not in place:
            target = template / named(place)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(named(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    line = f"!include deploy_overlay/platforms/{old}/questions.yml\n---\n"
    changed(
        template / "copier.yml",
        "".join(f" {one}\n" for one in line.splitlines()) + "".join(f"+{one}\n" for one in named(line).splitlines()),
    )


def applied(project: Project, template: Path, *names: str, beside: str = "") -> str:
    """The overlay for these platforms, with the answers that the one `beside` them would need too."""
    declared = [contract.declaration(template, name) for name in (*names, *filter(None, [beside]))]
    done = apply_overlay(project, template, deploy_platforms=list(names), **needed_by(declared))
    assert done.returncode == 0, done.stderr
    return done.stdout
