"""The value of calls in settings: readers of the environment, paths, strings, and the project's functions."""

from __future__ import annotations

import ast
import fnmatch
import json
import re
from collections.abc import Mapping
from typing import Any

from ...base.files import join, parent
from .classes import instantiate, outer_bases
from .environment import (
    ENVIRONMENTS,
    MISSING,
    convert,
    is_environment,
    read_setting,
    read_variable,
    read_with,
    scheme_of,
    set_variable,
)
from .frame import ABSENT, NOT_A_VALUE, Frame, Raised, Returned
from .imports import import_chosen, note_choice, refuse_chosen, run_here
from .methods import call_method
from .namespaces import set_global
from .opened_files import OPENERS, note_opening
from .values import (
    GAP,
    MAX_ITEMS,
    UNKNOWN,
    ClassValue,
    DatabaseUrl,
    EnvReader,
    External,
    FileText,
    Function,
    Instance,
    Method,
    OptionalFile,
    RepoPath,
    Setting,
    as_text,
    is_instance,
    known,
    truth,
    type_of,
)

READER_CLASSES = {
    "environ.Env": "environ", "environ.FileAwareEnv": "environ", "environs.Env": "environs",
    "environs.FileAwareEnv": "environs", "decouple.Config": "decouple", "decouple.AutoConfig": "decouple",
    "smart_env.SmartEnv": "environ", "starlette.config.Config": "decouple", "envparse.Env": "environs",
    "getconf.ConfigGetter": "",
}  # fmt: skip
READERS = {
    "decouple.config": EnvReader("decouple"), "prettyconf.config": EnvReader("decouple"),
    "envparse.env": EnvReader("environs"), "environs.env": EnvReader("environs"), "getenv.env": EnvReader("decouple"),
}  # fmt: skip
PATHS = {"pathlib.Path", "pathlib.PurePath", "environ.Path", "unipath.Path"}
IMPORTERS = {"importlib.import_module", "__import__", "django.utils.importlib.import_module"}
_IMPORTS_ALL = re.compile(r"\s*from\s+(\S+)\s+import\s+\*\s*")
SAME_PATH = {"os.path.abspath", "os.path.realpath", "os.path.normpath", "os.fspath", "os.path.expanduser", "str"}
# Modules of libraries whose functions called get_... read the environment.
ENVIRONMENT_MODULES = ("env", "envs", "environment", "envvars")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
_READS = re.compile(r"\bos\.(environ|getenv)\b|\bfrom os import .*\b(environ|getenv)\b")
# What fails when it gets None: the variable behind the argument must be set.
NEEDS_VALUE = {
    "int", "float", "len", "json.loads", "ast.literal_eval", "pathlib.Path", "base64.b64decode", "os.path.join",
    "os.path.abspath", "os.path.realpath", "os.path.dirname", "os.path.basename", "os.path.exists", "os.path.isfile",
    "os.path.isdir", "os.path.expanduser", "urllib.parse.quote", "urllib.parse.quote_plus",
}  # fmt: skip


def call(node: ast.Call, frame: Frame) -> Any:
    """The value of a call expression."""
    function = frame.evaluate(node.func)
    before = len(frame.run.reads)
    args, kwargs, behind = _arguments(node, frame)
    if isinstance(function, (External, EnvReader, Method)):
        after = len(frame.run.reads)
        value = _read_or_called(function, args, kwargs, node, frame, before)
        if len(frame.run.reads) > after:
            frame.run.read_instead(before, after)  # in the default: env("NEW_NAME", default=env("OLD_NAME"))
        return value
    if isinstance(function, Function):
        if frame.local and not frame.certain:
            return UNKNOWN  # what may never run is not followed into further functions
        value = _call_function(function, args, kwargs, behind, node, frame)
        unclear = len(frame.run.reads) == before and value is UNKNOWN
        return _read_by(function, args, kwargs, node, frame) if unclear else value
    if isinstance(function, ClassValue):
        library = next(
            (READER_CLASSES[base.dotted] for base in outer_bases(function) if base.dotted in READER_CLASSES), None
        )
        return EnvReader(library, scheme=scheme_of(kwargs)) if library else instantiate(function, node, frame)
    if isinstance(function, RepoPath):
        return _joined_path([function, *args])  # a path of django-environ: ROOT_DIR("static")
    return UNKNOWN


