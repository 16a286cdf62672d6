"""Where this site runs: one module for each platform, recognised by what the platform itself sets.

Added by deploy-overlay. A module here says how it is recognised, under which hosts the site is reached, where the
database is, and which header of the platform's proxy can be trusted.
"""

import importlib
import pkgutil


def names():
    """The platforms that this project is configured for."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def module(name):
    """The module of one platform."""
    return importlib.import_module(f"{__name__}.{name}")


def current(environ):
    """The module of the platform that set these environment variables, or None elsewhere."""
    return next((found for found in map(module, names()) if found.running(environ)), None)
