"""Reads what a setup.cfg or setup.py says that a project depends on, without running it.

https://setuptools.pypa.io/en/latest/userguide/dependency_management.html
"""

from __future__ import annotations

import ast
import configparser
from collections.abc import Iterator, Mapping

from .evidence import Evidence
from .requirements import Requirement, canonical, parse


def setup_cfg_requirements(text: str, path: str = "setup.cfg") -> list[Requirement]:
    """`install_requires` and, with their extra as group, `extras_require`; [] for what is no INI file."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    found = list(_of_lines(parser.get("options", "install_requires", fallback=""), "", text, path))
    if parser.has_section("options.extras_require"):
        for extra, lines in parser.items("options.extras_require"):
            found += _of_lines(lines, extra, text, path)
    return found


def setup_py_requirements(text: str, path: str = "setup.py") -> list[Requirement]:
    """The same of a call of `setup`, as far as its lists are written there or in a name that is assigned once."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return []
    names: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            names[statement.targets[0].id] = statement.value
    found: list[Requirement] = []
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] == "setup"):
            continue
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        found += _of_values(_texts(keywords.get("install_requires"), names), "", path)
        extras = _resolved(keywords.get("extras_require"), names)
        for key, value in zip(extras.keys, extras.values, strict=True) if isinstance(extras, ast.Dict) else ():
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                found += _of_values(_texts(value, names), key.value, path)
    return found


def _of_lines(lines: str, extra: str, text: str, path: str) -> Iterator[Requirement]:
    numbers = {line.strip(): number for number, line in enumerate(text.split("\n"), 1)}
    values = [(line.strip(), numbers.get(line.strip(), 1)) for line in lines.split("\n") if line.strip()]
    yield from _of_values(values, extra, path)


def _of_values(values: list[tuple[str, int]], extra: str, path: str) -> Iterator[Requirement]:
    for written, line in values:
        requirement = parse(written.partition(" #")[0], Evidence(path, line, written))
        if requirement:
            yield requirement._replace(group=f"extra {canonical(extra)}" if extra else "")


def _resolved(value: ast.expr | None, names: Mapping[str, ast.expr]) -> ast.expr | None:
    return names.get(value.id) if isinstance(value, ast.Name) else value


def _texts(value: ast.expr | None, names: Mapping[str, ast.expr]) -> list[tuple[str, int]]:
    value = _resolved(value, names)
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        return _texts(value.left, names) + _texts(value.right, names)
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return [(line.strip(), value.lineno) for line in value.value.split("\n") if line.strip()]
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        return [
            (item.value, item.lineno)
            for item in value.elts
            if isinstance(item, ast.Constant) and isinstance(item.value, str)
        ]
    return []
