"""Workspaces of npm, Yarn, pnpm and Bun: several packages with one lock file at the root."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Sequence

from ...base.files import Repository, join
from ...base.quoting import shell_word
from .package_json import Package

PNPM_WORKSPACE = "pnpm-workspace.yaml"


def workspace_of(packages: Sequence[Package], repository: Repository, package: Package) -> Package | None:
    """The root package of this package's workspace, or None."""
    name = package.data.get("name")
    if not isinstance(name, str) or not name:
        return None
    for outer in sorted(packages, key=lambda one: -len(one.folder)):
        inside = package.folder != outer.folder and (
            outer.folder == "." or package.folder.startswith(f"{outer.folder}/")
        )
        if inside:
            path = posixpath.relpath(package.folder, outer.folder)
            if any(_matches(path, pattern) for pattern in _patterns(repository, outer)):
                return outer
    return None


def _patterns(repository: Repository, outer: Package) -> list[str]:
    # https://docs.npmjs.com/cli/configuring-npm/package-json#workspaces, https://pnpm.io/pnpm-workspace_yaml
    said = outer.data.get("workspaces")
    said = said.get("packages") if isinstance(said, dict) else said
    found = [pattern for pattern in said if isinstance(pattern, str)] if isinstance(said, list) else []
    path = join(outer.folder, PNPM_WORKSPACE)
    text = (repository.text(path) or "") if repository.is_file(path) else ""
    listed = re.search(r"^packages:\s*\n((?:\s+-.*\n?|\s*#.*\n|\s*\n)*)", text, re.MULTILINE)
    if listed:
        found += re.findall(r"^\s+-\s*[\"']?([^\"'\s#]+)", listed.group(1), re.MULTILINE)
    return found


def _matches(path: str, pattern: str) -> bool:
    cleaned = pattern.removeprefix("./").rstrip("/")
    return not cleaned.startswith("!") and fnmatch.fnmatchcase(path, cleaned.replace("**", "*"))


def in_workspace(manager: str, package: Package, script: str) -> str:
    """The command that runs a script of a package in the workspace, from its root."""
    name, script = shell_word(package.data["name"]), shell_word(script)
    return {
        "npm": f"npm run {script} --workspace={name}",
        "yarn": f"yarn workspace {name} run {script}",
        "pnpm": f"pnpm --filter {name} run {script}",
    }.get(manager, f"bun run --filter {name} {script}")
