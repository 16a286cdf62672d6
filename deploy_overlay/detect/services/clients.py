"""Clients of other services in the project's own code: the variables that they read, and addresses on this machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ...base.evidence import Evidence, Fact
from ..dependencies import installed
from ..production import library_variables, production_names, side_of_place
from ..project import Project
from .own_modules import own_modules

# Functions and classes that read credentials from the environment: variables, and the arguments that replace them.
_AWS = (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), ("aws_access_key_id", "profile_name"))
_OPENAI = (("OPENAI_API_KEY",), ("api_key", "openai_api_key"))
_ANTHROPIC = (("ANTHROPIC_API_KEY",), ("api_key", "anthropic_api_key"))
CREDENTIALS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html
    "boto3.client": _AWS, "boto3.resource": _AWS, "boto3.Session": _AWS, "boto3.session.Session": _AWS,
    # https://github.com/openai/openai-python#usage and https://github.com/anthropics/anthropic-sdk-python#usage
    "openai.OpenAI": _OPENAI, "openai.AsyncOpenAI": _OPENAI, "langchain_openai.ChatOpenAI": _OPENAI,
    "langchain_openai.OpenAIEmbeddings": _OPENAI,
    "anthropic.Anthropic": _ANTHROPIC, "anthropic.AsyncAnthropic": _ANTHROPIC,
    "langchain_anthropic.ChatAnthropic": _ANTHROPIC,
    "groq.Groq": (("GROQ_API_KEY",), ("api_key",)),  # https://github.com/groq/groq-python#usage
    "cohere.Client": (("CO_API_KEY",), ("api_key",)), "cohere.ClientV2": (("CO_API_KEY",), ("api_key",)),
    "replicate.run": (("REPLICATE_API_TOKEN",), ()),  # https://github.com/replicate/replicate-python#authenticate
    # https://www.twilio.com/docs/libraries/reference/twilio-python/
    "twilio.rest.Client": (("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"), ("username", "password", "")),
}  # fmt: skip
# https://cloud.google.com/docs/authentication/application-default-credentials
_GOOGLE = re.compile(r"google\.cloud\.\w+(?:\.\w+)*\.\w*Client")
# Where a client without an address looks: https://redis.readthedocs.io/, https://pika.readthedocs.io/,
# https://docs.celeryq.dev/projects/kombu/, https://pymongo.readthedocs.io/
_HERE_BY_DEFAULT = re.compile(
    r"(?:redis|valkey)(?:\.asyncio|\.client)?\.(?:Redis|StrictRedis|Valkey|ConnectionPool|BlockingConnectionPool)"
    r"|aioredis\.(?:Redis|StrictRedis)|pika\.ConnectionParameters|aio_pika\.connect(?:_robust)?|kombu\.(?:Broker)?Connection"
    r"|pymongo\.MongoClient|pymongo\.mongo_client\.MongoClient"
)
# Import names of clients, with the package that has each.
CLIENTS = {
    "redis": "redis", "valkey": "valkey", "aioredis": "aioredis", "pika": "pika", "aio_pika": "aio-pika", "kombu": "kombu",
    "amqp": "amqp", "boto3": "boto3", "aioboto3": "aioboto3", "minio": "minio", "elasticsearch": "elasticsearch",
    "elasticsearch_dsl": "elasticsearch-dsl", "opensearchpy": "opensearch-py", "pymongo": "pymongo", "motor": "motor",
    "mongoengine": "mongoengine", "meilisearch": "meilisearch", "typesense": "typesense", "qdrant_client": "qdrant-client",
    "weaviate": "weaviate-client", "chromadb": "chromadb", "neo4j": "neo4j", "influxdb_client": "influxdb-client",
    "clickhouse_connect": "clickhouse-connect", "clickhouse_driver": "clickhouse-driver", "kafka": "kafka-python",
    "confluent_kafka": "confluent-kafka", "aiokafka": "aiokafka", "nats": "nats-py", "pymemcache": "pymemcache",
    "pylibmc": "pylibmc", "memcache": "python-memcached", "ldap3": "ldap3", "requests": "requests", "httpx": "httpx",
    "aiohttp": "aiohttp", "grpc": "grpcio", "ollama": "ollama", "openai": "openai", "anthropic": "anthropic",
    "langchain_openai": "langchain-openai", "langchain_anthropic": "langchain-anthropic", "groq": "groq",
    "cohere": "cohere", "replicate": "replicate", "twilio": "twilio",
}  # fmt: skip
HERE = re.compile(
    r"^(?:[\w+]+://)?(?:[^@/\s]*@)?(?:localhost|127\.0\.0\.1|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal)(?::\d+)?(?:/|$)"
)
# Only modules with such text are parsed, because that takes long.
_MAY_TELL = re.compile(
    r"localhost|127\.0\.0\.1|::1|0\.0\.0\.0|host\.docker|environ|getenv|\b(?:env|config)[.(]"
    r"|\b(?:Redis|StrictRedis|Valkey|(?:Blocking)?ConnectionPool|ConnectionParameters|connect(?:_robust)?|Connection|\w*Client|"
    rf"{'|'.join(sorted({name.rpartition('.')[2] for name in CREDENTIALS}))})\("
)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_READS = re.compile(r"(?:environ\.get|getenv|^(?:env|config)(?:\.\w+)?)$")
# Arguments that say nothing of where a server is.
_NO_PLACE = frozenset(
    {"json", "data", "headers", "params", "timeout", "decode_responses", "db", "password", "username", "port", "ssl"}
)
MAX_NODES = 200  # of the arguments of one call


class Client(NamedTuple):
    """A call that makes or uses a client: its dotted name, and what its arguments are made of."""

    called: str
    place: Evidence
    variables: tuple[str, ...]
    here: bool  # whether its address is this machine, whatever is set
    credentials: tuple[str, ...]  # variables that it reads itself


def clients(project: Project) -> list[Client]:
    """The calls in the project's own modules, beside its settings."""
    found: list[Client] = project.once("clients in the code", lambda: list(_find(project)))
    return found


