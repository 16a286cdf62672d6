"""Where this site runs: one module for each platform that it is configured for.

Added by deploy-overlay. A module says how the platform is recognised, under which hosts
the site is reached, where the database is, and which header of its proxy can be trusted.
"""

import importlib
import pkgutil
import unicodedata


def names():
    """The platforms that this project is configured for."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def module(name):
    """The module of one platform."""
    return importlib.import_module(f"{__name__}.{name}")


def current(environ):
    """The module of the platform that set these variables, or None elsewhere."""
    found = (module(name) for name in names())
    return next((platform for platform in found if platform.running(environ)), None)


def provided(environ):
    """What the platform gives under names of its own, by the names that this site reads.

    SECRET_KEY stands for the variable that holds it, whatever its name is.
    """
    own = getattr(current(environ), "provided", None)
    return own(environ) if own else {}


def database_url(environ):
    """Where the database is when no platform says otherwise."""
    return environ.get("DATABASE_URL")


def as_sent(host):
    """A host as browsers send it: `Bücher.example.` is xn--bcher-kva.example."""
    labels = unicodedata.normalize("NFKC", host).lower().rstrip(".").split(".")
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)
