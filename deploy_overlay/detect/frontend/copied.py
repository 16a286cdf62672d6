"""Copies of a front end's output, by scripts, Makefiles and Dockerfiles, to folders that Django collects."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from ...base.evidence import Evidence
from ...base.files import join, parent
from ...base.quoting import shell_word
from ..deployed import deploy_files
from ..project import Project
from .collected import inside, is_collected
from .package_json import Package
from .stages import between_stages

_SCRIPT = re.compile(r"(?i)^([\w.-]+\.(sh|bash|mk)|makefile|justfile|gnumakefile)$")
_PLACES = ("bin", "scripts", "script", "deploy", "deployment", "tools", "ops", "build", "docker", "etc")
_COPIES = frozenset({"cp", "mv", "rsync"})
_BUILDS = re.compile(r"\b(npm|yarn|pnpm|bun|deno|npx|vite|webpack)\b")
_VARIABLE = re.compile(
    r"^\s*(?:export\s+|readonly\s+)?(?P<name>[A-Za-z_]\w*)\s*[:?]?=\s*[\"']?(?P<value>[^\s\"';&|$]+)[\"']?\s*$"
)
MAX_SCRIPTS = 40


class Copy(NamedTuple):
    """A copy of build output, as a command that runs in the package's folder."""

    command: str
    place: Evidence


def copied(project: Project, package: Package) -> list[Copy]:
    """Copies from this package to folders that Django collects, each once."""
    found: dict[str, Copy] = {}
    moves = [move for path in _scripts(project, package) for move in _moves(project, path, package)]
    for file in deploy_files(project) if not moves else ():
        moves += between_stages(project, file, package) if file.kind == "docker" else []
    for source, target, place in moves:
        relative = posixpath.relpath(source, package.folder), posixpath.relpath(target, package.folder)
        what, where = (shell_word(part) for part in relative)
        one_file = bool(re.search(r"\.\w{1,5}$", posixpath.basename(source)))
        command = f"mkdir -p {where} && cp -R {what}{'' if one_file else '/.'} {where}/"
        found.setdefault(command, Copy(command, place))
    return list(found.values())


def _scripts(project: Project, package: Package) -> list[str]:
    repository = project.repository
    bases = dict.fromkeys([".", project.root, parent(package.folder), package.folder])
    folders = [join(base, name) for base in bases for name in (".", *_PLACES)]
    return [
        join(folder, name)
        for folder in dict.fromkeys(folders)
        if repository.is_folder(folder)
        for name in repository.listing(folder).files
        if _SCRIPT.match(name)
    ][:MAX_SCRIPTS]


def _moves(project: Project, path: str, package: Package) -> Iterator[tuple[str, str, Evidence]]:
    text = project.repository.text(path) or ""
    if not _BUILDS.search(text):
        return
    makefile = not path.endswith((".sh", ".bash"))
    variables: dict[str, str] = {}
    removed: set[str] = set()
    for start in (".", parent(path)):  # scripts are started at the root, or where they lie
        here, before = start, start
        for number, line in enumerate(text.split("\n"), 1):
            if makefile and line.startswith("\t") and not text.split("\n")[number - 2].endswith("\\"):
                here = start  # each line of a recipe has a shell of its own
            named = _VARIABLE.match(line)
            if named:
                variables[named["name"]] = named["value"]
            for command in re.split(r"&&|\|\||[;|]", line):
                opened, closed = command.strip().startswith("("), command.strip().endswith(")")
                before = here if opened else before
                words = _words(command.strip(" \t()@-"), variables)
                arguments = [word for word in words[1:] if not word.startswith("-")]
                if words[:1] in (["cd"], ["pushd"]) and arguments:
                    here = join(here, arguments[0])
                elif words[:1] == ["popd"]:
                    here = start
                elif words[:1] == ["rm"]:
                    removed |= {join(here, word) for word in arguments}
                elif words and words[0] in _COPIES and len(arguments) >= 2:
                    for source in arguments[:-1]:
                        move = _resolved(project, package, here, (words[0], source, arguments[-1]), removed)
                        if move:
                            yield *move, Evidence(path, number, line.strip()[:100])
                if closed:
                    here = before


def _words(command: str, variables: dict[str, str]) -> list[str]:
    command = re.sub(r"\$[{(]?([A-Za-z_]\w*)[})]?", lambda found: variables.get(found[1], "\0"), command)
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return []


def _resolved(
    project: Project, package: Package, here: str, words: tuple[str, str, str], removed: set[str]
) -> tuple[str, str] | None:
    """Source and target from the git root; None if they are not this package's output and a collected folder."""
    tool, said, target = words
    if any("\0" in word or ":" in word or word.startswith(("/", "~")) for word in (said, target)):
        return None
    source = join(here, re.sub(r"/(\*|\.)?$", "", said))
    to = join(here, target)
    contents = said.endswith(("/*", "/.")) or (tool == "rsync" and said.endswith("/"))
    there = project.repository.is_folder(to) and to not in removed
    if not contents and there and not re.search(r"\.\w{1,5}$", posixpath.basename(source)):
        to = join(to, posixpath.basename(source))
    if "*" in source or not inside(source, package.folder) or (inside(to, package.folder) and to == source):
        return None
    return (source, to) if is_collected(project, to) and not is_collected(project, source) else None
