"""A sample project while it is being shaped: its parts, what it requires, and edits that must find their place."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Draft:
    """`settings` is the module that development uses; `package` the folder of urls.py beside manage.py."""

    root: Path
    django_root: Path
    settings: Path
    package: str
    production: list[str] = field(default_factory=list)
    development: list[str] = field(default_factory=list)

    def require(self, *requirements: str) -> None:
        """Ask for packages in production; one that was asked for already is asked for once."""
        self.production += [one for one in requirements if one not in self.production]

    @property
    def base_settings(self) -> Path:
        """The settings that all others import: `settings` itself, or base.py beside it."""
        base = self.settings.with_name("base.py")
        return base if base.is_file() else self.settings

    def write(self, name: str, text: str) -> None:
        """Write a file below the Django root; its folders are made."""
        path = self.django_root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def replace(path: Path, old: str, new: str) -> None:
    """Replace a text that stands in the file exactly once; raises AssertionError if it does not."""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise AssertionError(f"{path}: {text.count(old)} times {old!r}, not once")
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def append(path: Path, text: str) -> None:
    """Add lines at the end of a file."""
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + "\n" + text, encoding="utf-8", newline="\n")


def cut(path: Path, start: str, end: str) -> str:
    """Take out what stands from `start` up to (not with) `end`, and return it."""
    text = path.read_text(encoding="utf-8")
    first = text.index(start)
    last = text.index(end, first)
    path.write_text(text[:first] + text[last:], encoding="utf-8", newline="\n")
    return text[first:last]
