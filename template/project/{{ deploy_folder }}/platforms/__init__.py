"""A module for each platform: its hosts, database and proxy. Added by deploy-overlay."""

import importlib
import pkgutil
import unicodedata


def names():
    """Names of the platforms that this project is configured for."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def module(name):
    """The module of a platform."""
    return importlib.import_module(f"{__name__}.{name}")


def current(environ):
    """The platform that set these variables, or None."""
    found = (module(name) for name in names())
    return next((platform for platform in found if platform.running(environ)), None)


def provided(environ):
    """Values that the platform sets under other names; SECRET_KEY is the key's variable."""
    own = getattr(current(environ), "provided", None)
    return own(environ) if own else {}


def database_url(environ):
    """The address of the database outside of a platform."""
    return environ.get("DATABASE_URL")


def as_sent(host):
    """A host as browsers send it: `Bücher.example.` is xn--bcher-kva.example."""
    labels = unicodedata.normalize("NFKC", host).lower().rstrip(".").split(".")
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)
