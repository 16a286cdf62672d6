"""Settings kept in classes: django-configurations and pydantic-settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from .environment import MISSING, convert, read_setting, read_variable
from .frame import Frame, Run
from .values import ITEMS_PER_STEP, UNKNOWN, ClassValue, External, Instance, Module, Setting


def configuration_classes(module: Module) -> list[str]:
    """Names of the django-configurations classes in a settings module, in order."""
    return [name for name, value in module.names.items() if isinstance(value, ClassValue) and _is_configuration(value)]


def _is_configuration(value: ClassValue) -> bool:
    """Whether the class is one of django-configurations, directly or through its bases."""
    return any(base.dotted.startswith("configurations.") for base in outer_bases(value))


def _is_pydantic(value: ClassValue) -> bool:
    return any(
        base.dotted.rpartition(".")[2] in ("BaseSettings", "PydanticBaseSettings") for base in outer_bases(value)
    )


def _is_model(value: ClassValue) -> bool:
    return any(base.dotted.rpartition(".")[2] == "BaseModel" for base in outer_bases(value))


def outer_bases(value: ClassValue) -> Iterator[External]:
    """The classes of libraries that a class of the project is built on."""
    for one in _lineage(value):
        yield from (base for base in one.bases if isinstance(base, External))


def _lineage(value: ClassValue) -> list[ClassValue]:
    """The class and its bases in the project, each once, overridden ones first."""
    order: dict[int, ClassValue] = {}
    todo = [(value, False)]
    while todo:
        one, after_its_bases = todo.pop()
        if after_its_bases:
            order.setdefault(id(one), one)
        elif id(one) not in order:
            todo.append((one, True))
            todo += [(base, False) for base in one.bases if isinstance(base, ClassValue)]
    return list(order.values())


def read_configuration(run: Run, value: ClassValue) -> Module:
    """The settings in a configuration class, each read from the environment of the run."""
    merged = Module(value.module.path, value.node.name)
    frame = Frame(run, value.module, value.module.names)
    with run.bounded(value.module.path):
        for one in _lineage(value):
            _read_body(one, merged, frame)
    _settle(merged, frame)
    return merged


def _read_body(value: ClassValue, merged: Module, frame: Frame) -> None:
    names = value.module.names
    frame.run.step(len(names) // ITEMS_PER_STEP)
    body = Module(value.module.path, value.node.name, names=dict(names), origins=dict(value.module.origins))
    Frame(frame.run, body, body.names, frame.certain).run_block(value.node.body)
    for name, place in body.places.items():
        if name in body.names and (name not in names or name.isupper()):
            merged.names[name] = body.names[name]
            merged.places[name] = place
            merged.origins[name] = body.origins.get(name, frozenset())


def _settle(module: Module, frame: Frame) -> None:
    """Replace each django-configurations value with its value from the environment."""
    for name, value in list(module.names.items()):
        if not isinstance(value, Setting):
            continue
        place = module.places.get(name)
        node = ast.Pass(lineno=place.line if place and place.line else 1, col_offset=0)
        inner = Frame(frame.run, Module(place.path if place else module.path, ""), {}, frame.certain)
        module.names[name], variable = read_setting(value, name, node, inner)
        module.origins[name] = frozenset({variable})


def instantiate(value: ClassValue, node: ast.Call, frame: Frame) -> Any:
    """An instance of a class. For pydantic-settings, its fields are variables; other instances are unknown."""
    if not _is_pydantic(value):
        return UNKNOWN
    given = {keyword.arg for keyword in node.keywords}
    read = Instance({})
    delimiter = _said(value.node, "env_nested_delimiter")
    lineage = _lineage(value)
    prefixes = {id(value): _prefix(value.node)}
    for one in reversed(lineage):
        for base in one.bases:
            if isinstance(base, ClassValue):  # without a prefix of its own it has that of the class built on it
                prefixes.setdefault(id(base), _prefix(base.node) or prefixes[id(one)])
    for one in lineage:
        _read_fields(read, one, frame, given, prefixes[id(one)], delimiter)
    return read


def _read_fields(
    read: Instance, value: ClassValue, frame: Frame, given: set[str | None], prefix: str, delimiter: str
) -> None:
    """Reads each field's variable into `read`: prefix and upper-cased name unless an alias is given.

    With a delimiter, each field of a model in it has a variable of its own: PREFIX_DATABASE__HOST.
    https://docs.pydantic.dev/latest/concepts/pydantic_settings/#environment-variable-names
    https://docs.pydantic.dev/latest/concepts/pydantic_settings/#parsing-environment-variable-values
    """
    inner = Frame(frame.run, value.module, dict(value.module.names), frame.certain)
    for statement in value.node.body:
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        name = statement.target.id
        if name in given or name == "model_config" or "ClassVar" in ast.unparse(statement.annotation):
            continue
        default, alias = _default(statement.value, inner)
        cast = "bool" if ast.unparse(statement.annotation).startswith("bool") else ""
        variable = alias or (prefix + name).upper()
        nested = inner.evaluate(statement.annotation) if isinstance(statement.annotation, ast.Name) else None
        if delimiter and isinstance(nested, ClassValue) and _is_model(nested):
            model = Instance({})
            for one in _lineage(nested):
                _read_fields(model, one, frame, set(), variable + delimiter, delimiter)
            read.attributes[name] = model
            read.origins[name] = frozenset().union(*model.origins.values())
            continue
        read.attributes[name] = convert(read_variable(inner, variable, statement, default), cast)
        read.origins[name] = frozenset({variable})


def _default(node: ast.expr | None, frame: Frame) -> tuple[Any, str | None]:
    if node is None:
        return MISSING, None
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Field":
        alias: str | None = None
        default: Any = MISSING
        if node.args and not (isinstance(node.args[0], ast.Constant) and node.args[0].value is ...):
            default = frame.evaluate(node.args[0])
        for keyword in node.keywords:
            if keyword.arg in ("env", "alias", "validation_alias"):
                given = frame.evaluate(keyword.value)
                alias = given if isinstance(given, str) else alias
            elif keyword.arg in ("default", "default_factory"):
                default = frame.evaluate(keyword.value)
        return default, alias
    return frame.evaluate(node), None


def _prefix(node: ast.ClassDef) -> str:
    return _said(node, "env_prefix")


def _said(node: ast.ClassDef, option: str) -> str:
    """The text of an option of pydantic-settings, however it is written; "" for none."""
    for part in ast.walk(node):
        if isinstance(part, ast.keyword) and part.arg == option and isinstance(part.value, ast.Constant):
            return str(part.value.value)
        if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == option:
            return str(part.value.value) if isinstance(part.value, ast.Constant) else ""
        if isinstance(part, ast.Dict):
            for key, item in zip(part.keys, part.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == option and isinstance(item, ast.Constant):
                    return str(item.value)
    return ""