def local_clients(project: Project) -> list[Evidence]:
    """Where the code connects to this machine, each file once."""
    places: dict[str, Evidence] = {}
    for client in clients(project):
        if client.here:
            places.setdefault(client.place.path, client.place._replace(note=client.called))
    return list(places.values())


def django_library_env(project: Project) -> Fact:
    """Variables that libraries read themselves, in settings or in the project's code. The site starts without them."""
    names = production_names(project)
    found = library_variables(project, names) if names is not None else {}
    for client in clients(project):
        for name in client.credentials:
            found.setdefault(name, client.place)
    required = project.fact("django_required_env").value
    listed = sorted(name for name in found if name not in required)
    return Fact(listed, tuple(found[name] for name in listed))


def _find(project: Project) -> Iterator[Client]:
    packages = installed(project)
    roots = [name for name, package in CLIENTS.items() if package in packages or "django" not in packages]
    roots += ["google"] if any(name.startswith("google-cloud-") for name in packages) else []
    if not roots:
        return
    imports = re.compile(rf"^\s*(?:import|from)\s[^#\n]*\b(?:{'|'.join(roots)})\b", re.MULTILINE)
    for path in own_modules(project):
        text = project.repository.text(path) or ""
        tree = project.repository.tree(path) if imports.search(text) and _MAY_TELL.search(text) else None
        if tree is not None:
            yield from _in_module(project, path, tree, frozenset(roots))


def _in_module(project: Project, path: str, tree: ast.Module, roots: frozenset[str]) -> Iterator[Client]:
    nodes = list(ast.walk(tree))
    names = dict(_imported(nodes, roots))
    values: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                values.setdefault(_dotted(target), []).append(node.value)
    for node in nodes:
        first, _, rest = _dotted(node.func).partition(".") if isinstance(node, ast.Call) else ("", "", "")
        if not isinstance(node, ast.Call) or first not in names:
            continue
        called = ".".join(filter(None, (names[first], rest)))
        texts, variables = _made_of(node, values)
        default = _HERE_BY_DEFAULT.fullmatch(called) is not None and not _says_where(node)
        here = default or any(map(HERE.match, texts))
        credentials = _credentials(called, node)
        place = Evidence(path, node.lineno, called)
        if (here or variables or credentials) and side_of_place(project, place) != "development":
            yield Client(called, place, tuple(variables), here, credentials)


def _dotted(node: ast.expr) -> str:
    """`redis.asyncio.from_url`; "" for what is not made of names alone."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _imported(nodes: Iterable[ast.AST], roots: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Local names of clients, with their dotted names."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module.partition(".")[0] in roots:
                yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                if top in roots:
                    yield (alias.asname, alias.name) if alias.asname else (top, top)


def _made_of(call: ast.Call, values: Mapping[str, list[ast.expr]]) -> tuple[list[str], list[str]]:
    """The texts that are in the arguments for certain, and the variables behind them."""
    texts: list[str] = []
    variables: dict[str, None] = {}
    followed: set[str] = set()
    todo: list[tuple[ast.AST, bool]] = [(argument, True) for argument in call.args]
    todo += [(keyword.value, keyword.arg not in _NO_PLACE) for keyword in call.keywords]
    for node, certain in todo:
        if len(todo) > MAX_NODES:
            break
        name = _dotted(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
        if isinstance(node, ast.Constant):
            texts += [node.value] if certain and isinstance(node.value, str) else []
        elif read := _variable(node):
            variables[read] = None
        elif name and name not in followed:
            followed.add(name)
            given = values.get(name, [])
            todo += [(value, certain and len(given) == 1) for value in given]
        elif not name:
            # `getattr(settings, "HOST", "localhost")` and `host or "localhost"` have a default.
            inside = certain and not isinstance(node, (ast.Call, ast.BoolOp, ast.IfExp))
            todo += [(part, inside) for part in ast.iter_child_nodes(node) if isinstance(part, (ast.expr, ast.keyword))]
    return texts, [*variables]


def _variable(node: ast.AST) -> str:
    """The environment variable that an expression reads."""
    argument: ast.expr | None = None
    if isinstance(node, ast.Call) and node.args and _READS.search(_dotted(node.func)):
        argument = node.args[0]
    elif isinstance(node, ast.Subscript) and _dotted(node.value).endswith("environ"):
        argument = node.slice
    value = argument.value if isinstance(argument, ast.Constant) else None
    return value if isinstance(value, str) and _VARIABLE.fullmatch(value) else ""


def _says_where(call: ast.Call) -> bool:
    words = {"host", "hosts", "url", "connection_pool", "unix_socket_path", "hostname", "address"}
    return bool(call.args) or any(keyword.arg in (None, *words) for keyword in call.keywords)


def _credentials(called: str, call: ast.Call) -> tuple[str, ...]:
    variables, instead = CREDENTIALS.get(called, ((), ()))
    if _GOOGLE.fullmatch(called):
        variables, instead = ("GOOGLE_APPLICATION_CREDENTIALS",), ("credentials",)
    if any(keyword.arg in (None, *instead) for keyword in call.keywords) or ("" in instead and call.args):
        return ()
    return variables
