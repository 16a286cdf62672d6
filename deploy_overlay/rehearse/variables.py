"""The environment variables of rehearsed processes: those of production, and none of this shell."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from ..base.env_file import read_owners_file
from ..base.scrub import hide
from .preparation import Installed
from .production import Production, Target

# What a program needs to run at all on this system; everything else in the shell might make the rehearsal pass by luck.
SYSTEM_VARIABLES = frozenset(
    {"PATH", "TMPDIR", "TMP", "TEMP", "SSL_CERT_FILE", "SSL_CERT_DIR"}
    # libraries that Django loads by their path: https://docs.djangoproject.com/en/stable/ref/contrib/gis/install/geolibs/
    | {"GDAL_LIBRARY_PATH", "GEOS_LIBRARY_PATH", "GDAL_DATA", "PROJ_LIB", "PROJ_DATA"}
    | {"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)"}
    | {"NUMBER_OF_PROCESSORS"}
)
OVERLAY_VARIABLES = frozenset(
    {"DJANGO_SETTINGS_MODULE", "PORT", "STATIC_ROOT", "DEPLOY_BUILD", "DEBUG", "DJANGO_DEBUG", "DATABASE_URL"}
)
# An address that no machine has (https://www.rfc-editor.org/rfc/rfc5737): gunicorn trusts proxies on 127.0.0.1 unless
# told otherwise, where the rehearsal is but the platform's proxy is not, so HTTPS would be seen here and not there.
NO_TRUSTED_PROXY = "192.0.2.1"


def supplied_variables(production: Production, env_file: Path | None) -> dict[str, str]:
    """The user's variables: required ones from the shell, and all of the file; databases are the rehearsal's own.

    Raises Failure for a file that cannot be read.
    """
    own = OVERLAY_VARIABLES | {production.key_variable}
    found = {name: os.environ[name] for name in production.required if name not in own and os.environ.get(name)}
    if env_file:
        found |= {name: value for name, value in read_owners_file(env_file, str(env_file)).items() if name not in own}
    for name, value in found.items():
        if any(word in name for word in ("KEY", "SECRET", "TOKEN", "PASSWORD", "DSN", "URL")):
            hide(value)
    return found


def production_environment(
    production: Production, target: Target, supplied: Mapping[str, str], installed: Installed, scratch: Path, app: Path
) -> dict[str, str]:
    """The whole environment of a process on the platform, without the addresses of its resources.

    `app` is the folder that the platform starts in.
    """
    single = target.platform is not None and target.platform.runs.processors == 1
    return {
        **system_environment(installed, scratch),
        "FORWARDED_ALLOW_IPS": NO_TRUSTED_PROXY,
        **({"WEB_CONCURRENCY": "1"} if single else {}),  # as gunicorn.conf.py decides there
        **supplied,
        **{name: value.replace("{app}", str(app)) for name, value in target.variables.items()},
        "DJANGO_SETTINGS_MODULE": production.settings,
        production.key_variable: secrets.token_urlsafe(60),
        "PORT": "8000",
    }


def build_environment(production: Production, installed: Installed, scratch: Path) -> dict[str, str]:
    """The environment of a build: no variables except DEPLOY_BUILD."""
    return {
        **system_environment(installed, scratch),
        "DJANGO_SETTINGS_MODULE": production.settings,
        "DEPLOY_BUILD": "1",
    }


def own_environment(
    production: Production, target: Target, environ: Mapping[str, str], installed: Installed, scratch: Path
) -> dict[str, str]:
    """The environment of the project's own settings: this shell, with the rehearsal's database.

    What production was given fills the gaps, but nothing by which a project would take this for the platform.
    """
    given = {name: value for name, value in environ.items() if name not in target.variables}
    shell = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {
        **given,
        **shell,
        **system_environment(installed, scratch),
        "DJANGO_SETTINGS_MODULE": production.project_settings,
    }


def system_environment(installed: Installed, scratch: Path) -> dict[str, str]:
    """The variables that every program needs, with a separate home, and the installed programs first on PATH."""
    home = scratch / "home"
    home.mkdir(exist_ok=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in SYSTEM_VARIABLES or name.startswith(("LC_", "LANG"))
    }
    path = os.pathsep.join(filter(None, [str(installed.programs), kept.get("PATH", "")]))
    return {
        **kept,
        "PATH": path,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONDONTWRITEBYTECODE": "1",  # what is written beside the code is noticed
    }
