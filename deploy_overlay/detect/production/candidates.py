"""The project's settings modules, distinguished by names and contents."""

from __future__ import annotations

import re
from typing import NamedTuple

from ...base.evidence import Evidence, Fact
from ...base.files import Repository, join, parent
from ...base.message import Failure
from ..deployed import DEVELOPMENT_WORDS, PRODUCTION_WORDS
from ..project import Project
from ..settings import EntryPoint, configuration_classes

# Settings for a step of the build or for a container on a desk.
BUILD_WORDS = frozenset({"compose", "static", "collectstatic", "build"})


class Candidate(NamedTuple):
    """A settings module with its evidence."""

    module: str
    evidence: Evidence


def kind_of(module: str) -> str:
    """ "production", "development" or "" by the words in the module's name below its package."""
    words = [word for part in module.split(".")[1:] or [module] for word in re.split(r"_|(?<=[a-z])(?=settings)", part)]
    if any(word in DEVELOPMENT_WORDS or word in BUILD_WORDS for word in words):
        return "development"
    return "production" if any(word in PRODUCTION_WORDS for word in words) else ""


def complete(project: Project, module: str) -> bool:
    """Whether the module, with its imports, has all settings and is not a fragment."""
    _, read = project.read_settings(module)
    if read is None:
        return False
    names = set(read.names) | set(read.possible)
    if "INSTALLED_APPS" in names or "ROOT_URLCONF" in names:
        return True
    return bool(configuration_classes(read))


def production_siblings(project: Project, names: list[str], patterns: list[str]) -> list[Candidate]:
    """Complete settings modules named for production in the packages of the known names."""
    repository = project.repository
    packages: dict[str, str] = {}
    for name in [*names, *(pattern.split("*")[0].rstrip(".") for pattern in patterns)]:
        for package in (name, name.rpartition(".")[0]):
            folder = project.package_folder(package) if package else None
            if folder is not None:
                packages.setdefault(package, folder)
                if repository.is_folder(join(folder, "settings")):
                    packages.setdefault(package + ".settings", join(folder, "settings"))
    found: list[Candidate] = []
    for package, folder in packages.items():
        for module, path in _modules_in(repository, package, folder):
            name = module.rpartition(".")[2]
            if kind_of("x." + name) != "production" or (name == "product" and not _keeps_settings(package)):
                continue  # an app called "product" is none
            if looks_like_settings(repository, path) and complete(project, module):
                found.append(Candidate(module, Evidence(path, None, "named for production")))
            elif path.endswith("__init__.py") and _keeps_settings(package):
                found += [
                    Candidate(inner, Evidence(inner_path, None, "in a folder named for production"))
                    for inner, inner_path in _modules_in(repository, module, parent(path))
                    if looks_like_settings(repository, inner_path) and complete(project, inner)
                ]
    return list({candidate.module: candidate for candidate in found}.values())


def _modules_in(repository: Repository, package: str, folder: str) -> list[tuple[str, str]]:
    listing = repository.listing(folder)
    modules = [
        (f"{package}.{name.removesuffix('.py')}", join(folder, name))
        for name in listing.files
        if name.endswith(".py") and name != "__init__.py" and name.removesuffix(".py").isidentifier()
    ]
    modules += [
        (f"{package}.{name}", join(folder, name, "__init__.py"))
        for name in listing.folders
        if name.isidentifier() and kind_of("x." + name) == "production"
    ]
    return modules


def _keeps_settings(package: str) -> bool:
    return bool(re.search(r"settings|conf|env", package.rpartition(".")[2]))


def looks_like_settings(repository: Repository, path: str) -> bool:
    """Whether a file may be a settings module, judging only by its text, because reading every module would be slow."""
    text = repository.text(path) if repository.is_file(path) else None
    return (
        bool(text)
        and re.search(
            r"INSTALLED_APPS|ROOT_URLCONF|import \*|\binclude\(|Configuration\b|^class \w+\(\w", text or "", re.M
        )
        is not None
    )


def base_settings(project: Project, present: list[Candidate]) -> list[Candidate]:
    found = []
    for candidate in present:
        package = candidate.module.rpartition(".")[0]
        for name in ("base", "common", "defaults", "default", "settings", "main"):
            module = f"{package}.{name}" if package else name
            path = project.locate(module)
            if path and complete(project, module):
                found.append(Candidate(module, Evidence(path, None, "shared by the other settings")))
    return found


