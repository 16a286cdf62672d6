"""The settings module that production is based on."""

from __future__ import annotations

import re
import sys

from ...base.evidence import Fact
from ...base.files import join
from ...base.message import Failure
from ..deployed import PRODUCTION_WORDS, deploy_files, settings_named
from ..layout import server_scripts
from ..project import Project
from ..settings import EntryPoint, truth
from .candidates import (
    Candidate,
    base_settings,
    complete,
    kind_of,
    may_be_ignored,
    others_beside,
    production_siblings,
    refuse_template,
    unnamed,
)

# Compose files and what ranks after them may describe a developer's machine.
COMPOSE_RANK = 3


def django_settings_module(project: Project) -> Fact:
    """The module that production starts with. Deployment files count more than names.

    Raises Failure if none is named, or the named one is missing or does not parse.
    """
    fact = _doubted(project, _choose(project))
    module = str(fact.value)
    run, read = project.read_settings(module)
    path = project.locate(module)
    for broken in [path] if read is None and path else run.unparsed:
        problem = project.repository.parse(broken)
        if isinstance(problem, SyntaxError):
            version = ".".join(map(str, sys.version_info[:2]))
            raise Failure(
                f"{broken}:{problem.lineno or 1} does not parse as Python {version} ({problem.msg}). "
                "Fix it, commit, and run this again. If the project needs a newer Python, run Copier with it: "
                "`uvx --python 3.13`.",
                anchor="settings-do-not-parse",
            )
    return fact


def _doubted(project: Project, fact: Fact) -> Fact:
    """Asks if a deployment file starts the site with a module of its package that is not here."""
    first = str(fact.value).partition(".")[0]
    if not fact.sure or any(value == fact.value for value, _, _ in settings_named(project)):
        return fact
    for value, file, place in settings_named(project):
        known = kind_of(value) == "development" or project.locate(value) is not None
        # The folder of the settings, named as if it were one of them, is not a missing module.
        known = known or project.package_folder(value) is not None
        if file.rank <= 1 and not known and value.partition(".")[0] == first:
            return Fact(fact.value, (*fact.evidence, place), (fact.value, value))
    return fact


def _choose(project: Project) -> Fact:
    manage = project.manage_script()
    servers = server_scripts(project)
    named = [
        Candidate(name, place)
        for script in (*servers["wsgi"], *servers["asgi"], *([manage] if manage else []))
        for name, place in script.settings
    ]
    refuse_template(named)
    patterns = [
        pattern for script in (*servers["wsgi"], *([manage] if manage else [])) for pattern, _ in script.patterns
    ]
    present = [candidate for candidate in named if project.locate(candidate.module)]
    siblings = production_siblings(project, [candidate.module for candidate in named], patterns)
    deployed = _deployed(project)
    if not present and not siblings and not deployed:
        return unnamed(project, manage, named)
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
    missing = [c for c in missing if may_be_ignored(project, c.module)]
    if missing and not defaults and fact.sure:
        # What serves the site starts with a module that is not here: stale, or kept out of git.
        return Fact(fact.value, (*fact.evidence, missing[0].evidence), (fact.value, missing[0].module))
    return fact


def _named_by_package(project: Project) -> EntryPoint | None:
    """What the package around manage.py sets when it is imported, if manage.py does not start the site."""
    path = join(project.root, "__init__.py")
    if not project.repository.is_file(path) or "DJANGO_SETTINGS_MODULE" not in (project.repository.text(path) or ""):
        return None
    script = project.read_script(path, project.root, "__init__")
    return script if script.settings and project.locate(script.default) else None


def _first(script: EntryPoint) -> list[Candidate]:
    return [Candidate(name, place) for name, place in script.settings[:1]]


def _from_deployment(project: Project, deployed: list[tuple[Candidate, int]], siblings: list[Candidate]) -> Fact | None:
    production = [pair for pair in deployed if kind_of(pair[0].module) == "production"] or deployed
    best = [candidate for candidate, rank in production if rank == production[0][1]]
    names = list(dict.fromkeys(candidate.module for candidate in best))
    evidence = tuple(candidate.evidence for candidate in best)
    if production[0][1] >= COMPOSE_RANK and all(_says_nothing(name) for name in names):
        # A compose file runs on a desk as often: a module that says production comes first.
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
    values = tuple(dict.fromkeys(reversed(choices)))
    return Fact(siblings[0].module, (*evidence, siblings[0].evidence), values if len(values) > 1 else ())


def _says_nothing(module: str) -> bool:
    return kind_of(module) == "" or "docker" in re.split(r"[._]", module)


def debug_is_off(project: Project, module: str) -> bool:
    _, read = project.read_settings(module)
    return read is not None and "DEBUG" not in read.undecided and truth(read.names.get("DEBUG")) is False


def _deployed(project: Project) -> list[tuple[Candidate, int]]:
    found = []
    for value, file, place in settings_named(project):
        if kind_of(value) != "development" and project.locate(value) and complete(project, value):
            found.append((Candidate(value, place), file.rank))
    return found


def _best_named(candidates: list[Candidate]) -> Fact:
    """The one with the clearest name for production; unsure if two are equally clear."""

    def rank(candidate: Candidate) -> int:
        words = re.split(r"[._]", candidate.module.lower())
        ranks = [PRODUCTION_WORDS.index(word) for word in words if word in PRODUCTION_WORDS]
        # "production" and "prod" say the same; "heroku" and "docker" name a place.
        return min((0 if rank < 2 else rank for rank in ranks), default=len(PRODUCTION_WORDS))

    ordered = sorted(candidates, key=rank)
    best = [candidate for candidate in ordered if rank(candidate) == rank(ordered[0])]
    names = tuple(dict.fromkeys(candidate.module for candidate in best))
    return Fact(names[0], tuple(candidate.evidence for candidate in best), names if len(names) > 1 else ())


def _words_of_files(project: Project) -> set[str]:
    """Names in deployment files besides their kind: `cabotage` of Dockerfile.cabotage and fly.cabotage.toml."""
    kinds = {"django", "web", "app", "start", "run", "entrypoint", "base", "common"}
    names = [file.path.rpartition("/")[2].lower() for file in deploy_files(project) if file.kind != "env"]
    return {word for name in names for word in re.split(r"[^a-z0-9]+", name)} - kinds


def _plain(project: Project, present: list[Candidate], defaults: list[Candidate]) -> Fact:
    """If no module is named for production, the one that the starting scripts agree on."""
    choices = [c for c in (*defaults, *present) if kind_of(c.module) != "development"]
    usable = [candidate for candidate in choices if complete(project, candidate.module)]
    whole = [c for c in present if complete(project, c.module)]
    if whole and not usable:
        # wsgi.py names the package of the settings, which holds none: development's alone can be started.
        present, choices = whole, []
    if not choices:
        bases = [*base_settings(project, present), *others_beside(project, present)]
        named = _words_of_files(project)
        bases.sort(key=lambda one: one.module.rpartition(".")[2].lower() not in named)
        names = tuple(dict.fromkeys(candidate.module for candidate in (*bases, *present)))
        return Fact(names[0], tuple(c.evidence for c in present), names)
    usable = usable or choices
    names = tuple(dict.fromkeys(candidate.module for candidate in usable))
    evidence = tuple(candidate.evidence for candidate in usable if candidate.module == names[0])
    return Fact(names[0], evidence, names if len(names) > 1 else ())