def _read_or_called(
    function: External | EnvReader | Method,
    args: list[Any],
    kwargs: dict[str, Any],
    node: ast.Call,
    frame: Frame,
    before: int,
) -> Any:
    if isinstance(function, External):
        return _external(function.dotted, args, kwargs, node, frame, before)
    if isinstance(function, EnvReader):
        return read_with(function, "", args, kwargs, node, frame)
    return call_method(function, args, kwargs, node, frame)


def _arguments(node: ast.Call, frame: Frame) -> tuple[list[Any], dict[str, Any], dict[int | str, frozenset[str]]]:
    """The arguments by position and by name, and the variables behind each."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    behind: dict[int | str, frozenset[str]] = {}
    for argument in node.args:
        before = len(frame.run.reads)
        value = frame.evaluate(argument.value if isinstance(argument, ast.Starred) else argument)
        if isinstance(argument, ast.Starred):
            args += value if isinstance(value, (list, tuple)) else []
        else:
            behind[len(args)] = frame.variables_behind(argument, before)
            args.append(value)
    for keyword in node.keywords:
        before = len(frame.run.reads)
        value = frame.evaluate(keyword.value)
        if keyword.arg is not None:
            behind[keyword.arg] = frame.variables_behind(keyword.value, before)
            kwargs[keyword.arg] = value
        elif isinstance(value, dict):
            kwargs.update({key: item for key, item in value.items() if isinstance(key, str)})
    return args, kwargs, behind


def _external(dotted: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call, frame: Frame, before: int) -> Any:
    first = args[0] if args else UNKNOWN
    owner, _, name = dotted.rpartition(".")
    if dotted in OPENERS:
        note_opening(args, kwargs, node, frame, before)
        return FileText(first.path, True) if isinstance(first, RepoPath) else UNKNOWN
    if dotted in ("glob.glob", "glob.iglob") and isinstance(first, RepoPath):
        folder = parent(first.path)
        names = sorted(frame.run.repository.listing(folder).files)
        return [RepoPath(join(folder, name)) for name in fnmatch.filter(names, first.path.rpartition("/")[2])]
    if dotted in IMPORTERS:
        package = kwargs.get("package", args[1] if dotted != "__import__" and len(args) > 1 else "")
        return import_chosen(kwargs.get("name", first), package, node, frame, before)
    if dotted == "django.utils.module_loading.import_string" and isinstance(first, str):
        module = import_chosen(first.rpartition(".")[0], "", node, frame, before)
        return module.attributes.get(first.rpartition(".")[2], UNKNOWN) if isinstance(module, Instance) else UNKNOWN
    if dotted in ("runpy.run_path", "compile", "exec"):
        return _run(dotted, first, node, frame, before)
    if isinstance(first, Instance) and dotted in ("vars", "dir", "getattr", "setattr"):
        return _of_object(dotted, first, args[1:], node, frame)
    if dotted == "os.getenv" or (owner in ENVIRONMENTS and name in ("get", "pop")):
        return read_variable(frame, first, node, args[1] if len(args) > 1 else kwargs.get("default"))
    if owner in ENVIRONMENTS and name == "setdefault" and len(args) > 1:
        set_variable(frame, first, args[1], False, node)
        return UNKNOWN
    if owner in ENVIRONMENTS and name == "update" and isinstance(first, dict):
        for variable, value in first.items():
            set_variable(frame, variable, value, True, node)
        return None
    collected = dotted in ("dict", "set", "list", "frozenset") and is_environment(first) and not kwargs
    if (owner in ENVIRONMENTS and name in ("copy", "keys")) or collected:
        return External("os.environ")
    if dotted == "split_settings.tools.optional" and isinstance(first, str):
        return OptionalFile(first)
    if dotted == "decouple.Csv":
        return External(dotted)  # `cast=Csv()` is `cast=Csv`
    if dotted in READER_CLASSES:
        return EnvReader(READER_CLASSES[dotted], scheme=scheme_of(kwargs))
    if dotted in READERS:
        return read_with(READERS[dotted], "", args, kwargs, node, frame)
    if owner in READERS:
        return read_with(READERS[owner], name, args, kwargs, node, frame)
    if name.startswith("get_") and owner.rpartition(".")[2] in ENVIRONMENT_MODULES:
        return _read_through(first, args, kwargs, node, frame)
    if owner == "dj_database_url":
        return _database_url(name, args, kwargs, node, frame)
    # Libraries add values of their own kind to those of django-configurations, such as one that may come from a file.
    if owner.rpartition(".")[2] == "values" and name.endswith("Value"):
        setting = _setting(name, args, kwargs)
        # One that names its variable is read where it stands, which may be an argument or an item of a dictionary.
        return setting if setting.name is None else read_setting(setting, "", node, frame)[0]
    if dotted in NEEDS_VALUE and args and first is None:
        for variable in sorted(frame.at_fault(node, before)):
            frame.fail(variable, node, NOT_A_VALUE)
        return UNKNOWN
    if dotted in ("globals", "locals", "vars") and not args:
        return frame.module.names if dotted == "globals" else frame.names
    if dotted in ("sys.path.append", "sys.path.insert", "sys.path.extend", "site.addsitedir"):
        _extend_python_path(args, frame)
        return None
    if dotted in ("os.getcwd", "pathlib.Path.cwd", "os.getcwdu"):
        return RepoPath(frame.run.working_folder)
    return _plain(dotted, args, kwargs)


def _of_object(function: str, owner: Instance, args: list[Any], node: ast.Call, frame: Frame) -> Any:
    """`vars(module)`, `dir(module)`, `getattr(module, name, default)` and `setattr(this_module, name, value)`."""
    if function == "setattr":
        if owner.module is frame.module and len(args) > 1:
            set_global(args[0], args[1], frozenset(), node, frame)
        return None
    if function == "getattr":
        name, *default = args or [UNKNOWN]
        return owner.attributes.get(name, default[0] if default else UNKNOWN) if known(name) else UNKNOWN
    return owner.attributes if function == "vars" else sorted(owner.attributes)


def _run(function: str, code: Any, node: ast.Call, frame: Frame, before: int) -> Any:
    """Code that settings run: the text of a file of the project, or an import with a computed name."""
    run = frame.run
    path = code.path if isinstance(code, (FileText, RepoPath)) else ""
    if function == "compile":
        return code if isinstance(code, FileText) else UNKNOWN
    if isinstance(code, str) and (imported := _IMPORTS_ALL.fullmatch(code)):
        found = import_chosen(imported[1], frame.module.package, node, frame, before)
        for name, value in found.attributes.items() if isinstance(found, Instance) else ():
            set_global(name, value, frozenset(), node, frame)
    if not path or not frame.certain:
        return UNKNOWN
    note_choice(parent(path), frame.variables_behind(node, before), frame)
    if not run.repository.is_file(path):
        refuse_chosen(node, frame, before)
        return UNKNOWN
    if function == "exec":
        run_here(path, frame.outer())
        return None
    module = run.read_module(path, path)
    run.chosen += [module] if module else []
    return module.names if module else UNKNOWN


def _read_through(first: Any, args: list[Any], kwargs: dict[str, Any], node: ast.Call, frame: Frame) -> Any:
    """`get_string("NAME", default, required=True)` of a library: `required` means that an empty default is not enough."""
    name = kwargs.get("name", first)
    default = kwargs.get("default", args[1] if len(args) > 1 else None)
    needed = kwargs.get("required") is True and default in (None, "")
    return read_variable(frame, name, node, MISSING if needed else default)


def _read_by(function: Function, args: list[Any], kwargs: dict[str, Any], node: ast.Call, frame: Frame) -> Any:
    """What the project's own reader gives for `get_config("NAME")`, where its code could not be followed."""
    first = args[0] if args else UNKNOWN
    if not isinstance(first, str) or not _VARIABLE.fullmatch(first):
        return UNKNOWN
    if not _READS.search(frame.run.repository.text(function.module.path) or ""):
        return UNKNOWN
    value = read_variable(frame, first, node, args[1] if len(args) > 1 else kwargs.get("default"))
    return UNKNOWN if value is None else value  # it may have a default of its own


