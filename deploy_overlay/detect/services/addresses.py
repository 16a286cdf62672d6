"""Addresses in settings: the parts of an expression that locate a server, and the variables behind them.

Expressions are followed through names, conditions and the project's functions, because settings are not run:
`f"redis://{REDIS_HOST}:6379"` is known to come from the variable that REDIS_HOST is read from.
"""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...base.evidence import Evidence
from ..production import side_of_place
from ..project import Project
from ..settings import Instance, Module, Run, instance_at

# Keys of a cache, channel layer, queue or broker with the server's address, and with other parts of the address.
WHERE = frozenset(
    {"location", "locations", "host", "hosts", "hostname", "url", "urls", "address", "unix_socket_path", "socket",
     "sentinels", "server", "servers", "broker", "backend_url", "redis", "dsn"}
)  # fmt: skip
DETAIL = frozenset({"port", "password", "username", "user"})
_DETAIL_WORDS = frozenset({"PORT", "PASSWORD", "PASS", "PASSWD", "USER", "USERNAME"})
# A boolean, a duration or the like is not an address.
SWITCH = re.compile(
    r"(^|_)(USE|ENABLED?|DISABLED?|TIMEOUT|TTL|EXPIRE|EXPIRY|PREFIX|MAX|RETRY|HEALTH|SSL|TLS|CERT|CERTS|IGNORE|LOG"
    r"|DEBUG|LIFETIME|SECONDS|KEEPALIVE)(_|$)"
)
# One server has several numbered databases, and the numbers are the project's to choose.
_NUMBERED = re.compile(r"(^|_)(DB|DATABASE|INDEX|DBNUM|DB_?NUM(BER)?)$")
# Methods that transform a string, and functions whose result does not depend on the address.
_TEXT_METHODS = frozenset(
    {"replace", "format", "strip", "rstrip", "lstrip", "join", "split", "rsplit", "partition", "rpartition", "lower",
     "removeprefix", "removesuffix", "geturl", "decode", "encode"}
)  # fmt: skip
_NO_TEXT = frozenset({"import_module", "open", "load", "all", "any", "bool", "isinstance", "len", "exists", "dirname"})
# Variables with everything about a platform's services: https://docs.cloudfoundry.org/devguide/deploy-apps/environment-variable.html
_PLATFORMS = frozenset({"VCAP_SERVICES", "PLATFORM_RELATIONSHIPS"})
# Classes and the like, which are not addresses, except the backend of results.
_NO_ADDRESS = re.compile(
    r"_(CLASS|ENGINE|TYPE|ALIAS|NAME|OPTIONS)$|(CACHES?|CHANNELS?|LAYERS?|SESSIONS?|QUEUE)_BACKEND$"
)
MAX_LINES = 3  # from where a reader is called to the name that it is given
MAX_DEPTH = 6  # dictionaries in dictionaries
MAX_LOOKED = 500  # of these in all settings
MAX_VALUES = 12  # that a name may have
MAX_NODES = 500  # of one expression
MAX_FOLLOWED = 60  # names that lead from one expression to another


class Part(NamedTuple):
    """An expression in a file; a detail is a port, a password or a user's name."""

    node: ast.expr
    path: str
    detail: bool = False


class Entry(NamedTuple):
    """A server in a setting, such as an alias of CACHES: its code, and the address in it."""

    alias: str
    node: ast.expr
    path: str
    parts: tuple[Part, ...]


