"""A file that the project needs, that lies in the developer's folder and that git ignores: it is in no deployment."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from ..base import git
from ..base.image_context import SECRETS, excluding, parse_rules
from .room import Tree

_MODULE = re.compile(r"No module named '([\w.]+)'")
_NAME = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_MIGRATION = re.compile(r"\('(\w+)', '(\w+)'\)")  # as Django names the one that another depends on
_MODELS = re.compile(r"models of ([\w, ]+) have changes without a migration")
_FILE = re.compile(r"[\w./@+-]*\w\.\w+|(?<![\w.])\.\w+")
_FOREIGN = (
    ":(exclude,glob)**/node_modules/**",
    ":(exclude,glob)**/site-packages/**",
    ":(exclude,glob)**/__pycache__/**",
)
_MOST = 3  # files in a cure


def ignored_files(tree: Tree) -> list[str]:
    """What git ignores in the user's folder, without packages; POSIX, from the git root."""
    listed = git.output(
        tree.repository, "ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", ".", *_FOREIGN
    )
    return [path for path in (listed or b"").decode("utf-8", "surrogateescape").split("\0") if path]


def ignored_files_cure(detail: str, ignored: Sequence[str], tree: Tree) -> str:
    """For a failure that names such a file: the rule that ignores it, and what to do. Empty for every other one."""
    return " ".join(_cure(path, tree) for path in _named(detail, ignored)[:_MOST])


def _named(detail: str, ignored: Sequence[str]) -> list[str]:
    """Those of the ignored files that a failure is about."""
    ends = tuple(f"/{end.lstrip('/')}" for end in _ends(detail))
    named = [path for path in ignored if f"/{path}".endswith(ends)] if ends else []
    labels = [label.strip() for found in _MODELS.findall(detail) for label in found.split(",")]
    folders = tuple(f"/{label}/migrations/" for label in labels)
    return named + [
        path for path in ignored if path.endswith(".py") and any(folder in f"/{path}" for folder in folders)
    ]


def _ends(detail: str) -> Iterator[str]:
    """Ends of the paths that a failure may be about."""
    for module in _MODULE.findall(detail):
        yield from _files_of(module)
    for name, module in _NAME.findall(detail):
        yield from _files_of(f"{module}.{name}")
    for app, name in _MIGRATION.findall(detail):
        yield f"{app}/migrations/{name}.py"
    for path in _FILE.findall(detail):
        yield path
        if path.startswith("/"):  # an address: what stands before the name of a static file
            yield path.lstrip("/").partition("/")[2] or path


def _files_of(module: str) -> tuple[str, str]:
    path = module.replace(".", "/")
    return f"{path}.py", f"{path}/__init__.py"


def _cure(path: str, tree: Tree) -> str:
    rule, _, _ = git.text(tree.repository, "check-ignore", "--verbose", "--", path).rpartition("\t")
    source, line, pattern = (*rule.split(":", 2), "", "")[:3]
    told = f"{path} is in your folder, but git ignores it ({source}:{line}: {pattern}), so it is not deployed."
    if excluding(parse_rules(SECRETS), path):
        return f"{told} Do not commit it: set what it holds as variables, and let the settings do without the file."
    return f"{told} Run `git add --force {shlex.quote(path)}`, or let a build command make it."
