"""The environment variables that production needs. Added by deploy-overlay."""

import os
import secrets
import sys
from urllib.parse import unquote, urlsplit

from . import platforms

# Name: what it is for. The site does not start without them; set them as secrets of the
# platform.
REQUIRED = {
    "SECRET_KEY": "signs sessions and links: a long random text, always the same",
}

MORE = "https://org.github.io/deploy-overlay/errors/#not-started"
SECRET_KEY_VARIABLE = "SECRET_KEY"

# What settings.py builds on; the rehearsal compares with it.
PROJECT_SETTINGS = "notes.settings"

# What production runs; the rehearsal says where it ran on another.
PYTHON = "3.13"

# postgres: DATABASE_URL says where. sqlite: a file on a volume. external: DATABASE_URL or
# the project's own settings.
DATABASE = "sqlite"

# A cache of the settings is in the database: each release makes its table where it is not
# there yet.
BEFORE_MIGRATE = ["createcachetable"]


def building():
    """Whether the site is being built, where no secrets exist and none are needed."""
    return os.environ.get("DEPLOY_BUILD") == "1"


def missing(environ=os.environ):
    """Names in REQUIRED that have no value."""
    return [name for name in REQUIRED if not environ.get(name)]


def require(environ=os.environ):
    """Stop with one sentence where variables are missing.

    What the platform gives under names of its own is taken first. During a build,
    placeholders take the place of what is missing.
    """
    for name, value in platforms.provided(environ).items():
        environ.setdefault(SECRET_KEY_VARIABLE if name == "SECRET_KEY" else name, value)
    names = missing(environ)
    if names and building():
        environ.update({name: placeholder(name) for name in names})
    elif names:
        listed = ", ".join(f"{name} ({REQUIRED[name]})" for name in names)
        sys.exit(f"Not started: set {listed}.\nMore: {MORE}")


def placeholder(name):
    """A value that parses as what the name suggests; it never leaves the build."""
    if name == SECRET_KEY_VARIABLE:
        return secrets.token_urlsafe(50)
    if name.endswith("DATABASE_URL"):
        return "sqlite:///:memory:"
    if name.endswith("DSN"):
        return "https://build@placeholder.invalid/0"
    if name.endswith("MAIL_URL"):
        return "smtp://placeholder.invalid:25"
    if name.endswith(("URL", "URI", "ENDPOINT")):
        queues = ("REDIS", "BROKER", "CACHE", "CELERY")
        scheme = "redis" if any(word in name for word in queues) else "https"
        return f"{scheme}://placeholder.invalid/0"
    return "1"  # also a whole number and a true value