class Addresses:
    """Follows expressions of the settings module `read`, or of another module with its own `run`."""

    def __init__(self, project: Project, run: Run, read: Module) -> None:
        self.project, self.run, self.read = project, run, read
        self._read_names = {one.variable for one in run.reads}
        self._looked = 0
        self._behind: dict[tuple[str, str], list[tuple[ast.expr, str]]] = {}

    def assigned(self, name: str) -> Iterator[tuple[ast.expr, tuple[str, ...], Evidence]]:
        """What production may assign to a setting, with keys and places.

        The keys are those of `CACHES["default"] = ...`. Without values that only development assigns, or that a later
        assignment certainly replaces.
        """
        possible = self.read.possible.get(name, [])
        sure = {place for _, place, certain in possible if certain}
        places = [place for _, place, _ in possible]
        if name in self.read.places:
            places.append(self.read.places[name])
            sure.add(self.read.places[name])
        found = [one for place in dict.fromkeys(places) for one in self._at(place.path, place, name)]
        whole = [at for at, (_, keys, place) in enumerate(found) if not keys and place in sure]
        last = whole[-1] if whole else 0
        found = [one for at, one in enumerate(found) if at >= last or one[2] not in sure]
        for path in dict.fromkeys(place.path for _, _, place in found):
            for line in _assignments(self.project, path):
                place = Evidence(path, line, f"changes {name}")
                found += [one for one in self._at(path, place, name) if len(one[1]) > 1]
        yield from (one for one in found if self._is_production(one[2]))

    def entries(
        self, node: ast.expr, path: str, keys: tuple[str, ...], aliases: bool, depth: int = MAX_DEPTH
    ) -> Iterator[Entry]:
        """The servers in the assigned values; with `aliases`, the first level of a dictionary has their names."""
        if not depth or not self._may_go_on():
            return
        if aliases and len(keys) == 0:
            for found, place in self._dictionaries(node, path):
                if not isinstance(found, ast.Dict):
                    yield self._entry("", found, place)
                    continue
                for key, value in _items(found):
                    if key is None:
                        yield from self.entries(value, place, (), aliases, depth - 1)
                    else:
                        yield self._entry(key, value, place)
        else:
            yield self._entry(keys[0] if keys else "", node, path, inside=keys[1:] if aliases else keys)

    def _entry(self, alias: str, node: ast.expr, path: str, inside: tuple[str, ...] = ()) -> Entry:
        if inside and inside[-1].lower() not in WHERE | DETAIL and not isinstance(node, ast.Dict):
            return Entry(alias, node, path, ())
        detail = bool(inside) and inside[-1].lower() in DETAIL
        return Entry(alias, node, path, tuple(self._parts(node, path, detail)))

    def _parts(self, node: ast.expr, path: str, detail: bool, depth: int = MAX_DEPTH) -> Iterator[Part]:
        if not self._may_go_on():
            return
        for found, place in self._dictionaries(node, path):
            if not _is_table(found) or not depth:
                yield Part(found, place, detail)
                continue
            for key, value in _items(found):
                word = (key or "").lower()
                if word in WHERE or word in DETAIL:
                    yield from self._parts(value, place, word in DETAIL, depth - 1)
                elif key is None or isinstance(value, ast.Dict) or self._is_dictionary(value, place):
                    yield from self._parts(value, place, False, depth - 1)

    def _dictionaries(self, node: ast.expr, path: str) -> list[tuple[ast.expr, str]]:
        """The dictionaries that an expression may be, from both sides of a condition; otherwise the expression."""
        if isinstance(node, ast.IfExp):
            return [*self._dictionaries(node.body, path), *self._dictionaries(node.orelse, path)]
        if isinstance(node, (ast.List, ast.Tuple)) and any(isinstance(item, ast.Dict) for item in node.elts):
            return [(item, path) for item in node.elts]
        if isinstance(node, ast.Name):
            found = [(value, place) for value, place in self.behind(node.id, path) if _is_table(value)]
            return found or [(node, path)]
        return [(node, path)]

    def _is_dictionary(self, node: ast.expr, path: str) -> bool:
        return any(_is_table(value) for value, _ in self._dictionaries(node, path))

    def _may_go_on(self) -> bool:
        """Limit the number of dictionaries that are unpacked into each other."""
        self._looked += 1
        return self._looked <= MAX_LOOKED

    def _is_production(self, place: Evidence) -> bool:
        key = ("side", place.path, place.line)
        return bool(self.project.once(key, lambda: side_of_place(self.project, place)) != "development")

    def behind(self, name: str, path: str) -> list[tuple[ast.expr, str]]:
        """The value of a name in this file: what was assigned to it, or what a function of the project returns."""
        if (name, path) not in self._behind:
            self._behind[name, path] = self._find_behind(name, path)
        return self._behind[name, path]

    def _find_behind(self, name: str, path: str) -> list[tuple[ast.expr, str]]:
        module = self.run.modules.get(path) or self.run.glimpsed.get(path)
        found: list[tuple[ast.expr, str]] = []
        for one in (module, self.read):
            if one is None or found:
                continue
            places = [one.places[name]] if name in one.places else []
            places += [place for _, place, _ in one.possible.get(name, [])]
            for place in dict.fromkeys(places):
                if self._is_production(place):
                    found += [(value, place.path) for value, _, _ in self._at(place.path, place, name)]
            function = one.names.get(name)
            node, home = getattr(function, "node", None), getattr(function, "module", None)
            if isinstance(node, ast.FunctionDef) and isinstance(home, Module):
                found.append((ast.List([*_made_of(node)], ast.Load()), home.path))
        return found[:MAX_VALUES]

    def _at(self, path: str, place: Evidence, name: str) -> Iterator[tuple[ast.expr, tuple[str, ...], Evidence]]:
        for target, value in _assignments(self.project, path).get(place.line or 0, []):
            keys: list[str] = []
            while isinstance(target, ast.Subscript):
                keys.insert(0, str(target.slice.value) if isinstance(target.slice, ast.Constant) else "")
                target = target.value
            if isinstance(target, ast.Name) and target.id == name:
                yield value, tuple(keys), place

    def walk(self, node: ast.expr, path: str) -> Iterator[tuple[ast.expr, str]]:
        """The expression and its parts, followed through names, without the tests of conditions."""
        followed: set[tuple[str, str]] = set()
        todo = deque([(node, path)])
        seen = 0
        while todo and seen < MAX_NODES:
            part, place = todo.popleft()
            seen += 1
            yield part, place
            name = part.func if isinstance(part, ast.Call) else part
            if isinstance(name, ast.Name) and (name.id, place) not in followed and len(followed) < MAX_FOLLOWED:
                followed.add((name.id, place))
                todo += self.behind(name.id, place)
            if isinstance(part, ast.Name):
                continue
            if isinstance(part, ast.IfExp):
                todo += [(part.body, place), (part.orelse, place)]
            elif not isinstance(part, ast.Compare):
                todo += [(one, place) for one in _children(part)]

    def texts(self, node: ast.expr, path: str) -> list[str]:
        """Strings in the expression, without names of variables."""
        return [
            part.value
            for part, _ in self.walk(node, path)
            if isinstance(part, ast.Constant)
            and isinstance(part.value, str)
            and part.value not in self._read_names
            and not re.fullmatch(r"[A-Z][A-Z0-9_]*", part.value)  # a name too
        ]

    def variables(self, parts: Iterable[Part]) -> list[str]:
        """The variables that these parts of addresses come from."""
        found: dict[str, None] = {}
        for part in parts:
            for node, path in self.walk(part.node, part.path):
                found |= dict.fromkeys(self._of(node, path))
        return [name for name in found if self.is_address(name)]

    def derived(self, parts: Iterable[Part]) -> dict[str, set[str]]:
        """Variables whose default the settings compute from other variables, with these.

        `os.environ.get("CACHE_URL") or REDIS_URL + "/1"`: where nobody sets CACHE_URL, it is another database of the
        same server, and the address itself would not be.
        """
        found: dict[str, set[str]] = {}
        for part in parts:
            for node, path in self.walk(part.node, part.path):
                first, others = _with_default(node)
                computed = [Part(one, path) for one in others if self._is_computed(one, path)]
                behind = set(self.variables(computed)) if first is not None and computed else set[str]()
                for name in self.variables([Part(first, path)]) if first is not None and behind else ():
                    if name not in behind:
                        found.setdefault(name, set()).update(behind)
        return found

    def _is_computed(self, node: ast.expr, path: str) -> bool:
        return any(
            isinstance(part, (ast.BinOp, ast.JoinedStr))
            or (isinstance(part, ast.Call) and ast.unparse(part.func).rpartition(".")[2] in _TEXT_METHODS)
            for part, _ in self.walk(node, path)
        )

    def _of(self, node: ast.expr, path: str) -> Iterator[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
            if node.value in self._read_names:
                yield node.value
            elif re.fullmatch(r"[A-Z][A-Z0-9_]+", node.value):  # a reader may put a prefix before it
                yield from (
                    one.variable
                    for one in self.run.reads
                    if one.variable.endswith(f"_{node.value}")
                    and one.place.path == path
                    and (one.place.line or 0) <= node.lineno <= (one.place.line or 0) + MAX_LINES
                )
        elif isinstance(node, ast.Attribute):
            module = self.run.modules.get(path) or self.read
            owner = instance_at(node.value, module.names)
            # Of a model in a model, the attribute that is used is the address.
            if owner is not None and not isinstance(owner.attributes.get(node.attr), Instance):
                yield from sorted(owner.origins.get(node.attr, ()))
        elif isinstance(node, ast.Call) and not any(isinstance(one, ast.Constant) for one in node.args[:1]):
            # `env.cache_url()`: the name is the reader's own.
            yield from (
                one.variable
                for one in self.run.reads
                if one.place.path == path and one.place.line == node.lineno and one.variable.endswith("_URL")
                and not _names_variable(node)
            )  # fmt: skip

    def is_address(self, variable: str) -> bool:
        """Whether the variable holds an address or part of it; a database number counts only if it must be set."""
        if SWITCH.search(variable) or _NO_ADDRESS.search(variable) or variable in _PLATFORMS:
            return False
        return not _NUMBERED.search(variable) or variable in self.run.required

    def fixed(self, entry: Entry) -> bool:
        """Whether the server's address is fixed in the code."""
        where = [part for part in entry.parts if not part.detail]
        if any(variable.rpartition("_")[2] not in _DETAIL_WORDS for variable in self.variables(where)):
            return False
        return any(text.strip() for part in where for text in self.texts(part.node, part.path))


def _assignments(project: Project, path: str) -> dict[int, list[tuple[ast.expr, ast.expr]]]:
    """Targets and values of the assignments of a file, by line."""

    def compute() -> dict[int, list[tuple[ast.expr, ast.expr]]]:
        tree = project.repository.tree(path) if path.endswith(".py") else None
        found: dict[int, list[tuple[ast.expr, ast.expr]]] = {}
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    found.setdefault(node.lineno, []).extend(_pairs(target, node.value))
            elif isinstance(node, (ast.AnnAssign, ast.AugAssign)) and node.value is not None:
                found.setdefault(node.lineno, []).append((node.target, node.value))
            elif isinstance(node, ast.Expr) and (changed := _update(node.value)):
                found.setdefault(node.lineno, []).append(changed)
        return found

    result: dict[int, list[tuple[ast.expr, ast.expr]]] = project.once(("assignments", path), compute)
    return result


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """`A, B = x, y` by name; if one value is unpacked, each name may be any part of it."""
    if not isinstance(target, (ast.Tuple, ast.List)):
        return [(target, value)]
    same = isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts)
    return [
        (one, value.elts[position] if same and isinstance(value, (ast.Tuple, ast.List)) else value)
        for position, one in enumerate(target.elts)
    ]


