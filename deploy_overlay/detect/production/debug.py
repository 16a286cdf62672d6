"""How to make the project's settings see DEBUG as off."""

from __future__ import annotations

import ast
import itertools
import re

from ...base.evidence import Evidence, Fact
from ...base.files import parent
from ..deployed import value_named
from ..project import Project
from ..settings import GAP, Module, Run, known, truth
from .candidates import kind_of
from .deciding import deciding, nearest_first

# Tried in this order: what people write for "off", and for the name of the environment that is not development.
OFF_VALUES = ("False", "false", "0", "FALSE", "off", "no", "n", "")
NAMES = ("production", "prod", "PRODUCTION", "PROD", "Production", "live")
ENVIRONMENTS = ("ENV", "STAGE", "MODE", "SETTINGS", "CONFIG")
ON_VALUES = ("true", "1", "True")
# An address or a secret is the owner's: production would reach nothing with a value made up here.
_OF_THE_OWNER = re.compile(
    r"(^|_)(URL|URI|DSN|HOST|HOSTNAME|PORT|USER|USERNAME|PASSWORD|SECRET|KEY|TOKEN|BUCKET)S?$|^(PG|POSTGRES|DB_|DATABASE_|REDIS_|AWS_)"
)
MAX_VARIABLES = 4
MAX_STEPS = 30_000


def django_debug_env(project: Project) -> Fact:
    """`NAME=value` that turns DEBUG off; "" if it is off anyway or no variable decides.

    Also if it is turned off only later, because settings computed before saw it on; and the name of production, if the
    settings do not load without the variable that names the environment.
    """
    module = str(project.fact("django_settings_module").value)
    if project.fact("django_configuration").value:
        return Fact("")
    run, read = project.read_settings(module)
    if read is None or ("DEBUG" not in read.names and not run.choices):
        return Fact("")
    place = read.places.get("DEBUG")
    evidence = (place,) if place else ()
    off_in_the_end, package = _off(read), _package_with_debug(run, module)
    if off_in_the_end and not package and not _on_before(read):
        return _named_environment(project, run, module) or Fact("", evidence)
    if off_in_the_end and not package:
        variables = _on_the_lines_of_debug(project, run, read)
    else:
        variables = _deciding(project, run, package or read)
    for variable in variables:
        _, open_ended = project.read_settings(module, {variable: GAP})
        if open_ended and truth(open_ended.names.get("DEBUG")) is True and "DEBUG" not in open_ended.undecided:
            continue  # whatever its value, DEBUG stays on
        deployed = value_named(project, variable)
        about_debug = any(word in variable.upper() for word in ("DEBUG", "DEV"))
        names_it = any(word in variable.upper() for word in ENVIRONMENTS)
        ordered = (
            OFF_VALUES
            if about_debug
            else (*(NAMES if names_it else ()), *ON_VALUES, *_compared(project, run), *NAMES, *OFF_VALUES)
        )
        for value in dict.fromkeys([deployed, *ordered] if deployed else ordered):
            if project.steps > MAX_STEPS:
                return Fact("", evidence)
            with_value, other = project.read_settings(module, {variable: value})
            if variable in with_value.required or (run.choices and other is not None and "DEBUG" not in other.names):
                continue  # the settings refuse this value, or choose nothing by it
            if other is None or not _off(other) or _package_with_debug(with_value, module):
                continue
            if package or not (off_in_the_end and _on_before(other)):
                return Fact(f"{variable}={value}", evidence)
    return _named_environment(project, run, module) or Fact("", evidence)


def _named_environment(project: Project, run: Run, module: str) -> Fact | None:
    """`NAME=production` where that variable has no default, and the settings compare something with this name.

    Or where its default chooses a file for development, and there is one for production. Or `NAME=value` as a deployment
    file sets it, where the settings without it import a file of one machine.
    """
    for variable in dict.fromkeys(one.variable for one in run.reads) if run.absent else ():
        value = value_named(project, variable)
        other_run, other = project.read_settings(module, {variable: value}) if value else (run, None)
        if other is not None and not other_run.absent and _off(other):
            place = next(one.place for one in run.reads if one.variable == variable)
            return Fact(f"{variable}={value}", (place,))
    for folder, variables in run.choices.items():
        chosen = {path for path in run.modules if parent(path) == folder and _kind_of_file(path) == "development"}
        names = [name for name in _to_choose(project, folder) if kind_of(f"settings.{name}") == "production"]
        for variable, value in itertools.product(sorted(variables), names if chosen else ()):
            other_run, other = project.read_settings(module, {variable: value})
            if variable not in other_run.required and not chosen & set(other_run.modules) and other and _off(other):
                return Fact(
                    f"{variable}={value}", tuple(one.place for one in run.reads if one.variable == variable)[:1]
                )
    compared = _compared(project, run)
    for variable, place in run.required.items():
        if not any(word in variable.upper() for word in ENVIRONMENTS):
            continue
        for value in (name for name in NAMES if name in compared):
            _, other = project.read_settings(module, {variable: value})
            if other is not None and _off(other):
                return Fact(f"{variable}={value}", (place,))
    return None


