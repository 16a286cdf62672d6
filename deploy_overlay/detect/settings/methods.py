"""Methods of strings, lists, dictionaries, paths and readers of the environment."""

from __future__ import annotations

import ast
from typing import Any

from .environment import is_environment, read_with, unset_of
from .frame import Frame
from .namespaces import set_global
from .opened_files import note_opening
from .values import (
    GAP,
    MAX_ITEMS,
    MAX_TEXT,
    UNKNOWN,
    EnvReader,
    FileText,
    Instance,
    Method,
    RepoPath,
    as_text,
    known,
    list_items,
)

LARGEST_REPLACED = 1_000_000  # characters


def call_method(method: Method, args: list[Any], kwargs: dict[str, Any], node: ast.Call, frame: Frame) -> Any:
    owner, name = method.owner, method.name
    if isinstance(owner, EnvReader):
        return read_with(owner, name, args, kwargs, node, frame)
    if isinstance(owner, RepoPath):
        if name in ("resolve", "absolute", "as_posix", "expanduser", "__str__"):
            return owner
        if name in ("read_text", "read_bytes", "open"):
            note_opening([owner, *(args if name == "open" else [])], {}, node, frame, len(frame.run.reads))
            return FileText(owner.path, name == "open")
        if name == "replace" and args and args[0] in ("\\", "\\\\"):
            return owner  # a path of Windows written with slashes
        if name == "ancestor" and args and isinstance(args[0], int):
            return owner.ancestor(args[0])
        texts = [part for part in args if isinstance(part, str) and known(part)]
        # `path` of django-environ, `child` of Unipath
        return owner.joined(*texts) if name in ("joinpath", "path", "child") and len(texts) == len(args) else UNKNOWN
    if isinstance(owner, Instance):
        listed = {option: names for option, names in kwargs.items() if isinstance(names, list)}
        return {
            key: value
            for key, value in owner.attributes.items()
            if key in listed.get("include", [key]) and key not in listed.get("exclude", [])
        }
    if isinstance(owner, FileText):
        return FileText(owner.path) if owner.is_open and name == "read" else UNKNOWN
    if isinstance(owner, str):
        return _text_method(owner, name, args, kwargs)
    if isinstance(owner, list):
        if name in ("difference", "issubset") and args and is_environment(args[0]):
            unset = unset_of(owner, frame, node)
            return unset if name == "difference" or not isinstance(unset, list) else not unset
        return _list_method(owner, name, args)
    if isinstance(owner, dict):
        if owner is frame.module.names and name == "update":
            for key, value in {**(args[0] if args and isinstance(args[0], dict) else {}), **kwargs}.items():
                set_global(key, value, _origins(key, value, node, frame), node, frame)
            return None
        return _dict_method(owner, name, args, kwargs)
    return UNKNOWN


def _origins(key: Any, value: Any, node: ast.Call, frame: Frame) -> frozenset[str]:
    """The variables behind a name that comes from an object's attribute: `globals().update(settings.model_dump())`."""
    for part in ast.walk(node):
        owner = frame.instance_at(part) if isinstance(part, (ast.Name, ast.Attribute)) else None
        if owner is not None and owner.attributes.get(key) is value and key in owner.origins:
            return owner.origins[key]
    return frozenset()


def _text_method(text: str, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    if name == "format":
        for position, value in enumerate(args):
            text = text.replace("{}", as_text(value), 1).replace(f"{{{position}}}", as_text(value))[:MAX_TEXT]
        for key, value in kwargs.items():
            text = text.replace(f"{{{key}}}", as_text(value))[:MAX_TEXT]
        return text
    if name == "join":
        items = args[0] if args and isinstance(args[0], (list, tuple)) else [GAP]
        return text.join(as_text(item) for item in items)[:MAX_TEXT]
    plain = all(isinstance(part, (str, int)) and known(part) for part in args)
    if not known(text) or not plain or (name in ("split", "rsplit") and args and args[0] == ""):
        return UNKNOWN
    if name in ("lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "split", "rsplit", "startswith",
                "endswith", "replace", "isdigit", "partition", "rpartition", "removeprefix", "removesuffix",
                "splitlines", "casefold", "isupper", "isidentifier"):  # fmt: skip
        if name == "replace" and len(text) * max(len(str(part)) for part in (*args, "")) > LARGEST_REPLACED:
            return UNKNOWN  # put into itself again and again it would fill the memory
        try:
            return getattr(text, name)(*args)
        except (TypeError, ValueError):
            return UNKNOWN
    return UNKNOWN


def _list_method(items: list[Any], name: str, args: list[Any]) -> Any:
    if name == "append" and args:
        items.append(args[0])
    elif name == "extend" and args and isinstance(args[0], (list, tuple, set)):
        items.extend(list_items(args[0])[: max(0, MAX_ITEMS - len(items))])
    elif name == "insert" and len(args) == 2:
        items.insert(args[0] if isinstance(args[0], int) else 0, args[1])
    elif name == "remove" and args and known(args[0]) and args[0] in items:
        items.remove(args[0])
    elif name == "copy":
        return list(items)
    return None if name in ("append", "extend", "insert", "remove") else UNKNOWN


def _dict_method(mapping: dict[Any, Any], name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    if name in ("get", "setdefault", "pop") and args and known(args[0]):
        default = args[1] if len(args) > 1 else None
        return mapping.setdefault(args[0], default) if name == "setdefault" else mapping.get(args[0], default)
    if name == "update":
        mapping.update(args[0] if args and isinstance(args[0], dict) else {})
        mapping.update(kwargs)
        return None
    if name == "copy":
        return dict(mapping)
    if name in ("keys", "values", "items"):
        return [list(pair) if name == "items" else pair for pair in list(getattr(mapping, name)())]
    return UNKNOWN
