"""The environment variables of rehearsed processes: those of production, and none of this shell."""

from __future__ import annotations

import importlib.util
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from ..base.env_file import EnvFileError, read_env_file

from .overlay import Overlay, Platform
from .record import Stop

# What a program needs to run at all on this system; everything else in the shell might make the rehearsal pass by luck.
KEPT_VARIABLES = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "TMPDIR", "TMP", "TEMP", "VIRTUAL_ENV", "CONDA_PREFIX"}
    | {"PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"}
    | {"SSL_CERT_FILE", "SSL_CERT_DIR", "GDAL_LIBRARY_PATH", "GEOS_LIBRARY_PATH", "GDAL_DATA", "PROJ_LIB", "PROJ_DATA"}
    | {"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"}
    | {"PROGRAMFILES", "PROGRAMFILES(X86)", "USERPROFILE", "USERNAME", "NUMBER_OF_PROCESSORS"}
)
OVERLAY_VARIABLES = frozenset(
    {"DJANGO_SETTINGS_MODULE", "PORT", "STATIC_ROOT", "DEPLOY_BUILD", "DEBUG", "DJANGO_DEBUG"}
)
# An address that no machine has (https://www.rfc-editor.org/rfc/rfc5737): gunicorn trusts proxies on 127.0.0.1 unless
# told otherwise, where the rehearsal is but the platform's proxy is not, so HTTPS would be seen here and not there.
NO_TRUSTED_PROXY = "192.0.2.1"


def supplied_variables(overlay: Overlay, shell: Mapping[str, str], env_file: Mapping[str, str]) -> dict[str, str]:
    """Variables from the user: required ones from the shell, and all of the file."""
    names = {*overlay.required, "DATABASE_URL"} - OVERLAY_VARIABLES - {overlay.key_variable}
    from_shell = {name: shell[name] for name in names if shell.get(name)}
    return from_shell | {
        name: value for name, value in env_file.items() if name not in OVERLAY_VARIABLES | {overlay.key_variable}
    }


def production_environment(
    overlay: Overlay, platform: Platform, supplied: Mapping[str, str], shell: Mapping[str, str], static_root: Path
) -> dict[str, str]:
    """The whole environment of a rehearsed process, without DATABASE_URL unless it was supplied."""
    return {
        **_system_variables(shell),
        "FORWARDED_ALLOW_IPS": NO_TRUSTED_PROXY,
        **supplied,
        **platform.variables,
        **_python_variables(static_root.parent),
        "DJANGO_SETTINGS_MODULE": overlay.settings,
        overlay.key_variable: secrets.token_urlsafe(60),
        "STATIC_ROOT": str(static_root),
        "PORT": "8000",
    }


def build_environment(overlay: Overlay, shell: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """The environment of an image build: no variables except DEPLOY_BUILD."""
    return {
        **_system_variables(shell),
        **_python_variables(scratch),
        "DJANGO_SETTINGS_MODULE": overlay.settings,
        "DEPLOY_BUILD": "1",
    }


def own_environment(
    overlay: Overlay, platform: Platform, production: Mapping[str, str], shell: Mapping[str, str], scratch: Path
) -> dict[str, str]:
    """The environment of the project's own settings: this shell, with the rehearsal's database.

    What production was given fills the gaps, but nothing by which a project would take this for the platform.
    """
    given = {name: value for name, value in production.items() if name not in platform.variables}
    return {
        **given,
        **shell,
        **_python_variables(scratch),
        **{name: production[name] for name in ("DATABASE_URL", "STATIC_ROOT")},
        "DJANGO_SETTINGS_MODULE": overlay.project_settings,
    }


def _system_variables(shell: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in shell.items()
        if name.upper() in KEPT_VARIABLES or name.startswith(("LC_", "LANG"))
    }


def _python_variables(scratch: Path) -> dict[str, str]:
    return {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", **_compiled_files(scratch)}


def _compiled_files(scratch: Path) -> dict[str, str]:
    """Write no compiled files into the project; compile Django only once if its installer did not."""
    found = importlib.util.find_spec("django")
    if found and found.origin and (Path(found.origin).parent / "__pycache__").is_dir():
        return {"PYTHONDONTWRITEBYTECODE": "1"}
    return {"PYTHONPYCACHEPREFIX": str(scratch / "compiled")}


def missing_variables(overlay: Overlay, environ: Mapping[str, str]) -> list[str]:
    """Required variables without a value, except DATABASE_URL, which the rehearsal sets."""
    return [name for name in overlay.required if name != "DATABASE_URL" and not environ.get(name)]


def supplied_by_file(path: Path) -> dict[str, str]:
    """The variables in the file of --env-file.

    Raises:
        Stop: the file cannot be read, or a line of it is no variable.
    """
    try:
        return read_env_file(path)
    except EnvFileError as error:
        raise Stop(
            f"{path}:{error.line} {error}. Correct it, or start it with # to leave it out.", anchor="rehearsal-env-file"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Stop(
            f"{path} cannot be read: {reason}. Name a file of NAME=value lines with --env-file.",
            anchor="rehearsal-env-file",
        ) from None


def repository_above(django_root: Path) -> Path:
    """The folder with .git at or above the Django root, else the Django root itself."""
    for folder in (django_root, *django_root.parents):
        if (folder / ".git").exists():
            return folder
    return django_root


def rehearsal_log(repository: Path) -> Path | None:
    """A file under the git folder, where nothing can be committed; empty at first. None without a git folder."""
    git = repository / ".git"
    try:
        if git.is_file():  # a worktree or submodule: https://git-scm.com/docs/gitrepository-layout
            git = repository / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        folder = git / "deploy-overlay"
        if not git.is_dir():
            return None
        folder.mkdir(exist_ok=True)
        log = folder / "rehearsal.log"
        log.write_text("", encoding="utf-8")
        log.chmod(0o600)
    except (OSError, UnicodeDecodeError):
        return None
    return log


def shell_environment() -> dict[str, str]:
    """The environment of this process."""
    return dict(os.environ)
