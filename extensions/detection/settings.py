"""The settings module that production builds on."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from .deploy_files import DEVELOPMENT_WORDS, PRODUCTION_WORDS, settings_named
from .entry_points import EntryPoint, read_entry_point
from .facts import Evidence, Fact, Refusal
from .files import Repository, join, parent
from .layout import added_folders, manage_script
from .project import Project, is_package
from .values import truth

# Settings for a step of the build or for a container on a desk.
BUILD_WORDS = frozenset({"compose", "static", "collectstatic", "build"})
NEUTRAL_FOLDERS = frozenset({"migrations", "management", "templatetags", "tests"})


@dataclass(frozen=True)
class Candidate:
    """A settings module with what speaks for it."""

    module: str
    evidence: Evidence


def server_scripts(project: Project) -> dict[str, tuple[EntryPoint, ...]]:
    """The wsgi and asgi modules of the project, read, those beside the settings first."""
    found: dict[str, tuple[EntryPoint, ...]] = project.once(
        "server scripts", lambda: {kind: tuple(_server_scripts(project, kind)) for kind in ("wsgi", "asgi")}
    )
    return found


def _server_scripts(project: Project, kind: str) -> list[EntryPoint]:
    repository, root = project.repository, project.root
    manage = manage_script(project)
    first = manage.default.partition(".")[0] if manage else ""
    prefix = "" if root == "." else root + "/"
    added = [folder for folder in added_folders(project) if folder != root]
    places: list[tuple[int, str, str]] = []
    for folder in repository.folders():
        below = folder[len(prefix) :] if folder.startswith(prefix) else ("" if folder == root else None)
        if below is None or below.count("/") > 2:
            continue
        parts = [part for part in below.split("/") if part and part != "."]
        if any(part in NEUTRAL_FOLDERS or not part.isidentifier() for part in parts):
            continue
        names = repository.listing(folder)
        for name in (f"{kind}.py", f"{kind}/__init__.py"):
            if name in names.files or (name.startswith(kind + "/") and kind in names.folders):
                path = join(folder, name)
                if repository.is_file(path):
                    base = max(
                        (extra for extra in added if f"{folder}/".startswith(extra + "/")), key=len, default=root
                    )
                    inner = folder[len(base) :].strip("/") if base != "." else folder.strip("./")
                    dotted = ".".join([*(part for part in inner.split("/") if part), kind])
                    places.append(((0 if parts[:1] == [first] else 1) * 10 + len(parts), path, dotted))
    return [
        read_entry_point(repository, path, root, dotted)
        for _, path, dotted in sorted(places)
        if "django" in (repository.text(path) or "").lower() or "DJANGO" in (repository.text(path) or "")
    ]


def kind_of(module: str) -> str:
    """ "production", "development" or "" by the words in the module's name below its package."""
    words = [word for part in module.split(".")[1:] or [module] for word in re.split(r"_|(?<=[a-z])(?=settings)", part)]
    if any(word in DEVELOPMENT_WORDS or word in BUILD_WORDS for word in words):
        return "development"
    return "production" if any(word in PRODUCTION_WORDS for word in words) else ""


def complete(project: Project, module: str) -> bool:
    """Whether the module has all settings, its imports included, and is not one fragment of them."""
    _, read = project.read_settings(module)
    if read is None:
        return False
    names = set(read.names) | set(read.possible)
    if "INSTALLED_APPS" in names or "ROOT_URLCONF" in names:
        return True
    return bool(configuration_classes(project, module))


def configuration_classes(project: Project, module: str) -> list[str]:
    """Names of the django-configurations classes in a settings module, in order."""
    from .classes import is_configuration
    from .values import ClassValue

    _, read = project.read_settings(module)
    if read is None:
        return []
    return [name for name, value in read.names.items() if isinstance(value, ClassValue) and is_configuration(value)]


def django_settings_module(project: Project) -> Fact:
    """The module that production starts with; the evidence of deployment files counts before names.

    Raises Refusal when none is named, when the one named is missing, and when it does not parse.
    """
    fact = _choose(project)
    module = str(fact.value)
    run, read = project.read_settings(module)
    path = project.locate(module)
    for broken in [path] if read is None and path else run.unparsed:
        problem = project.repository.parse(broken)
        if isinstance(problem, SyntaxError):
            version = ".".join(map(str, sys.version_info[:2]))
            raise Refusal(
                f"{broken}:{problem.lineno or 1} does not parse as Python {version} ({problem.msg}). "
                "Correct it, commit, and run this again."
            )
    return fact


