"""Paths in the scripts of a front-end build and in the configuration of vite, webpack, gulp and others."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple

from ...base.evidence import Evidence
from ...base.files import Repository, join, parent
from .package_json import Package, reached

CONFIGURATION = re.compile(
    r"^(vite|vue|svelte|astro|quasar|craco|webpack|rollup|gulpfile|esbuild|parcel|rspack|rsbuild|snowpack|brunch|gruntfile|mix|build|bundles?|angular)"
    r"[\w.-]*\.([cm]?[jt]s|json)$",
    re.IGNORECASE,
)
WRITES_TO = re.compile(
    r"(?:outDir|outdir|outputDir|outputPath|outfile|outFile|output|dir|dest|path|file|publicPath|setPublicPath|setOutputPath|distDir|OUTPUT\w*)"
    r"[\"']?\s*[:=(]\s*$"
)
OPTION = re.compile(r"^(-o|-d|--output|--out|--outfile|--outdir|--out-dir|--outDir|--dist-dir|--output-path|--dir)$")
# The last word of these is where they write.
TO_THE_LAST = re.compile(r"(?:npx\s+|shx\s+|\S*node_modules/\.bin/)*(?:sass|cp|cpx2?|ncp|copyfiles|rsync)\s")
_STRING = re.compile(r"'([^'\n]*)'|\"([^\"\n]*)\"|`([^`\n]*)`")
_JOINED = re.compile(r"(?:\b(?:path|p)\.)?\b(?:resolve|join)\(\s*((?:[^()]|\(\))*)\)")
_URL = re.compile(r"new URL\(\s*(?P<path>'[^'\n]*'|\"[^\"\n]*\")\s*,\s*import\.meta\.url\s*\)")
_NAMED = re.compile(r"^\s*(?:export\s+)?(?:const|let|var)\s+(\w+)\s*=\s*(.+?);?\s*$", re.MULTILINE)
PACKAGES = ("npm", "jsr", "node")  # before a package's name, as Deno writes it
MAX_CONFIGURATIONS = 8


class BuildPath(NamedTuple):
    """A path relative to the git root; `written`: the build certainly writes there."""

    path: str
    written: bool
    place: Evidence


def build_paths(repository: Repository, package: Package, scripts: tuple[str, ...]) -> list[BuildPath]:
    """Every path in these scripts and their configuration, written ones first."""
    text = reached(package, scripts)
    found = [*_in_commands(repository, package, text)]
    names = [name for name in repository.listing(package.folder).files if CONFIGURATION.match(name)]
    names += re.findall(r"[\w./-]+\.[cm]?[jt]s\b", text)
    paths = dict.fromkeys(join(package.folder, name) for name in names)
    for path in [path for path in paths if repository.is_file(path)][:MAX_CONFIGURATIONS]:
        found += _in_configuration(repository, package.folder, path)
    return sorted(found, key=lambda one: not one.written)


def written_by_commands(repository: Repository, package: Package, scripts: tuple[str, ...]) -> set[str]:
    """The paths, from the git root, that the commands of these scripts name for their output."""
    return {one.path for one in _in_commands(repository, package, reached(package, scripts)) if one.written}


def _in_commands(repository: Repository, package: Package, text: str) -> list[BuildPath]:
    found = []
    folders = [package.folder, *(join(package.folder, name) for name in re.findall(r"\bcd\s+([\w./-]+)", text))]
    for command in (part.strip(" ()") for part in re.split(r"&&|\|\||;|\n", text)):
        words = command.replace("=", " ").split()
        for position, word in enumerate(words):
            before = words[position - 1] if position else ""
            source, colon, target = word.strip("'\"").partition(":")
            named = target if colon and target and not source.startswith("http") else source
            if (
                not re.fullmatch(r"[\w.@/-]*[\w@-][\w.@/-]*", named)
                or named.startswith(("/", "-", "@"))
                or source in PACKAGES
            ):
                continue
            written = bool(OPTION.match(before) or colon or (TO_THE_LAST.match(command.strip()) and word == words[-1]))
            if written or "/" in named:
                line = _line(repository, package.path, word)
                for folder in folders:
                    found.append(
                        BuildPath(join(folder, named), written, Evidence(package.path, line, command.strip()[:100]))
                    )
    return found


def _in_configuration(repository: Repository, folder: str, path: str) -> list[BuildPath]:
    text = re.sub(r"(?<![:\w\"'`])//[^\n]*|/\*.*?\*/", "", repository.text(path) or "", flags=re.DOTALL)
    here = posixpath.relpath(parent(path), folder)  # the configuration may be outside the package
    names: dict[str, str] = {"__dirname": here, "import.meta.dirname": here, "process.cwd()": "."}
    for match in _NAMED.finditer(text):
        value = _value(match.group(2), names)
        if value is not None:
            names[match.group(1)] = value
    found = []
    root = re.search(r"\broot\s*:\s*([^,\n]+(?:\([^)]*\))?)", text)
    base = (_value(root.group(1), names) or ".") if root else "."  # https://vite.dev/config/shared-options.html#root
    for match in (*_URL.finditer(text), *_JOINED.finditer(text), *_STRING.finditer(text)):
        value = _value(match.group(0), names)
        if value is not None and base != "." and _STRING.fullmatch(match.group(0)):
            value = join(base, value)
        if value is None or not re.fullmatch(r"[\w.@/-]*\w[\w.@/-]*", value) or value.startswith("/"):
            continue
        written = bool(WRITES_TO.search(text, max(0, match.start() - 40), match.start()))
        if written or "/" in value:
            line = _line(repository, path, match.group(0).split("\n")[0])
            found.append(BuildPath(join(folder, value), written, Evidence(path, line, match.group(0)[:80])))
    for name, value in names.items():
        if re.search(rf"\b(path|dir|outDir|dest)\s*[:(]\s*{re.escape(name)}\b", text) and value != ".":
            found.append(BuildPath(join(folder, value), True, Evidence(path, _line(repository, path, name), name)))
    return found


def _value(expression: str, names: dict[str, str]) -> str | None:
    """The path of a plain JavaScript expression, or None."""
    expression = expression.strip()
    if expression in names:
        return names[expression]
    text = _STRING.fullmatch(expression)
    if text:
        plain = next(part for part in text.groups() if part is not None)
        return re.sub(r"\$\{(\w+)\}", lambda found: names.get(found.group(1), "\0"), plain)
    url = _URL.fullmatch(
        expression.removeprefix("fileURLToPath(").removesuffix(")") if "fileURL" in expression else expression
    )
    if url:
        return join(names["__dirname"], url["path"].strip("'\""))
    joined = _JOINED.fullmatch(expression)
    if joined:
        parts = [_value(part, names) for part in joined.group(1).split(",") if part.strip()]
        return None if None in parts or not parts else join(*(part or "." for part in parts))
    added = expression.split("+")
    if len(added) > 1:
        values = [_value(part, names) for part in added]
        return None if None in values else "".join(value or "" for value in values)
    return None


def _line(repository: Repository, path: str, wanted: str) -> int | None:
    lines = (repository.text(path) or "").split("\n")
    return next((number for number, line in enumerate(lines, 1) if wanted in line), None)