def others_beside(project: Project, present: list[Candidate]) -> list[Candidate]:
    """Complete settings in the same package with unknown names, perhaps a platform's."""
    found = []
    for package in dict.fromkeys(candidate.module.rpartition(".")[0] for candidate in present):
        folder = project.package_folder(package) if package else None
        if folder is None or not _keeps_settings(package):
            continue
        for module, path in _modules_in(project.repository, package, folder):
            if kind_of(module) == "" and looks_like_settings(project.repository, path) and complete(project, module):
                found.append(Candidate(module, Evidence(path, None, "settings in the same package")))
    return found


def refuse_template(named: list[Candidate]) -> None:
    """Raise Failure for a template of `startproject --template`, whose names are placeholders.

    https://docs.djangoproject.com/en/stable/ref/django-admin/#cmdoption-startproject-template
    """
    for candidate in named:
        if "{{" in candidate.module:
            place = candidate.evidence
            raise Failure(
                f"{place.path}:{place.line} names the settings module {candidate.module}: this is a project template, "
                "not a project. Create a project with `django-admin startproject NAME --template FOLDER` or as its "
                "README says, commit it, and run this there.",
                anchor="a-template",
            )


def unnamed(project: Project, manage: EntryPoint | None, named: list[Candidate]) -> Fact:
    """If no existing module is named, offer what looks like settings, or raise Failure."""
    found = []
    prefix = "" if project.root == "." else project.root + "/"
    for folder in project.repository.folders():
        below = folder[len(prefix) :] if folder.startswith(prefix) else None
        if below is None or below.count("/") > 1:
            continue
        inner = below.strip("./")
        module = ".".join([*inner.split("/"), "settings"]) if inner else "settings"
        path = project.locate(module, (project.root,))
        if path and complete(project, module):
            found.append(Candidate(module, Evidence(path, None, "a settings module")))
        elif inner and project.repository.is_folder(join(folder, "settings")):
            package = ".".join([*inner.split("/"), "settings"])
            found += [
                Candidate(name, Evidence(where, None, "a settings module"))
                for name, where in _modules_in(project.repository, package, join(folder, "settings"))
                if kind_of(name) != "development"
                and looks_like_settings(project.repository, where)
                and complete(project, name)
            ]
    # Of several for production the plain name first: the others add the place that they are for.
    found.sort(key=lambda candidate: (kind_of(candidate.module) != "production", len(candidate.module)))
    where = manage.path if manage else join(project.root, "manage.py")
    if not found:
        if named:
            first = named[0]
            if not all(part.isidentifier() for part in first.module.split(".")):
                raise Failure(
                    f"{first.evidence.path}:{first.evidence.line} names the settings module {first.module}, which "
                    "Python cannot import. Rename files and folders with a hyphen in their name, commit, and run this "
                    "again.",
                    anchor="settings-not-importable",
                )
            raise Failure(
                f"{first.evidence.path}:{first.evidence.line} names the settings module {first.module}, which is "
                "not in the repository. Commit it, or add -d django_settings_module=MODULE.",
                anchor="settings-not-in-repository",
            )
        raise Failure(
            f"{where} does not set a settings module. "
            "Set DJANGO_SETTINGS_MODULE there, or add -d django_settings_module=MODULE.",
            anchor="no-settings-module",
        )
    absent = [candidate for candidate in named if may_be_ignored(project, candidate.module)]
    names = tuple(dict.fromkeys(candidate.module for candidate in (*found, *absent[:1])))
    production = [candidate.module for candidate in found if kind_of(candidate.module) == "production"]
    sure = not absent and 1 in (len(names), len(production))
    return Fact(names[0], tuple(candidate.evidence for candidate in found), () if sure else names)


def may_be_ignored(project: Project, module: str) -> bool:
    """Whether a module that is not here may be kept out of git, and is not the name from before the code was moved."""
    top, above = module.partition(".")[0], module.rpartition(".")[0]
    if not project.locate(top) and not project.repository.is_folder(join(project.root, top)):
        return False
    path = project.locate(above) if above else None
    return path is None or path.endswith("/__init__.py")  # no module is inside of another one that is no package
