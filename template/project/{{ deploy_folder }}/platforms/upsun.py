"""Upsun, Flex and Fixed (formerly Platform.sh). Added by deploy-overlay.

https://docs.upsun.com/development/variables/use-variables.html
"""

import base64
import json
from pathlib import Path
from urllib.parse import quote, urlsplit

# Upsun's router always sets X-Forwarded-Proto, and apps are reachable only through it.
# https://docs.upsun.com/development/headers.html
PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Names in the app's configuration.
DATABASE_RELATIONSHIP = "database"
DATA_MOUNT = "deploy-data"

_SCHEMES = {"pgsql": "postgres", "mysql": "mysql"}


def running(environ):
    """Whether Upsun builds or runs this app."""
    return bool(environ.get("PLATFORM_APPLICATION_NAME"))


def hosts(environ):
    """Hosts of this app's routes in this environment, the primary one first.

    https://docs.upsun.com/define-routes.html#route-identifiers
    """
    routes = _decoded(environ, "PLATFORM_ROUTES")
    primary_first = sorted(routes.items(), key=lambda item: not item[1].get("primary"))
    upstream = [_host(url) for url, route in primary_first if _is_ours(route, environ)]
    to_them = [
        _host(url)
        for url, route in primary_first
        if route.get("type") == "redirect" and _host(route.get("to", "")) in upstream
    ]
    return list(dict.fromkeys(host for host in [*upstream, *to_them] if host))


def _is_ours(route, environ):
    app = str(route.get("upstream", "")).partition(":")[0]
    return route.get("type") == "upstream" and app == environ["PLATFORM_APPLICATION_NAME"]


def _host(url):
    host = urlsplit(url).hostname or ""
    return host[1:] if host.startswith("*.") else host  # the wildcard of ALLOWED_HOSTS


def database_url(environ):
    """Address of the related database, which any deployment can change; otherwise DATABASE_URL.

    https://docs.upsun.com/add-services/postgresql.html#relationship-reference
    """
    database = _database(environ)
    if not database:
        return environ.get("DATABASE_URL")
    parts = ("username", "password", "path")
    user, password, name = (quote(str(database.get(part) or ""), "") for part in parts)
    scheme = _SCHEMES[database["scheme"]]
    return f"{scheme}://{user}:{password}@{database['host']}:{database['port']}/{name}"


def _database(environ):
    """Endpoint of the relationship `database`, or of the only database."""
    found = {}
    for name, endpoints in _decoded(environ, "PLATFORM_RELATIONSHIPS").items():
        known = [one for one in endpoints if one.get("scheme") in _SCHEMES]
        # With replicas, the primary one.
        known.sort(key=lambda one: not (one.get("query") or {}).get("is_master"))
        if known:
            found[name] = known[0]
    if DATABASE_RELATIONSHIP in found:
        return found[DATABASE_RELATIONSHIP]
    return next(iter(found.values())) if len(found) == 1 else None


def redis_url(environ):
    """Address of the related Redis or Valkey, or None.

    https://docs.upsun.com/add-services/valkey.html#relationship-reference
    """
    for endpoints in _decoded(environ, "PLATFORM_RELATIONSHIPS").values():
        for one in endpoints:
            if one.get("scheme") in ("redis", "valkey"):
                password = quote(str(one.get("password") or ""), "")
                login = f":{password}@" if password else ""
                return f"redis://{login}{one['host']}:{one['port']}"
    return None


def provided(environ):
    """Defaults for variables that you did not set.

    PLATFORM_PROJECT_ENTROPY is random and stays the same for the life of the project.
    """
    values = {
        "SECRET_KEY": environ.get("PLATFORM_PROJECT_ENTROPY"),
        "DATABASE_URL": database_url(environ),
        "REDIS_URL": redis_url(environ),
    }
    data = Path(environ.get("PLATFORM_APP_DIR", "")) / DATA_MOUNT
    if data.is_dir():
        values.update(DEPLOY_DATA=str(data), MEDIA_ROOT=str(data / "media"))
    return {name: value for name, value in values.items() if value}


def _decoded(environ, name):
    """The object in this variable, which holds JSON in base64; empty if unset."""
    return json.loads(base64.b64decode(environ.get(name) or "e30="))