def _update(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """`CACHES.update({...})` and `CACHES["default"].update(...)` as assignments."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update" and node.args:
        return node.func.value, node.args[0]
    return None


def _items(node: ast.expr) -> Iterator[tuple[str | None, ast.expr]]:
    """Keys and values of a dictionary or of a call's keywords; None for unpacked ones."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None or (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                yield (None if key is None else str(key.value)), value
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            yield keyword.arg, keyword.value


def _with_default(node: ast.expr) -> tuple[ast.expr | None, list[ast.expr]]:
    """What reads a variable, and what is taken instead: `get("X", default)` or `get("X") or default`."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return node.values[0], node.values[1:]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        return node.args[0], [*node.args[1:], *(one.value for one in node.keywords if one.arg == "default")]
    return None, []


def _is_table(node: ast.expr) -> bool:
    """A dictionary, or a call such as `dict(host=...)` or `ConnectionPool(host=...)`."""
    if isinstance(node, ast.Call):
        return any((keyword.arg or "").lower() in WHERE for keyword in node.keywords)
    return isinstance(node, ast.Dict)


def _children(node: ast.expr) -> Iterator[ast.expr]:
    """The parts of a string: arguments of a call, and the string whose method is called."""
    if isinstance(node, ast.Call):
        method = isinstance(node.func, ast.Attribute) and node.func.attr
        name = method or (node.func.id if isinstance(node.func, ast.Name) else "")
        if name in _NO_TEXT:
            return
        if method in _TEXT_METHODS and isinstance(node.func, ast.Attribute):
            yield node.func.value
        key = name == "get" and isinstance(node.args[0] if node.args else None, ast.Constant)
        variable = key and isinstance(node.args[0], ast.Constant) and str(node.args[0].value).isupper()
        yield from node.args[2:] if name == "getattr" else node.args[1:] if key and not variable else node.args
        yield from (keyword.value for keyword in node.keywords)
        return
    if isinstance(node, ast.Subscript):
        yield node.value
        if isinstance(node.slice, ast.Constant) and str(node.slice.value).isupper():
            yield node.slice  # a variable of the environment; other keys are no text of the value
        return
    if isinstance(node, ast.Dict):
        yield from node.values  # its keys are names, often of other variables
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            yield child
        elif isinstance(child, ast.keyword):
            yield child.value


def _made_of(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """The strings in a function, and the settings that it uses, without the tests of conditions."""
    todo: deque[ast.AST] = deque([function])
    while todo:
        node = todo.popleft()
        if (isinstance(node, ast.Constant) and isinstance(node.value, str)) or (
            isinstance(node, ast.Name) and node.id.isupper()
        ):
            yield node
        test = node.test if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert)) else None
        named = test is not None and any(isinstance(part, ast.NamedExpr) for part in ast.walk(test))
        if not isinstance(node, (ast.Compare, ast.Raise)):
            todo += [child for child in ast.iter_child_nodes(node) if child is not test or named]


def _names_variable(node: ast.Call) -> bool:
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", part.value)
        for part in ast.walk(node)
    )
