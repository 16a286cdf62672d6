"""Which files of the template would land where, and which of them the project has already."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from .answers import deploy_folder
from .files import read_plain
from .git import MARK
from .message import Failure
from .release import ANSWERS_FILE

PACKAGE = "{{ deploy_folder }}"  # as the template spells the package's folder
NOT_RENDERED = ("__pycache__",)
ANSWERS_FILE_BESIDE_ANOTHER = ".copier-answers.deploy.yml"


def _template_files(folder: Path, prefix: str = "") -> Iterator[str]:
    for entry in sorted(folder.iterdir()):
        name = prefix + entry.name.removesuffix(".jinja")
        if entry.is_dir():
            if entry.name not in NOT_RENDERED:
                yield from _template_files(entry, f"{name}/")
        else:
            yield name


def rendered_paths(template: Path, package: str) -> list[str]:
    """POSIX paths, relative to the git root, that the template can write, the answers file apart.

    `package` is the overlay's folder.
    """
    return [path.replace(PACKAGE, package) for path in _rendered(template)]


@functools.cache
def _rendered(template: Path) -> tuple[str, ...]:
    """The same, the overlay's folder as the template spells it. The template is the same while a program runs."""
    return tuple(path for path in _template_files(template) if "_copier_conf" not in path)


def relative_to(path: str, folder: str) -> str:
    """A POSIX path as it is written from another folder, both relative to the git root."""
    return posixpath.relpath(path, folder)


def written_by_overlay(path: Path) -> bool:
    """Whether a file is one of ours: a copy that was interrupted leaves files before it leaves answers."""
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            return False
        with path.open(encoding="utf-8", errors="replace") as file:
            return any(MARK in file.readline() for _ in range(5))
    except OSError:
        return False


def other_overlays(root: Path, answers_file: str) -> list[str]:
    """Names of the answers files of other Django projects in this repository that have the overlay."""
    files = (file for file in sorted(root.glob(".copier-answers*.y*ml")) if file.name != answers_file)
    return [file.name for file in files if "deploy_package" in stored_answers(file)]


def second_project_problem(root: Path, answers_file: str, given: object) -> Failure | None:
    """Why `django_root` cannot be changed to what is given: the project that it named is still where it was."""
    stored = str(stored_answers(root / answers_file).get("django_root") or "")
    if not stored or given in (None, "", stored) or not (root / stored / "manage.py").is_file():
        return None
    name = re.sub(r"[^a-z0-9]+", "-", str(given).lower()).strip("-") or "second"
    return Failure(
        f"{answers_file} belongs to the project in {stored}, which still exists. For the one in {given}, add "
        f"`-a .copier-answers.{name}.yml` to this command, and later to `copier update`.",
        anchor="second-project",
    )


def kept_files(root: Path, template: Path, *, all_there: bool = False) -> list[str]:
    """Paths of the template that exist in the project and are its own, spelt as the template spells them.

    With `all_there` those that the overlay wrote too: for another Django project of the same repository.
    Compared without case, as `DockerFile` and `Dockerfile` are one file on Windows and macOS.
    """
    kept = []
    for path in rendered_paths(template, PACKAGE):
        if path.startswith(PACKAGE):
            continue
        folder, _, name = path.rpartition("/")
        if not (root / folder).is_dir():
            continue
        for entry in (root / folder).iterdir():
            if entry.name.casefold() == name.casefold() and (all_there or not written_by_overlay(entry)):
                kept.append(path)
                break
    return kept


def left_by_overlay(
    root: Path, template: Path, unmarked: Mapping[str, str] = MappingProxyType({})
) -> tuple[frozenset[str], dict[str, str]]:
    """What earlier runs wrote, which says nothing about the project: paths, and the Python that each answers file has.

    POSIX paths of files and folders, from the answers files at the root; from the files themselves where a run was
    interrupted before it left answers. A version file that the user has changed since counts as the user's: `unmarked` has
    the files that cannot hold the mark, each with the platform that needs it.
    """
    paths: set[str] = set()
    pythons: dict[str, str] = {}
    for file in sorted(root.glob(".copier-answers*.y*ml")):
        stored = stored_answers(file)
        if "deploy_package" not in stored:
            continue
        folder = deploy_folder(stored)
        pythons[file.name] = str(stored.get("django_python_version") or "")
        kept = _listed(stored, "deploy_kept_files")
        for path in rendered_paths(template, folder):
            outside = path not in kept and not path.startswith(f"{folder}/")
            if outside and _is_ours(root, path, stored, unmarked):
                paths.add(path)
        paths.add(folder)
    if not pythons:
        ours = (path for path in rendered_paths(template, PACKAGE) if not path.startswith(PACKAGE))
        paths.update(path for path in ours if written_by_overlay(root / path))
    return frozenset(paths), pythons


def stored_answers(file: Path) -> dict[str, Any]:
    """The content of an answers file; empty if there is none, or none that can be read."""
    try:
        content = yaml.load(read_plain(file), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def _listed(stored: Mapping[str, Any], name: str) -> list[Any]:
    """A list among stored answers; nothing where something else stands there, which is refused later."""
    value = stored.get(name)
    return value if isinstance(value, list) else []


def _is_ours(root: Path, path: str, stored: Mapping[str, Any], unmarked: Mapping[str, str]) -> bool:
    """By the mark; a file that tools want to hold nothing but a version, by the platform that needs it and what it says."""
    file, platform = root / path, unmarked.get(path)
    if platform is None:
        return written_by_overlay(file)
    try:
        said = re.search(r"\d+\.\d+", read_plain(file).decode("utf-8", "replace"))
    except OSError:
        return False
    chosen = platform in _listed(stored, "deploy_platforms")
    return chosen and said is not None and said[0] == str(stored.get("django_python_version"))


def free_package_name(django_root: Path, template: Path) -> str:
    """`deploy`, or the first other name that is neither a module nor a folder of the project."""
    ours = {path.partition("/")[2] for path in rendered_paths(template, PACKAGE) if path.startswith(f"{PACKAGE}/")}
    for name in ("deploy", "deployment", "deploy_overlay"):
        package = django_root / name
        if package.is_dir() and _left_by_overlay(package, ours):
            return name
        if not package.exists() and not package.with_suffix(".py").exists():
            return name
    return "deploy_overlay_settings"


def _left_by_overlay(package: Path, ours: set[str]) -> bool:
    """Whether a folder holds nothing but our files: those of an earlier run, or the first few of an interrupted one."""
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    if any(path.relative_to(package).as_posix() not in ours for path in files):
        return False
    # A first file that was created and not yet written; an empty package is the project's.
    unwritten = all(path.stat().st_size == 0 and path.name != "__init__.py" for path in files)
    return unwritten or any(written_by_overlay(path) for path in files)


def answers_file_problem(root: Path, chosen: str) -> Failure | None:
    """None, or why answers cannot go where Copier would put them: another template keeps its own there.

    https://copier.readthedocs.io/en/stable/configuring/#applying-multiple-templates-to-the-same-subproject
    """
    if chosen != ANSWERS_FILE:
        return None
    try:
        text = read_plain(root / ANSWERS_FILE).decode("utf-8", "replace")
    except OSError:
        return None
    lines = text.splitlines()
    if not lines or MARK in lines[0] or any(line.startswith("deploy_platforms:") for line in lines):
        return None
    return Failure(
        f"{ANSWERS_FILE} belongs to another template. Add `-a {ANSWERS_FILE_BESIDE_ANOTHER}` to this command, "
        "and later to `copier update`.",
        anchor="answers-of-another-template",
    )
