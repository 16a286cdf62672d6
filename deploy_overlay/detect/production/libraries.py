"""Variables that libraries read from the environment themselves, if the settings use the library."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...base.evidence import Evidence
from ...base.files import join
from ..project import Project
from ..settings import Module, parts
from .names import production_run


class Library(NamedTuple):
    """A library that reads `variables`, unless a setting or option in `instead` has the value."""

    used: str  # a pattern of texts among the settings' values: a backend, an app
    variables: tuple[str, ...]
    instead: tuple[str, ...]


_AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
LIBRARIES = (
    # https://django-storages.readthedocs.io/en/latest/backends/amazon-S3.html#authentication-settings
    Library(
        r"storages\.backends\.s3(boto3)?\.\w+|\bS3(Boto3|Manifest)?Static\w*Storage|\bS3(Boto3)?Storage",
        _AWS,
        ("AWS_S3_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID", "AWS_S3_SESSION_PROFILE", "access_key", "session_profile"),
    ),
    # https://django-storages.readthedocs.io/en/latest/backends/gcloud.html#authentication-settings
    Library(
        r"storages\.backends\.gcloud\.\w+",
        ("GOOGLE_APPLICATION_CREDENTIALS",),
        ("GS_CREDENTIALS", "credentials"),
    ),
    # https://github.com/klis87/django-cloudinary-storage#settings
    Library(r"cloudinary_storage\.storage\.\w+", ("CLOUDINARY_URL",), ("CLOUDINARY_STORAGE",)),
    # https://anymail.dev/en/stable/esps/amazon_ses/#configuration and https://github.com/django-ses/django-ses#full-list-of-settings
    Library(
        r"anymail\.backends\.amazon_ses\w*\.\w+",
        _AWS,
        ("AMAZON_SES_CLIENT_PARAMS", "ANYMAIL_AMAZON_SES_CLIENT_PARAMS"),
    ),
    Library(r"django_ses\.\w+", _AWS, ("AWS_SES_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID")),
    # https://docs.sentry.io/clients/python/integrations/django/, the client before sentry-sdk
    Library(r"raven\.contrib\.django(\.\w+)?", ("SENTRY_DSN",), ("dsn", "DSN", "SENTRY_DSN")),
    # https://docs.honeybadger.io/lib/python/reference/configuration/
    Library(r"honeybadger\.contrib\.\w*Django\w*", ("HONEYBADGER_API_KEY",), ("API_KEY",)),
    # https://scoutapm.com/docs/python#django and https://www.elastic.co/docs/reference/apm/agents/python/configuration
    Library(r"scout_apm\.django", ("SCOUT_KEY",), ("SCOUT_KEY",)),
    Library(
        r"elasticapm\.contrib\.django",
        ("ELASTIC_APM_SERVER_URL", "ELASTIC_APM_SECRET_TOKEN"),
        ("SERVER_URL", "SECRET_TOKEN", "API_KEY"),
    ),
)
_ASKS_THE_ENVIRONMENT = re.compile(r"environ|getenv|\benv\b|\bconfig\(|DSN|TOKEN|_KEY\b", re.IGNORECASE)
# Functions that start a service and take its address from the environment, unless one of these arguments has it.
STARTED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sentry_sdk.init": (
        ("SENTRY_DSN",),
        ("dsn",),
    ),  # https://docs.sentry.io/platforms/python/configuration/options/#dsn
    "rollbar.init": (("ROLLBAR_ACCESS_TOKEN",), ("access_token",)),
    "logfire.configure": (("LOGFIRE_TOKEN",), ("token",)),  # https://logfire.pydantic.dev/docs/reference/configuration/
    "bugsnag.configure": (("BUGSNAG_API_KEY",), ("api_key",)),
    # https://cloudinary.com/documentation/django_integration#setting_the_cloudinary_url_environment_variable
    "cloudinary.config": (("CLOUDINARY_URL",), ("cloud_name", "api_key")),
}


def library_variables(project: Project, read: Module) -> dict[str, Evidence]:
    """Variables that production needs although no setting reads them, each with what uses the library."""
    found: dict[str, Evidence] = {}
    for name, place in (*_configured(read), *_started(project, read)):
        found.setdefault(name, place)
    return found


def _configured(read: Module) -> Iterator[tuple[str, Evidence]]:
    texts = {
        name: [part for part in parts(value) if isinstance(part, str)]
        for name, value in read.names.items()
        if name.isupper() and name not in read.undecided
    }
    said = {name for name, value in read.names.items() if value not in (None, "")}
    said |= {name for name, variables in read.origins.items() if variables and name not in variables}
    said |= {key for value in read.names.values() for key in _keys(value)}
    for library in LIBRARIES:
        if said & set(library.instead):
            continue
        for name, values in texts.items():
            if any(re.fullmatch(library.used, text) for text in values):
                place = read.places.get(name, Evidence(read.path, None, f"{name} uses it"))
                yield from ((variable, place) for variable in library.variables)


def _keys(value: object, depth: int = 5) -> Iterator[str]:
    """Keys of nested dictionaries."""
    if depth and isinstance(value, dict):
        for key, part in value.items():
            if isinstance(key, str) and part not in (None, ""):
                yield key
            yield from _keys(part, depth - 1)


def _started(project: Project, read: Module) -> Iterator[tuple[str, Evidence]]:
    for path in sorted({*_loaded(project), *(place.path for place in read.places.values())}):
        tree = project.repository.tree(path) if path.endswith(".py") else None
        imported = dict(_imported(tree)) if tree else {}
        for node in _calls(tree) if tree else ():
            if node.args:
                continue
            first, _, rest = ast.unparse(node.func).partition(".")
            called = ".".join(filter(None, (imported.get(first, first), rest)))
            variables, instead = STARTED.get(called, ((), ()))
            if variables and not any(keyword.arg in (None, *instead) for keyword in node.keywords):
                yield from ((name, Evidence(path, node.lineno, f"{called} reads it")) for name in variables)


def _loaded(project: Project) -> set[str]:
    """The project's modules that a site loads when it starts: what its settings import, their package, WSGI and ASGI."""
    run, _ = production_run(project)
    package = project.package_folder(str(project.fact("django_settings_module").value).partition(".")[0])
    names = ("__init__.py", "wsgi.py", "asgi.py")
    beside = {join(package, name) for name in names} if package else set()
    return {*run.modules, *(path for path in beside if project.repository.is_file(path))}


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Calls that do not depend on a variable being set."""
    if isinstance(node, ast.If) and _ASKS_THE_ENVIRONMENT.search(ast.unparse(node.test)):
        return
    if isinstance(node, ast.Call):
        yield node
    for part in ast.iter_child_nodes(node):
        yield from _calls(part)


def _imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Local names from `from a import b as c` and `import a as c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