def _off(read: Module) -> bool:
    return truth(read.names.get("DEBUG")) is False and "DEBUG" not in read.undecided


def _package_with_debug(run: Run, module: str) -> Module | None:
    """A package around the settings that chooses those of development for itself; importing the module imports it too."""
    around = (one for one in run.modules.values() if module.startswith(f"{one.dotted}."))
    return next((one for one in around if truth(one.names.get("DEBUG")) is True), None)


def _on_before(read: Module) -> bool:
    """Whether DEBUG was on at some line."""
    return any(truth(value) is True for value, _, _ in read.possible.get("DEBUG", []))


def _on_the_lines_of_debug(project: Project, run: Run, read: Module) -> list[str]:
    """The variables that are read where DEBUG is set."""
    lines = {(place.path, place.line) for _, place, _ in read.possible.get("DEBUG", []) if place}
    found = {one.variable for one in run.reads if (one.place.path, one.place.line) in lines}
    return _to_try(project, nearest_first(project, read, "DEBUG", found))


def _deciding(project: Project, run: Run, read: Module) -> list[str]:
    """The variables that DEBUG depends on: those that a deployment file sets, those of its value, those named for it."""
    behind = deciding(project, run, read, "DEBUG")
    likely = [
        one.variable
        for one in run.reads
        if any(word in one.variable.upper() for word in ("DEBUG", "ENV", "PROD", "DEV", "STAGE", "MODE", "SETTINGS"))
    ]
    line = read.places.get("DEBUG") or Evidence("", None, "")
    same_line = {one.variable for one in run.reads if one.place.path == line.path and one.place.line == line.line}
    choosing = sorted(frozenset[str]().union(*run.choices.values()))
    return _to_try(project, [*behind, *choosing, *nearest_first(project, read, "DEBUG", same_line), *likely])


def _to_try(project: Project, names: list[str]) -> list[str]:
    """Those that a deployment file sets first, without the owner's."""
    said = (name for name in dict.fromkeys(names) if name != "DJANGO_SETTINGS_MODULE")
    left = [name for name in said if "DEBUG" in name.upper() or not _OF_THE_OWNER.search(name.upper())]
    return sorted(left, key=lambda name: not value_named(project, name))[:MAX_VARIABLES]


def _compared(project: Project, run: Run) -> list[str]:
    """Strings that the settings compare with, after the names of files that they choose from."""
    found = [name for folder in run.choices for name in _to_choose(project, folder)]
    for path in list(run.modules)[:8]:
        tree = project.repository.tree(path)
        for node in ast.walk(tree) if tree else ():
            parts = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            parts += [node.value] if isinstance(node, ast.MatchValue) else []
            for part in parts:
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and known(part.value):
                    found.append(part.value)
    return list(dict.fromkeys(found))[:8]


def _kind_of_file(path: str) -> str:
    return kind_of(f"settings.{path.rpartition('/')[2].removesuffix('.py')}")


def _to_choose(project: Project, folder: str) -> list[str]:
    """Names of Python files in a folder, without those for development; those named for production first."""
    names = [file.removesuffix(".py") for file in project.repository.listing(folder).files if file.endswith(".py")]
    kinds = {name: kind_of(f"settings.{name}") for name in sorted(names) if name != "__init__"}
    left = (name for name, kind in kinds.items() if kind != "development")
    return sorted(left, key=lambda name: kinds[name] != "production")


def production_environment(project: Project) -> dict[str, str]:
    """The variables that select the settings' production branch."""
    pair = str(project.fact("django_debug_env").value or "")
    name, separator, value = pair.partition("=")
    return {name: value} if separator else {}
