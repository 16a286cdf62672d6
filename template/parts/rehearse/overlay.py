"""The package of the rehearsal: its variables, platforms and server configuration."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .record import Stop

PACKAGE = __package__ or ""  # of the one file that all modules become
EXAMPLE_HOST = "rehearsal.example.com"


@dataclass(frozen=True)
class Platform:
    """A platform module of the package, or a plain server if there is none."""

    key: str
    name: str
    variables: Mapping[str, str]
    header: tuple[str, str] | None
    module: ModuleType | None = None

    def host(self, environ: Mapping[str, str], allowed: Iterable[str] = ()) -> str:
        """A host name of the site on the platform, never a pattern.

        Where the platform gives no address, it is the first of `allowed`, the ALLOWED_HOSTS of the production settings.
        """
        hosts: list[str] = list(self.module.hosts(environ)) if self.module else []
        for host in [*hosts, *environ.get("DEPLOY_HOSTS", "").split(","), *allowed]:
            name = host.strip()
            if name and "*" not in name:
                return f"rehearsal{name}" if name.startswith(".") else name
        return EXAMPLE_HOST

    def proxy_headers(self) -> dict[str, str]:
        """The header with which the platform's proxy marks HTTPS requests."""
        if not self.header:
            return {}
        return {self.header[0].removeprefix("HTTP_").replace("_", "-").title(): self.header[1]}


@dataclass(frozen=True)
class Overlay:
    """The package beside the rehearsal. `required` maps each variable to its meaning; `database` is the chosen kind.

    `project_settings` is the settings module that the package builds on, empty when environment.py does not say.
    `build_commands` are the arguments of manage.py that a build runs, collectstatic among them, in this order;
    `before_migrate` those that a release runs before it migrates; `python` is the version in production, such as 3.13.
    """

    package: str
    required: Mapping[str, str]
    key_variable: str
    database: str
    platforms: tuple[Platform, ...]
    project_settings: str = ""
    build_commands: tuple[str, ...] = ()
    before_migrate: tuple[str, ...] = ()
    python: str = ""

    @property
    def settings(self) -> str:
        return f"{self.package}.settings"

    def built(self) -> tuple[list[str], list[str]]:
        """The commands of a build before collectstatic, and those after it."""
        names = [command.partition(" ")[0] for command in self.build_commands]
        at = names.index("collectstatic") if "collectstatic" in names else len(names)
        return list(self.build_commands[:at]), list(self.build_commands[at + 1 :])

    def another_python(self) -> str:
        """A note that this is not the Python version of production; empty if it is."""
        here = ".".join(map(str, sys.version_info[:2]))
        if here == ".".join(self.python.split(".")[:2]) or not self.python:
            return ""
        return f"Python {self.python}, which production uses; this ran on {here}."

    @property
    def server_configuration(self) -> Path:
        return Path(*self.package.split("."), "gunicorn.conf.py")

    def platform(self, wanted: str | None) -> Platform:
        """The platform of that name, or the first one.

        Raises:
            Stop: there is no such platform; the sentence lists those that are there.
        """
        for platform in self.platforms:
            if wanted is None or wanted.lower() in (platform.key.lower(), platform.name.lower()):
                return platform
        keys = ", ".join(platform.key for platform in self.platforms)
        raise Stop(f"There is no platform {wanted!r}. Choose one of: {keys}.", anchor="rehearsal-platform")


def load_overlay() -> Overlay:
    """Read environment.py and platforms/ of the package.

    Raises:
        Stop: a part of the package is missing or cannot be imported.
    """
    if not PACKAGE:
        raise Stop("Run the rehearsal as a module: python -m deploy.rehearse.", anchor="rehearsal-not-a-module")
    environment = _package_part("environment")
    platforms = _package_part("platforms")
    keys = sorted(found.name for found in pkgutil.iter_modules(platforms.__path__) if not found.name.startswith("_"))
    return Overlay(
        package=PACKAGE,
        required=dict(getattr(environment, "REQUIRED", {})),
        key_variable=getattr(environment, "SECRET_KEY_VARIABLE", "SECRET_KEY"),
        database=getattr(environment, "DATABASE", ""),
        platforms=tuple(_loaded_platform(key) for key in keys) or (_plain_server(),),
        project_settings=getattr(environment, "PROJECT_SETTINGS", ""),
        build_commands=tuple(getattr(environment, "BUILD_COMMANDS", ())),
        before_migrate=tuple(getattr(environment, "BEFORE_MIGRATE", ())),
        python=getattr(environment, "PYTHON", ""),
    )


def _package_part(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"{PACKAGE}.{name}")
    except (Exception, SystemExit) as error:
        raise Stop(
            f"{PACKAGE}.{name} cannot be imported: {type(error).__name__}: {error}. "
            f"Run the rehearsal in the folder of manage.py, and restore {PACKAGE}/ from git if it was changed.",
            anchor="rehearsal-incomplete",
        ) from None


def _loaded_platform(key: str) -> Platform:
    module: Any = _package_part(f"platforms.{key}")
    header = module.PROXY_SSL_HEADER
    return Platform(key, module.NAME, dict(module.rehearsal()), tuple(header) if header else None, module)


def _plain_server() -> Platform:
    return Platform("server", "your own server", {"DEPLOY_HOSTS": EXAMPLE_HOST}, None)
