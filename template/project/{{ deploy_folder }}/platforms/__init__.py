"""One module per platform: how to recognize it, its hosts, proxy and database. Added by deploy-overlay."""

import importlib
import pkgutil
import unicodedata


def current(environ):
    """The platform that set these variables, or None. DEPLOY_PLATFORM may say which."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    named = environ.get("DEPLOY_PLATFORM")
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names if named in (None, name))
    return next((module for module in modules if module.running(environ)), None)


def provided(environ):
    """Variables that the platform sets under other names."""
    function = getattr(current(environ), "provided", None)
    return function(environ) if function else {}


def database_url(environ):
    """The database's address, where the platform does not say otherwise."""
    return environ.get("DATABASE_URL")


def to_punycode(host):
    """The host as browsers send it: `Bücher.example.` becomes `xn--bcher-kva.example`."""
    labels = unicodedata.normalize("NFKC", host).lower().rstrip(".").split(".")
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)
