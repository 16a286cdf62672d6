"""The environment as code reads and sets it: os.environ, django-environ, environs, python-decouple."""

from __future__ import annotations

import ast
from typing import Any

from .frame import ABSENT, Frame, Read, SettingsName
from .values import GAP, UNKNOWN, DatabaseUrl, EnvReader, External, Setting, as_text, known

MISSING = object()
ENVIRONMENTS = {"os.environ", "environ.Env.ENVIRON", "environ.Env.environ", "os.environb"}

# https://django-environ.readthedocs.io/en/latest/types.html and https://github.com/sloria/environs#supported-types
URL_VARIABLES = {
    "db": "DATABASE_URL", "db_url": "DATABASE_URL", "dj_db_url": "DATABASE_URL", "cache": "CACHE_URL",
    "cache_url": "CACHE_URL", "dj_cache_url": "CACHE_URL", "email": "EMAIL_URL", "email_url": "EMAIL_URL",
    "dj_email_url": "EMAIL_URL", "search_url": "SEARCH_URL", "channels": "CHANNELS_URL", "channels_url": "CHANNELS_URL",
}  # fmt: skip
DATABASE_METHODS = ("db", "db_url", "dj_db_url")
CAST_METHODS = {
    "str", "unicode", "bytes", "bool", "int", "float", "decimal", "json", "list", "tuple", "dict", "url", "path",
    "log_level", "date", "datetime", "timedelta", "uuid", "enum", "yaml", "file", "get_value",
}  # fmt: skip
TRUE_WORDS = {"true", "t", "yes", "y", "ok", "on", "1"}


def read_variable(frame: Frame, name: Any, node: ast.AST, default: Any = MISSING, cast: str = "") -> Any:
    """The value of a variable in the environment of this run.

    Raises MissingVariable when it is not set, has no default, and a surrounding `try` handles that.
    """
    if not isinstance(name, str) or GAP in name or not name:
        return UNKNOWN if default is MISSING else default
    run = frame.run
    place = frame.place(node, f"reads {name}")
    run.reads.append(Read(name, None if default is MISSING else default, place))
    if name in run.environment:
        return convert(run.environment[name], cast)
    if default is not MISSING:
        return convert(default, cast)
    frame.fail(name, node, ABSENT)
    return UNKNOWN


def read_setting(setting: Setting, attribute: str, node: ast.AST, frame: Frame) -> tuple[Any, str]:
    """A django-configurations value of this attribute of a class, and the name of its variable."""
    is_url = setting.kind in ("DatabaseURLValue", "CacheURLValue", "EmailURLValue", "SearchURLValue")
    url_name = setting.kind.removesuffix("URLValue").upper() + "_URL"
    variable = setting.name or (url_name if is_url else attribute)
    if setting.prefix and not is_url:
        variable = f"{setting.prefix}_{variable}"
    default = MISSING if setting.required else (None if setting.default is MISSING else setting.default)
    cast = {"BooleanValue": "bool", "ListValue": "list", "IntegerValue": "int"}.get(setting.kind, "")
    return read_variable(frame, variable, node, default, cast), variable


def unset_of(names: Any, frame: Frame, node: ast.AST) -> Any:
    """Those of the names that are not in the environment: `NAMES - os.environ.keys()`."""
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) and known(name) for name in names):
        return UNKNOWN
    return [name for name in names if read_variable(frame, name, node, None) is None]


def is_environment(value: Any) -> bool:
    return isinstance(value, External) and value.dotted in ENVIRONMENTS


def set_variable(frame: Frame, name: Any, value: Any, assigned: bool, node: ast.AST) -> None:
    """The code sets an environment variable."""
    if name == "DJANGO_SETTINGS_MODULE":
        place = frame.place(node, "names the settings module")
        frame.run.settings_names.append(SettingsName(value, assigned, frame.certain, place))
    elif name == "DJANGO_CONFIGURATION" and isinstance(value, str) and known(value):
        frame.run.configurations.setdefault(value, frame.place(node, "names the configuration"))
    elif frame.certain and isinstance(name, str) and value is not None:
        if assigned:
            frame.run.environment[name] = as_text(value)
        else:
            frame.run.environment.setdefault(name, as_text(value))


def convert(value: Any, cast: str) -> Any:
    """A string, converted as the library would; other values are unchanged."""
    if not isinstance(value, str) or not known(value):
        return value
    if cast == "bool":
        return value.strip().lower() in TRUE_WORDS
    if cast == "list":
        return [part.strip() for part in value.split(",") if part.strip()]
    if cast == "int":
        try:
            return int(value)
        except ValueError:
            return UNKNOWN
    return value


def read_with(
    reader: EnvReader, method: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call, frame: Frame
) -> Any:
    """The result of `env(...)`, `env.bool(...)`, `env.db(...)`, `config(...)` for the reader's library."""
    if method in URL_VARIABLES and reader.library != "decouple":
        return _read_url(reader, method, args, kwargs, node, frame)
    if method not in CAST_METHODS and method not in ("", "get"):
        return UNKNOWN
    name = args[0] if args else kwargs.get("var", kwargs.get("name", kwargs.get("option", UNKNOWN)))
    if isinstance(name, str):
        name = reader.prefix + name
    cast = method if method not in ("", "get", "get_value") else _cast_name(kwargs.get("cast"))
    default = kwargs.get("default", MISSING)
    if len(args) > 1:
        # env("X", bool) is a cast for django-environ; everywhere else the second argument is the default.
        if reader.library == "environ" and method in ("", "get_value", "list", "tuple", "dict"):
            cast = cast or _cast_name(args[1])
            default = args[2] if len(args) > 2 else default
        else:
            default = args[1]
            cast = cast or (_cast_name(args[2]) if len(args) > 2 else "")
    if isinstance(name, str) and name in reader.scheme:
        declared, declared_default = reader.scheme[name]
        cast = cast or declared
        if default is MISSING:
            default = declared_default
    return read_variable(frame, name, node, default, cast)


def _read_url(
    reader: EnvReader, method: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call, frame: Frame
) -> Any:
    name = args[0] if args else kwargs.get("var", kwargs.get("name", URL_VARIABLES[method]))
    default = kwargs.get("default", args[1] if len(args) > 1 else MISSING)
    if default is MISSING and name in reader.scheme:
        default = reader.scheme[name][1]
    if isinstance(name, str):
        name = reader.prefix + name
    value = read_variable(frame, name, node, default)
    if method in DATABASE_METHODS:
        return DatabaseUrl(name if isinstance(name, str) else None, value if isinstance(value, str) else "")
    return UNKNOWN


def _cast_name(cast: Any) -> str:
    dotted = getattr(cast, "dotted", "")
    if isinstance(cast, list):
        return "list"
    name = dotted.rpartition(".")[2]
    return {"Csv": "list", "strtobool": "bool", "BooleanType": "bool"}.get(name, name)


def scheme_of(kwargs: dict[str, Any]) -> dict[str, tuple[str, Any]]:
    """The casts and defaults of Env(DEBUG=(bool, False), NAME=str)."""
    scheme: dict[str, tuple[str, Any]] = {}
    for name, declared in kwargs.items():
        if isinstance(declared, tuple) and len(declared) > 1:  # django-smart-env adds development's default and more
            scheme[name] = (_cast_name(declared[0]), declared[1])
        else:
            scheme[name] = (_cast_name(declared), MISSING)
    return scheme
