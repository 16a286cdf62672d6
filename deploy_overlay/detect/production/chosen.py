"""Database engines in code that chooses one: `ALL[os.environ["ENV"]]`, `A if HOST else B`, a branch that sets ENGINE."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...base.evidence import Evidence
from ..project import Project
from ..settings import Module
from .branching import OTHER, Side, side_of, side_of_place, side_of_test

# https://github.com/jazzband/dj-database-url#url-schema and https://docs.djangoproject.com/en/stable/ref/settings/#engine
ENGINES = (
    ("postgresql", ("postgres", "postgis", "pgsql", "cockroach", "timescale", "redshift", "psycopg")),
    ("mysql", ("mysql", "mariadb")),
    ("oracle", ("oracle",)),
    ("sqlite", ("sqlite", "spatialite")),
)
_ENGINE = re.compile(
    r"^(django\.(contrib\.gis\.)?db\.backends\.\w+|[\w.]*\bbackends?\.\w+[\w.]*|(postgres(ql)?|postgis|mysql2?|mysqlgis|sqlite3?|spatialite|oracle|oraclegis)://.*)"
)


def family(engine: str) -> str:
    """ "postgresql", "mysql", "oracle", "sqlite" or "" for an ENGINE or the scheme of a URL."""
    text = engine.lower().partition("://")[0]
    return next((name for name, words in ENGINES if any(word in text for word in words)), "")


def is_engine(text: str) -> bool:
    """Whether a string in settings is an engine, and not a cache backend."""
    if not _ENGINE.match(text) or not family(text):
        return False
    return not re.search(r"cache|session|email|storage|celery|broker|auth", text)


MAX_FOLLOWED = 20  # names that lead from one expression to another


def chosen_engines(project: Project, read: Module, places: list[Evidence]) -> list[tuple[str, Evidence, Side]]:
    """Engines that expressions at these places choose among, and those that only a branch sets."""
    found: list[tuple[str, Evidence, Side]] = []
    followed: set[str] = set()
    for place in dict.fromkeys(places):
        around = side_of_place(project, place)
        for expression in _assigned(project, place):
            for engine, line, side in _among(project, read, _default_of(expression), around, followed, chosen=False):
                found.append((engine, Evidence(place.path, line, engine), side))
    for path in dict.fromkeys([read.path, *(place.path for place in places)]):
        for node in _nodes(project, path):
            if isinstance(node, ast.Assign) and _sets_engine(node.targets[0]) and isinstance(node.value, ast.Constant):
                place = Evidence(path, node.lineno, ast.unparse(node)[:80])
                if is_engine(str(node.value.value)) and side_of_place(project, place) != "development":
                    found.append((str(node.value.value), place, side_of_place(project, place)))
    return found


def _nodes(project: Project, path: str) -> Iterator[ast.AST]:
    tree = project.repository.tree(path)
    return ast.walk(tree) if tree else iter(())


def _assigned(project: Project, place: Evidence) -> Iterator[ast.expr]:
    for node in _nodes(project, place.path):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.lineno == place.line and node.value is not None:
            yield node.value


def _default_of(expression: ast.expr) -> ast.expr:
    if isinstance(expression, ast.Dict):
        for key, value in zip(expression.keys, expression.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "default":
                return value
    return expression


def _among(
    project: Project, read: Module, node: ast.expr, side: Side, followed: set[str], *, chosen: bool
) -> Iterator[tuple[str, int, Side]]:
    """Engines among an expression's possible values, if it chooses one; the rest is read anyway."""

    def each(part: ast.expr, near: Side, *, chosen: bool = True) -> Iterator[tuple[str, int, Side]]:
        return _among(project, read, part, near, followed, chosen=chosen)

    if isinstance(node, ast.Constant):
        if chosen and isinstance(node.value, str) and len(node.value) < 200 and is_engine(node.value):
            yield node.value, node.lineno, side
    elif isinstance(node, ast.IfExp):
        said = side_of_test(node.test)
        yield from each(node.body, said or side)
        yield from each(node.orelse, OTHER[said] or side)
    elif isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
        yield from each(node.value, side)
    elif isinstance(node, ast.Call):
        getter = isinstance(node.func, ast.Attribute) and node.func.attr == "get" and len(node.args) > 0
        if getter and isinstance(node.func, ast.Attribute) and not isinstance(node.args[0], ast.Constant):
            yield from each(node.func.value, side)
            for argument in node.args[1:]:
                yield from each(argument, side)
        for place, returned in _returned(project, read, node, followed):
            yield from each(returned, side_of_place(project, place) or side)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            named = str(key.value) if isinstance(key, ast.Constant) else ""
            yield from each(value, (side_of(named) if chosen else "") or side, chosen=chosen)
    elif isinstance(node, ast.Name) and node.id not in followed and len(followed) < MAX_FOLLOWED:
        followed.add(node.id)
        places = [read.places[node.id]] if node.id in read.places else []
        places += [place for _, place, _ in read.possible.get(node.id, [])]
        for place in dict.fromkeys(places):
            for expression in _assigned(project, place):
                yield from each(expression, side_of_place(project, place) or side, chosen=chosen)


def _returned(
    project: Project, read: Module, call: ast.Call, followed: set[str]
) -> Iterator[tuple[Evidence, ast.expr]]:
    """What a function of the same file may return."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if not name or f"{name}()" in followed or len(followed) >= MAX_FOLLOWED:
        return
    followed.add(f"{name}()")
    for node in _nodes(project, read.path):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield Evidence(read.path, inner.lineno, name), inner.value


def _sets_engine(target: ast.expr) -> bool:
    """`DATABASES["default"]["ENGINE"] = ...`"""
    return bool(re.fullmatch(r"DATABASES\[.default.\]\[.ENGINE.\]", ast.unparse(target)))


def imported_beside(project: Project, place: Evidence, final: Evidence) -> bool:
    """Whether a branch imports here what the other branch imports from the file of the final value."""
    stem = final.path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
    for node in _nodes(project, place.path):
        if isinstance(node, ast.If) and node.lineno <= (place.line or 0) <= (node.end_lineno or 0):
            imports = [part for part in ast.walk(node) if isinstance(part, ast.ImportFrom)]
            lines = {part.lineno for part in imports}
            if place.line in lines and any((part.module or "").rpartition(".")[2] == stem for part in imports):
                return True
    return False
