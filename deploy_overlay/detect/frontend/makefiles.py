"""Builds that a Makefile or a justfile starts: recipes with a builder of npm that no script of package.json runs.

https://www.gnu.org/software/make/manual/make.html#Rules and https://just.systems/man/en/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ...base.evidence import Evidence
from ...base.files import join, parent
from ...base.quoting import shell_word
from ..project import Project
from .build_paths import written_by_commands
from .collected import is_collected
from .package_json import NOT_BUILT, PLAIN, WATCHES, WHOLE, Package

_FILE = re.compile(r"(?i)^(?:gnu)?makefile$|^\.?justfile$")
_VARIABLE = re.compile(r"^(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*[:?]?:?=\s*(?P<value>.*?)\s*$")
_RULE = re.compile(r"^@?(?P<names>[\w./%-]+(?:\s+[\w./%-]+)*)\s*[^:=]*:(?![:=])(?P<needs>[^#;]*)")
_REFERENCE = re.compile(r"\$[({](\w+)[)}]|\{\{\s*(\w+)\s*\}\}")
_ANOTHER = re.compile(r"^(?:\$[({]MAKE[)}]|make|just)\s+(?P<name>[\w./-]+)\s*$")
# The program of an npm package where it differs from the package's name.
_PROGRAMS = {
    "@tailwindcss/cli": "tailwindcss", "postcss-cli": "postcss", "webpack-cli": "webpack", "less": "lessc",
    "gulp-cli": "gulp", "grunt-cli": "grunt", "clean-css-cli": "cleancss", "uglify-js": "uglifyjs",
    "typescript": "tsc", "@babel/cli": "babel", "@vue/cli-service": "vue-cli-service",
}  # fmt: skip
_BY_A_MANAGER = re.compile(
    r"^(?:\w+=\S*\s+)*(?:npx|bunx|(?:yarn|pnpm|npm|bun)\s+(?:exec|dlx|x)|(?:yarn|pnpm)(?=\s+[a-z@])|(?:\S*/)?node_modules/\.bin/\S+"
    r"|node\s+\S+\.[cm]?js)(?:\s|$)"
)
MAX_TARGETS = 200


class Build(NamedTuple):
    """Commands that run in the package's folder, and what they write of what Django collects."""

    commands: tuple[str, ...]
    written: frozenset[str]
    place: Evidence


@dataclass
class _Target:
    name: str
    line: int
    needs: list[str]
    recipe: list[str] = field(default_factory=list)


def builds(project: Project, package: Package) -> list[Build]:
    """The builds of this package that write what Django collects, those that write most and are for production first."""
    found = [build for path in _files(project, package) for build in _in_file(project, package, path)]
    return sorted(found, key=lambda build: -len(build.written))


def builds_of(project: Project, package: Package, target: str) -> Build | None:
    """What `make TARGET` builds of this package."""
    for path in _files(project, package):
        targets = _targets(project.repository.text(path) or "")
        if target in targets:
            return _build(project, package, path, targets, target)
    return None


def _files(project: Project, package: Package) -> Iterator[str]:
    for folder in dict.fromkeys([package.folder, parent(package.folder), project.root, "."]):
        yield from (join(folder, name) for name in project.repository.listing(folder).files if _FILE.match(name))


def _in_file(project: Project, package: Package, path: str) -> list[Build]:
    targets = _targets(project.repository.text(path) or "")
    named = [name for name in targets if not name.startswith(".") and not NOT_BUILT.search(name)]
    named.sort(key=lambda name: (not WHOLE.search(name), not PLAIN.search(name), not _is_small(targets[name])))
    found = (_build(project, package, path, targets, name) for name in named)
    return [build for build in found if build is not None and build.written]


def _is_small(target: _Target) -> bool:
    return any(re.search(r"--minify|compressed|production|-p\b", line) for line in target.recipe)


def _targets(text: str) -> dict[str, _Target]:
    """The rules of a file by name; variables are put in."""
    variables: dict[str, str] = {}
    targets: dict[str, _Target] = {}
    current: list[_Target] = []

    def resolved(line: str) -> str:
        for _ in range(3):  # a variable may name another
            line = _REFERENCE.sub(lambda found: variables.get(found[1] or found[2], found[0]), line)
        return line

    for number, line in enumerate(re.sub(r"[ \t]*\\\n\s*", " ", text).split("\n"), 1):
        if line[:1] in ("\t", " ") and line.strip():
            for target in current:
                target.recipe.append(resolved(line.strip().lstrip("@-+ ")))
        elif named := _VARIABLE.match(line):
            variables[named["name"]] = named["value"].strip("\"'")
        elif (rule := _RULE.match(line)) and len(targets) < MAX_TARGETS:
            needs = resolved(rule["needs"]).split()
            current = [targets.setdefault(name, _Target(name, number, needs)) for name in rule["names"].split()]
        elif line.strip():
            current = []
    return targets


def _build(project: Project, package: Package, path: str, targets: dict[str, _Target], name: str) -> Build | None:
    lines = list(dict.fromkeys(_recipe(targets, name, set())))
    here = posixpath.relpath(parent(path), package.folder)
    commands = [
        command if here == "." else f"(cd {shell_word(here)} && {command})"
        for line in lines
        if (command := _command(line, package)) and not WATCHES.search(command)
    ]
    if not commands:
        return None
    written = written_by_commands(project.repository, package, tuple(commands))
    collected = frozenset(one for one in written if is_collected(project, one))
    return Build(tuple(commands), collected, Evidence(path, targets[name].line, f"{name}: {commands[0]}"[:100]))


def _recipe(targets: dict[str, _Target], name: str, seen: set[str]) -> Iterator[str]:
    """The lines that a target runs, after those of the targets that it needs."""
    target = targets.get(name)
    if target is None or name in seen:
        return
    seen.add(name)
    for other in target.needs:
        yield from _recipe(targets, other, seen)
    for line in target.recipe:
        another = _ANOTHER.match(line)
        if another:
            yield from _recipe(targets, another["name"], seen)
        else:
            yield line


def _command(line: str, package: Package) -> str:
    """A recipe's line if it runs a builder of npm, as a shell in the package's folder runs it; else ""."""
    line = line.replace("$$", "$")
    programs = {_PROGRAMS.get(name, name.rpartition("/")[2]) for name in package.dependencies}
    parts = re.split(r"(\s*(?:&&|;)\s*)", line)
    built = False
    for position, part in enumerate(parts):
        if part.partition(" ")[0] in programs:
            parts[position] = f"npx {part}"
        built = built or bool(_BY_A_MANAGER.match(parts[position]))
    return "".join(parts) if built and not re.search(r"\$[({]|<<|\\$", line) else ""
