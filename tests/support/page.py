"""Writes what a benchmark measured into its part of docs/performance.md."""

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"


def write_part(command: str, text: str) -> None:
    """Put `text` in the place of what `make COMMAND` wrote before, or at the end of the page."""
    begin, end = f"<!-- written by make {command} -->\n", f"<!-- end of what make {command} wrote -->\n"
    before, found, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    part = f"{begin}{text.strip()}\n{end}"
    whole = before + part + rest.partition(end)[2] if found else f"{before.rstrip()}\n\n{part}"
    PAGE.write_text(whole, encoding="utf-8", newline="\n")