def _extend_python_path(args: list[Any], frame: Frame) -> None:
    for value in args[-1] if args and isinstance(args[-1], list) else args[-1:]:
        if isinstance(value, str) and value.startswith(GAP + "/"):
            value = RepoPath(value[2:])
        elif isinstance(value, str) and known(value) and not value.startswith("/"):
            value = RepoPath(frame.run.working_folder).joined(value)
        if isinstance(value, RepoPath) and not value.path.startswith("..") and value.path not in frame.run.python_path:
            frame.run.python_path.append(value.path)


def _plain(dotted: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Functions of the standard library on values."""
    first = args[0] if args else UNKNOWN
    if dotted in SAME_PATH:
        return first if isinstance(first, RepoPath) or dotted != "str" else as_text(first)
    if dotted.startswith("os.path.join") or dotted in PATHS:
        return _joined_path(args)
    if dotted == "os.path.dirname":
        return first.parent if isinstance(first, RepoPath) else UNKNOWN
    if dotted == "object":
        return object()
    if dotted == "type":
        return type_of(first) if len(args) == 1 else UNKNOWN
    if dotted == "isinstance":
        return is_instance(first, args[1]) if len(args) > 1 else UNKNOWN
    if dotted == "len":
        return len(first) if isinstance(first, (str, list, tuple, dict)) else UNKNOWN
    if dotted == "bool":
        verdict = truth(first) if args else False
        return UNKNOWN if verdict is None else verdict
    if dotted in ("all", "any") and isinstance(first, (list, tuple)):
        ends = dotted == "any"  # the first such item decides
        verdicts = [truth(item) for item in first]
        return ends if ends in verdicts else UNKNOWN if None in verdicts else not ends
    if dotted in ("json.loads", "ast.literal_eval"):
        return _parsed(dotted, first)
    if dotted.endswith("strtobool"):
        return convert(first, "bool") if isinstance(first, str) else UNKNOWN
    if dotted in ("int", "float") and known(first) and isinstance(first, (str, int, float)):
        try:
            return int(first) if dotted == "int" else float(first)
        except (ValueError, OverflowError):
            return UNKNOWN
    if dotted in ("list", "tuple", "set", "sorted", "frozenset"):
        items = list(first) if isinstance(first, (list, tuple, set, dict)) else []
        return tuple(items) if dotted == "tuple" else items
    if dotted == "dict":
        return {**(first if isinstance(first, dict) else {}), **kwargs}
    if dotted in ("copy.copy", "copy.deepcopy", "gettext", "django.utils.translation.gettext_lazy"):
        return first
    if dotted in ("typing.cast", "typing_extensions.cast") and len(args) > 1:
        return args[1]
    return UNKNOWN


def _parsed(dotted: str, text: Any) -> Any:
    """What JSON or Python stands for: a text, a number, true or false, or a list of these."""
    try:
        value = json.loads(text) if dotted == "json.loads" else ast.literal_eval(text)
    except (TypeError, ValueError, SyntaxError, RecursionError, MemoryError):
        return UNKNOWN
    plain = (str, bool, int, float)
    listed = isinstance(value, list) and len(value) <= MAX_ITEMS and all(isinstance(item, plain) for item in value)
    return value if known(text) and (listed or isinstance(value, plain)) else UNKNOWN


def _joined_path(args: list[Any]) -> Any:
    if args and isinstance(args[0], str) and args[0].startswith(GAP + "/") and known(args[0][1:]):
        args = [RepoPath(args[0][2:]), *args[1:]]
    if not args or not isinstance(args[0], RepoPath):
        return UNKNOWN
    parts = [part for part in args[1:] if isinstance(part, str) and known(part)]
    return args[0].joined(*parts) if len(parts) == len(args) - 1 else UNKNOWN


def _database_url(name: str, args: list[Any], kwargs: dict[str, Any], node: ast.Call, frame: Frame) -> Any:
    # https://github.com/jazzband/dj-database-url: config(env="DATABASE_URL", default=None), parse(url)
    if name == "config":
        variable = kwargs.get("env", args[0] if args and isinstance(args[0], str) and "://" not in args[0] else None)
        default = kwargs.get("default", args[1] if len(args) > 1 else None)
        value = read_variable(frame, variable or "DATABASE_URL", node, default)
        return DatabaseUrl(variable or "DATABASE_URL", as_text(value) if isinstance(value, str) else "")
    if name == "parse":
        variables = frame.variables_behind(node, len(frame.run.reads))
        recent = frame.run.reads[-1].variable if frame.run.reads else None
        line = frame.run.reads[-1].place.line if frame.run.reads else None
        if not variables and recent and line is not None and node.lineno <= line <= (node.end_lineno or line):
            variables = frozenset({recent})
        first = args[0] if args else kwargs.get("url", "")
        return DatabaseUrl(next(iter(sorted(variables)), None), first if isinstance(first, str) else "")
    return UNKNOWN


def _setting(kind: str, args: list[Any], kwargs: dict[str, Any]) -> Setting:
    # https://django-configurations.readthedocs.io/en/stable/values/
    default = args[0] if args else kwargs.get("default", MISSING)
    name = kwargs.get("environ_name")
    prefix = kwargs.get("environ_prefix", "DJANGO")
    required = kind == "SecretValue" or kwargs.get("environ_required") is True
    return Setting(
        kind, default, name if isinstance(name, str) else None, prefix if isinstance(prefix, str) else None, required
    )


def _call_function(
    function: Function,
    args: list[Any],
    kwargs: dict[str, Any],
    behind: Mapping[int | str, frozenset[str]],
    node: ast.Call,
    frame: Frame,
) -> Any:
    """What a function of the project returns for these arguments, of which `behind` has the variables."""
    definition = function.node
    given = definition.args
    names: dict[str, Any] = {}
    positional = [*given.posonlyargs, *given.args]
    inner = Frame(frame.run, function.module, names, frame.certain, local=True)
    for parameter, default in zip(reversed(positional), reversed(given.defaults), strict=False):
        names[parameter.arg] = inner.evaluate(default)
    for parameter, keyword_default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        names[parameter.arg] = inner.evaluate(keyword_default) if keyword_default is not None else UNKNOWN
    names.update(zip((parameter.arg for parameter in positional), args, strict=False))
    names.update(kwargs)
    for position, parameter in enumerate(positional):
        names.setdefault(parameter.arg, UNKNOWN)
        inner.origins[parameter.arg] = behind.get(parameter.arg) or behind.get(position, frozenset())
    if given.vararg:
        names[given.vararg.arg] = list(args[len(positional) :])
    if given.kwarg:
        names[given.kwarg.arg] = dict(kwargs)
    try:
        with frame.run.deeper():
            if isinstance(definition, ast.Lambda):
                return inner.evaluate(definition.body)
            inner.run_block(definition.body)
    except Returned as returned:
        return returned.value
    except Raised as stopped:
        if frame.run.catches(ABSENT) or frame.local:
            raise
        frame.need_all(stopped.variables, node)
        return UNKNOWN
    return None
