"""Draws docs/rehearsal.svg: the screen of a real terminal in which the sample project is rehearsed.

`make picture` runs it. The overlay is applied and committed, and the rehearsal runs in a pseudo-terminal.
"""

from __future__ import annotations

import re
import sys
import tempfile
from html import escape
from pathlib import Path

import pexpect
import pyte

from deploy_overlay.base.release import REPOSITORY
from tests.support import apply_overlay, commit, environment, make_project, snapshot
from tests.support.proof import minor

COLUMNS, ROWS = 80, 60
WIDTH, HEIGHT, MARGIN = 8.43, 18, 16  # of a character cell and of the edge, in pixels
SHORT = "gh:org/deploy-overlay"  # as people name the repository to Copier
PICTURED = "v0.2.0"  # the version that the pictures show
NO_BREAK = "\u00a0"  # browsers fold plain spaces, whatever xml:space says
COLOURS = {
    "default": "#d8dee9", "black": "#4c566a", "red": "#e06c75", "green": "#98c379", "brown": "#e5c07b",
    "blue": "#61afef", "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#eceff4",
}  # fmt: skip


def as_published(written: str, template: Path) -> str:
    """What a terminal showed of a template in a folder here, as it shows of the published one."""
    written = re.sub(r"\['[^']*', '[^']*/hooks/", "['python', '.../hooks/", written)
    written = written.replace(f"git+{template.as_uri()}", f"git+{REPOSITORY}").replace(template.as_uri(), REPOSITORY)
    written = written.replace(str(template), SHORT)
    left = re.search(rf"\S*{re.escape(tempfile.gettempdir())}/\S*", written)
    if left:
        raise ValueError(f"the picture would show a folder of this machine: {left[0]}")
    return written


def screen_of(command: list[str], folder: Path, env: dict[str, str], shown: str = "") -> pyte.Screen:
    """Run a program in a terminal of COLUMNS by ROWS and return what is on the screen when it ends.

    `shown` is what a user types, where that is not the command line itself.
    """
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    child = pexpect.spawn(
        command[0], command[1:], cwd=str(folder), env=env, dimensions=(ROWS, COLUMNS), encoding="utf-8", timeout=300
    )
    typed = shown or " ".join([Path(command[0]).name, *command[1:]])
    stream.feed(f"$ {typed}\r\n")
    while True:
        try:
            stream.feed(child.read_nonblocking(4096, timeout=300))
        except pexpect.EOF:
            break
    child.close()
    if child.exitstatus != 0:
        sys.exit(f"The rehearsal ended with {child.exitstatus}:\n" + "\n".join(screen.display))
    return screen


def drawn(screen: pyte.Screen, label: str = "A rehearsal in a terminal") -> str:
    """The screen as SVG text, empty lines at the end left out."""
    used = max(number for number, line in enumerate(screen.display, 1) if line.strip())
    width, height = round(COLUMNS * WIDTH + 2 * MARGIN), used * HEIGHT + 2 * MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{label}">',
        f'<rect width="{width}" height="{height}" rx="8" fill="#2e3440"/>',
        '<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14" xml:space="preserve">',
    ]
    for row in range(used):
        baseline = MARGIN + row * HEIGHT + 14
        for start, text, colour, bold in _runs(screen, row):
            weight = ' font-weight="bold"' if bold else ""
            length = round(len(text) * WIDTH, 2)
            lines.append(
                f'<text x="{MARGIN + start * WIDTH:.2f}" y="{baseline}" textLength="{length}" fill="{colour}"{weight}>'
                f"{escape(text).replace(' ', NO_BREAK)}</text>"
            )
    return "\n".join([*lines, "</g>", "</svg>", ""])


def _runs(screen: pyte.Screen, row: int) -> list[tuple[int, str, str, bool]]:
    runs: list[tuple[int, str, str, bool]] = []
    for column in range(screen.columns):
        cell = screen.buffer[row][column]
        colour = COLOURS.get(cell.fg, COLOURS["default"])
        if runs and runs[-1][2:] == (colour, cell.bold):
            start, text, *_ = runs[-1]
            runs[-1] = (start, text + cell.data, colour, cell.bold)
        else:
            runs.append((column, cell.data, colour, cell.bold))
    return [(start, text.rstrip(), colour, bold) for start, text, colour, bold in runs if text.strip()]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="deploy-overlay-picture-") as name:
        scratch = Path(name)
        project = make_project(scratch / "shelf", manager="uv", database="postgresql")
        template = snapshot(scratch / "template")
        answers = {"deploy_platforms": ["fly"], "django_python_version": minor(project)}
        done = apply_overlay(project, template, **answers)
        if done.returncode != 0:
            sys.exit(done.stderr)
        commit(project, "Add deploy-overlay")
        variables = {
            "TERM": "xterm-256color",
            "COLUMNS": str(COLUMNS),
            "LINES": str(ROWS),
            "PYTHONPATH": str(template),  # the version that the project records
        }
        env = environment(project.python, **variables)
        env.pop("NO_COLOR", None)
        command = [sys.executable, "-m", "deploy_overlay", "rehearse"]
        screen = screen_of(command, project.django_root, env, "deploy-overlay rehearse")
    picture = Path(__file__).parent / "rehearsal.svg"
    picture.write_text(drawn(screen), encoding="utf-8", newline="\n")
    print(f"{picture} drawn")


if __name__ == "__main__":
    main()
