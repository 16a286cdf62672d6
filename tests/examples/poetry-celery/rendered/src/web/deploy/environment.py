"""Environment variables that production needs. Added by deploy-overlay."""

import os
import secrets
import sys
from urllib.parse import unquote, urlsplit

from . import platforms

# The site does not start without these. Set them as secrets on the platform.
REQUIRED = {
    "SECRET_KEY": "signs sessions and links: long, random, never changes",
    "DATABASE_URL": "address of the database, postgres://user:password@host:port/name",
}
SECRET_KEY_VARIABLE = "SECRET_KEY"

# Your settings read these variables; their values come from DATABASE_URL.
_PARTS = {
    "DATABASE_URL": {
        "DB_NAME": "name",
        "DB_PASSWORD": "password",
        "DB_USER": "user",
    },
}


def require(environ=os.environ):
    """Exit with a message if variables are missing. A build has no secrets and gets placeholders."""
    for name, value in platforms.provided(environ).items():
        environ.setdefault(SECRET_KEY_VARIABLE if name == "SECRET_KEY" else name, value)
    _fill(environ)
    missing = [name for name in REQUIRED if not environ.get(name)]
    if environ.get("DEPLOY_BUILD") == "1":
        environ.update({name: placeholder(name) for name in missing})
        _fill(environ)
    elif missing:
        listed = ", ".join(f"{name} ({REQUIRED[name]})" for name in missing)
        sys.exit(f"Not started: set {listed}.\nMore: https://org.github.io/deploy-overlay/errors/#not-started")


def _fill(environ):
    for source, names in _PARTS.items():
        if not environ.get(source):
            continue
        url = urlsplit(environ[source])
        values = {
            "name": unquote(url.path.lstrip("/")),
            "user": unquote(url.username or ""),
            "password": unquote(url.password or ""),
            "host": unquote(url.hostname or ""),
            "port": str(url.port or 5432),
        }
        for name, part in names.items():
            environ.setdefault(name, values[part])


def placeholder(name):
    """A value of the kind that the variable's name suggests."""
    if name == SECRET_KEY_VARIABLE:
        return secrets.token_urlsafe(50)
    if name.endswith("DATABASE_URL"):
        return "postgres://build:build@localhost/build"
    if name.endswith("DSN"):
        return "https://build@placeholder.invalid/0"
    if name.endswith("MAIL_URL"):
        return "smtp://placeholder.invalid:25"
    if name.endswith(("URL", "URI", "ENDPOINT")):
        scheme = "redis" if any(word in name for word in ("REDIS", "BROKER", "CACHE", "CELERY")) else "https"
        return f"{scheme}://placeholder.invalid/0"
    return "1"  # also valid as a number or a boolean
