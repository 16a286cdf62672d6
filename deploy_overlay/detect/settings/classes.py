"""Settings kept in classes: django-configurations and pydantic-settings."""

from __future__ import annotations

import ast
from typing import Any

from .environment import MISSING, convert, read_variable
from .frame import Frame, Run
from .values import UNKNOWN, ClassValue, External, Instance, Module, Setting


def is_configuration(value: Any) -> bool:
    """Whether the class is one of django-configurations, directly or through its bases."""
    if isinstance(value, External):
        return value.dotted.startswith("configurations.")
    return isinstance(value, ClassValue) and any(is_configuration(base) for base in value.bases)


def configuration_classes(module: Module) -> list[str]:
    """Names of the django-configurations classes in a settings module, in order."""
    return [name for name, value in module.names.items() if isinstance(value, ClassValue) and is_configuration(value)]


def read_configuration(run: Run, value: ClassValue) -> Module:
    """The settings in a configuration class, each read from the environment of the run."""
    frame = Frame(run, value.module, value.module.names)
    module = _read_class(value, frame)
    _settle(module, frame)
    return module


def is_pydantic(value: Any) -> bool:
    if isinstance(value, External):
        return value.dotted.rpartition(".")[2] in ("BaseSettings", "PydanticBaseSettings")
    return isinstance(value, ClassValue) and any(is_pydantic(base) for base in value.bases)


def _read_class(value: ClassValue, frame: Frame) -> Module:
    """The attributes of a class, its bases first; the values of django-configurations are read from the environment."""
    merged = Module(value.module.path, value.node.name)
    for base in reversed(value.bases):
        if isinstance(base, ClassValue):
            inherited = _read_class(base, frame)
            merged.names.update(inherited.names)
            merged.places.update(inherited.places)
            merged.origins.update(inherited.origins)
    body = Module(value.module.path, value.node.name, names=dict(value.module.names), origins=value.module.origins)
    outside = set(body.names)
    inner = Frame(frame.run, body, body.names, frame.certain)
    inner.run_block(value.node.body)
    for name, place in body.places.items():
        if name in body.names and (name not in outside or name.isupper()):
            merged.names[name] = body.names[name]
            merged.places[name] = place
    return merged


def _settle(module: Module, frame: Frame) -> None:
    """Replace each django-configurations value by what it reads from the environment."""
    for name, value in list(module.names.items()):
        if not isinstance(value, Setting):
            continue
        place = module.places.get(name)
        node = ast.Pass(lineno=place.line if place and place.line else 1, col_offset=0)
        inner = Frame(frame.run, Module(place.path if place else module.path, ""), {}, frame.certain)
        is_url = value.kind in ("DatabaseURLValue", "CacheURLValue", "EmailURLValue", "SearchURLValue")
        url_name = value.kind.removesuffix("URLValue").upper() + "_URL"
        variable = value.name or (url_name if is_url else name)
        if value.prefix and not is_url:
            variable = f"{value.prefix}_{variable}"
        default = MISSING if value.required else (None if value.default is MISSING else value.default)
        cast = {"BooleanValue": "bool", "ListValue": "list", "IntegerValue": "int"}.get(value.kind, "")
        module.names[name] = read_variable(inner, variable, node, default, cast)
        module.origins[name] = frozenset({variable})


def instantiate(value: ClassValue, node: ast.Call, frame: Frame) -> Any:
    """An object of a class: of pydantic-settings one whose fields are variables, else one that is not known."""
    if not is_pydantic(value):
        return UNKNOWN
    given = {keyword.arg for keyword in node.keywords}
    read = Instance({})
    _read_fields(read, value, frame, given, "")
    return read


def _read_fields(read: Instance, value: ClassValue, frame: Frame, given: set[str | None], prefix: str) -> None:
    """Reads each field's variable into `read`: prefix and upper-cased name unless an alias is given.

    Source: https://docs.pydantic.dev/latest/concepts/pydantic_settings/#environment-variable-names
    """
    prefix = _prefix(value.node) or prefix
    for base in value.bases:
        if isinstance(base, ClassValue):
            _read_fields(read, base, frame, given, prefix)
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
    for part in ast.walk(node):
        if isinstance(part, ast.keyword) and part.arg == "env_prefix" and isinstance(part.value, ast.Constant):
            return str(part.value.value)
        if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == "env_prefix":
            return str(part.value.value) if isinstance(part.value, ast.Constant) else ""
        if isinstance(part, ast.Dict):
            for key, item in zip(part.keys, part.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "env_prefix" and isinstance(item, ast.Constant):
                    return str(item.value)
    return ""