def _choose(project: Project) -> Fact:
    manage = manage_script(project)
    servers = server_scripts(project)
    named = [
        Candidate(name, place)
        for script in (*servers["wsgi"], *servers["asgi"], *([manage] if manage else []))
        for name, place in script.settings
    ]
    patterns = [
        pattern for script in (*servers["wsgi"], *([manage] if manage else [])) for pattern, _ in script.patterns
    ]
    present = [candidate for candidate in named if project.locate(candidate.module)]
    siblings = _production_siblings(project, [candidate.module for candidate in named], patterns)
    deployed = _deployed(project)
    if not present and not siblings and not deployed:
        return _unnamed(project, manage, named)
    if deployed:
        fact = _from_deployment(project, deployed, siblings)
        if fact is not None:
            return fact
    first = (manage.default if manage else "").partition(".")[0]
    started = [*servers["wsgi"][:1], *servers["asgi"][:1]]
    # A second package (a worker's) may have settings of its own; the one of manage.py is the site.
    own = [script for script in started if script.default.partition(".")[0] == first] or started
    defaults = [
        Candidate(script.settings[0][0], script.settings[0][1])
        for script in own
        if script.settings and project.locate(script.settings[0][0])
    ]
    present = [c for c in present if not first or c.module.partition(".")[0] == first] or present
    for candidate in defaults:
        if kind_of(candidate.module) == "production" and complete(project, candidate.module):
            return Fact(candidate.module, (candidate.evidence,))
    if siblings:
        return _best_named(siblings)
    package = _named_by_package(project)
    if package and package.assigned:
        return Fact(package.default, (package.assigned,))
    fact = _plain(project, present, [*defaults, *(_first(package) if package else [])])
    missing = [c for script in own for c in _first(script) if not project.locate(c.module)]
    if missing and not defaults and fact.sure:
        # What serves the site starts with a module that is not here: stale, or kept out of git.
        return Fact(fact.value, (*fact.evidence, missing[0].evidence), (fact.value, missing[0].module))
    return fact


def _named_by_package(project: Project) -> EntryPoint | None:
    """What the package around manage.py sets when it is imported: there, manage.py is not how the site is started."""
    path = join(project.root, "__init__.py")
    if not project.repository.is_file(path) or "DJANGO_SETTINGS_MODULE" not in (project.repository.text(path) or ""):
        return None
    script = read_entry_point(project.repository, path, project.root, "__init__")
    return script if script.settings and project.locate(script.default) else None


def _first(script: EntryPoint) -> list[Candidate]:
    return [Candidate(name, place) for name, place in script.settings[:1]]


def _from_deployment(project: Project, deployed: list[tuple[Candidate, int]], siblings: list[Candidate]) -> Fact | None:
    production = [pair for pair in deployed if kind_of(pair[0].module) == "production"] or deployed
    best = [candidate for candidate, rank in production if rank == production[0][1]]
    names = list(dict.fromkeys(candidate.module for candidate in best))
    evidence = tuple(candidate.evidence for candidate in best)
    if all("docker" in re.split(r"[._]", name) for name in names):
        # Docker is where it runs, which is development as often: a module that says production comes first.
        plain = [c for c in siblings if {"production", "prod"} & set(re.split(r"[._]", c.module))]
        if plain:
            return _best_named([*plain, *best])
    if kind_of(names[0]) == "production" or not siblings or debug_is_off(project, names[0]):
        if len(names) > 1 and not all(kind_of(name) == "" for name in names):
            ranked = _best_named(best)
            return ranked if ranked.sure else Fact(names[0], evidence, tuple(names))
        return Fact(names[0], evidence, tuple(names) if len(names) > 1 else ())
    # The files say one thing and the names of the modules another.
    choices = [*names, *(candidate.module for candidate in siblings)]
    return Fact(siblings[0].module, (*evidence, siblings[0].evidence), tuple(dict.fromkeys(reversed(choices))))


def debug_is_off(project: Project, module: str) -> bool:
    _, read = project.read_settings(module)
    return read is not None and "DEBUG" not in read.undecided and truth(read.names.get("DEBUG")) is False


def _deployed(project: Project) -> list[tuple[Candidate, int]]:
    found = []
    for value, file, place in settings_named(project):
        if kind_of(value) != "development" and project.locate(value) and complete(project, value):
            found.append((Candidate(value, place), file.rank))
    return found


