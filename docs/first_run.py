"""Draws docs/first-run-*.svg: the first run for each platform at a real terminal, from the README's command to the summary.

`make picture` runs it, and writes the number of questions and keystrokes into docs/first-run.md.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import pyte

from tests.support import make_project, snapshot
from tests.support.asking import COLUMNS, ROWS, Session, answered

from .picture import PICTURED, SHORT, as_published, drawn

DOWN, ENTER = "\x1b[B", "\r"
PLATFORM_QUESTION = 1
# Keys at the question for the platforms, where the first one is chosen already.
KEYS = {"fly": ENTER, "heroku": f" {DOWN} {ENTER}", "upsun": f" {DOWN}{DOWN} {ENTER}"}
NAMES = {"fly": "Fly.io", "heroku": "Heroku", "upsun": "Upsun"}
# On two lines, as 80 columns want it.
COMMAND = ("uvx --with copier-template-extensions copier copy --trust \\", f"    {SHORT} .")
PAGE = """# Recorded first runs

These recordings show the command of the [first page](index.md) on the sample project, with Enter wherever the default is
right. They need no account. At the end, the summary names the next three commands: install, rehearse, commit.
`make picture` records them again.

| platform | questions | keystrokes | seconds, dependencies included |
| --- | --- | --- | --- |
{rows}
{pictures}"""


def run(platform: str, template: Path, folder: Path) -> Session:
    session = answered(make_project(folder / platform / "library"), template, {PLATFORM_QUESTION: KEYS[platform]})
    if session.status != 0:
        sys.exit(f"{platform}: the run ended with {session.status}:\n{session.text}")
    return session


def picture(session: Session, template: Path) -> str:
    """The screen of the run as it is with the published template."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    stream.feed("$ " + "".join(f"{line}\r\n" for line in COMMAND))
    stream.feed(as_published(session.raw, template))
    return drawn(screen, "The first run in a terminal")


def main() -> None:
    docs = Path(__file__).parent
    rows, pictures = [], []
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-first-run-") as name:
        template = snapshot(Path(name) / "template", PICTURED)
        for platform in KEYS:
            started = time.monotonic()
            session = run(platform, template, Path(name))
            seconds = time.monotonic() - started
            (docs / f"first-run-{platform}.svg").write_text(picture(session, template), encoding="utf-8", newline="\n")
            rows.append(f"| {NAMES[platform]} | {len(session.asked)} | {session.keystrokes} | {seconds:.0f} |")
            pictures.append(f"## {NAMES[platform]}\n\n![{NAMES[platform]}](first-run-{platform}.svg)\n")
    page = PAGE.format(rows="\n".join(rows), pictures="\n" + "\n".join(pictures))
    (docs / "first-run.md").write_text(page, encoding="utf-8", newline="\n")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
