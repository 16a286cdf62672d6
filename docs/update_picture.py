"""Draws docs/update.svg: a real update in a terminal, from the oldest release that is kept to the version here.

`make picture` runs it. The project is that of docs/update.md: it has a runtime.txt, which says another Python now, its owner
has edited the overlay's files, and Heroku is to be added.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pexpect
import pyte

from deploy_overlay.base.message import command_line
from tests.support import environment, make_project, snapshot
from tests.support.asking import COLUMNS
from tests.support.overlay import copier_program
from tests.support.versions import edit, released, releases, taken, write

from .picture import PICTURED, as_published, drawn

ROWS = 100
COMMAND = ["update", "--trust", "--defaults", "-d", "deploy_platforms=[fly, heroku]"]


def updated(scratch: Path) -> tuple[str, Path]:
    """What `copier update` writes to a terminal, and the folder of its template."""
    oldest = next(iter(releases()))
    versions = released(snapshot(scratch / "here"), scratch / "template", oldest, PICTURED.removeprefix("v"))
    project = make_project(scratch / "library")
    write(project, "runtime.txt", "python-3.12.4\n")
    taken(project, versions, "--vcs-ref", f"v{oldest}")
    edit(project, "deploy/settings.py", "DEBUG = False\n", "DEBUG = False\nEMAIL_TIMEOUT = 10\n")
    edit(project, "fly.toml", "min_machines_running = 0", "min_machines_running = 1")
    write(project, "runtime.txt", "python-3.13.1\n")
    child = pexpect.spawn(
        copier_program(), COMMAND, cwd=str(project.root), env=environment(project.python, TERM="xterm", LC_ALL="C.UTF-8"),
        dimensions=(ROWS, COLUMNS), encoding="utf-8", timeout=300,
    )  # fmt: skip
    child.expect(pexpect.EOF)
    child.close()
    if child.exitstatus != 0:
        sys.exit(f"the update ended with {child.exitstatus}:\n{child.before}")
    return str(child.before), versions.root


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-update-") as name:
        written, template = updated(Path(name))
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    stream.feed(f"$ {command_line(['copier', *COMMAND])}\r\n")
    stream.feed(as_published(written, template))
    picture = Path(__file__).parent / "update.svg"
    picture.write_text(drawn(screen, "An update in a terminal"), encoding="utf-8", newline="\n")
    print("\n".join(line.rstrip() for line in screen.display if line.strip()))


if __name__ == "__main__":
    main()