def _production_siblings(project: Project, names: list[str], patterns: list[str]) -> list[Candidate]:
    """Complete settings modules named for production in the packages that the known names are in."""
    repository = project.repository
    packages: dict[str, str] = {}
    for name in [*names, *(pattern.split("*")[0].rstrip(".") for pattern in patterns)]:
        for package in (name, name.rpartition(".")[0]):
            folder = is_package(repository, package, project.code_roots()) if package else None
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
    """Whether a file may be a settings module, by its text alone: reading every module of an app would cost much."""
    text = repository.text(path) if repository.is_file(path) else None
    return (
        bool(text)
        and re.search(r"INSTALLED_APPS|ROOT_URLCONF|import \*|\binclude\(|Configuration\b", text or "") is not None
    )


def _best_named(candidates: list[Candidate]) -> Fact:
    """The one whose name says production most plainly; unsure when two say it equally."""

    def rank(candidate: Candidate) -> int:
        words = re.split(r"[._]", candidate.module.lower())
        ranks = [PRODUCTION_WORDS.index(word) for word in words if word in PRODUCTION_WORDS]
        # "production" and "prod" say the same; "heroku" and "docker" name a place.
        return min((0 if rank < 2 else rank for rank in ranks), default=len(PRODUCTION_WORDS))

    ordered = sorted(candidates, key=rank)
    best = [candidate for candidate in ordered if rank(candidate) == rank(ordered[0])]
    names = tuple(dict.fromkeys(candidate.module for candidate in best))
    return Fact(names[0], tuple(candidate.evidence for candidate in best), names if len(names) > 1 else ())


def _plain(project: Project, present: list[Candidate], defaults: list[Candidate]) -> Fact:
    """No module is named for production: the one that the starting scripts agree on."""
    choices = [c for c in (*defaults, *present) if kind_of(c.module) != "development"]
    if not choices:
        bases = [*_base_settings(project, present), *_others_beside(project, present)]
        names = tuple(dict.fromkeys(candidate.module for candidate in (*bases, *present)))
        return Fact(names[0], tuple(c.evidence for c in present), names if len(names) > 1 else ())
    usable = [candidate for candidate in choices if complete(project, candidate.module)] or choices
    names = tuple(dict.fromkeys(candidate.module for candidate in usable))
    evidence = tuple(candidate.evidence for candidate in usable if candidate.module == names[0])
    return Fact(names[0], evidence, names if len(names) > 1 else ())


def _base_settings(project: Project, present: list[Candidate]) -> list[Candidate]:
    found = []
    for candidate in present:
        package = candidate.module.rpartition(".")[0]
        for name in ("base", "common", "defaults", "default", "settings", "main"):
            module = f"{package}.{name}" if package else name
            path = project.locate(module)
            if path and complete(project, module):
                found.append(Candidate(module, Evidence(path, None, "shared by the other settings")))
    return found


def _others_beside(project: Project, present: list[Candidate]) -> list[Candidate]:
    """Complete settings in the same package whose names say nothing that we know: a platform's, perhaps."""
    found = []
    for package in dict.fromkeys(candidate.module.rpartition(".")[0] for candidate in present):
        folder = is_package(project.repository, package, project.code_roots()) if package else None
        if folder is None or not _keeps_settings(package):
            continue
        for module, path in _modules_in(project.repository, package, folder):
            if kind_of(module) == "" and looks_like_settings(project.repository, path) and complete(project, module):
                found.append(Candidate(module, Evidence(path, None, "settings beside the one that is named")))
    return found


def _unnamed(project: Project, manage: EntryPoint | None, named: list[Candidate]) -> Fact:
    """No module that exists is named: whatever is plainly settings in the project, to be confirmed; or a refusal."""
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
    found.sort(key=lambda candidate: kind_of(candidate.module) != "production")
    where = manage.path if manage else join(project.root, "manage.py")
    if not found:
        if named:
            first = named[0]
            raise Refusal(
                f"{first.evidence.path}:{first.evidence.line} names the settings module {first.module}, which is not in the "
                "repository. Commit it, or name the module to use with -d django_settings_module=MODULE."
            )
        raise Refusal(
            f"{where} names no settings module. "
            "Set DJANGO_SETTINGS_MODULE in it, or name the module with -d django_settings_module=MODULE."
        )
    names = tuple(candidate.module for candidate in found)
    sure = len(names) == 1 and not named
    return Fact(names[0], tuple(candidate.evidence for candidate in found), () if sure else names)
