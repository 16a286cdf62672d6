"""Mail and uploads that the project already sends to a service, so that the overlay need not add anything."""

from __future__ import annotations

from ...base.evidence import Evidence
from ..production import production_names
from ..project import Project
from ..settings import GAP, Module

# https://docs.djangoproject.com/en/stable/topics/email/#email-backends
_DJANGOS = "django.core.mail.backends."
_SMTP = f"{_DJANGOS}smtp.EmailBackend"
_NOBODY = ("", "localhost", "127.0.0.1", "::1")


def own_mail(project: Project) -> Evidence | None:
    """The setting that configures mail: a service's backend, or an SMTP server other than this machine."""
    read = production_names(project)
    if read is None:
        return None
    backend, options = _mailer(read)
    if isinstance(backend, str) and GAP not in backend and not backend.startswith(_DJANGOS):
        return _place(read, "EMAIL_BACKEND") or _place(read, "MAILERS")
    if backend not in (None, _SMTP):
        return None  # mail goes to a file or nowhere, or is unknown
    for name, host in (("EMAIL_HOST", read.names.get("EMAIL_HOST")), ("MAILERS", options.get("host"))):
        if name in read.names and name not in read.undecided and _is_fixed(read, name, host):
            return _place(read, name)
    return None


def _mailer(read: Module) -> tuple[object, dict[str, object]]:
    """Backend and options, from MAILERS (Django 6.1) or from older settings."""
    mailers = read.names.get("MAILERS")
    default = mailers.get("default") if isinstance(mailers, dict) else None
    if isinstance(default, dict):
        options = default.get("OPTIONS")
        return default.get("BACKEND", _SMTP), options if isinstance(options, dict) else {}
    if "EMAIL_BACKEND" in read.undecided:
        return "", {}
    return read.names.get("EMAIL_BACKEND"), {}


def _is_fixed(read: Module, name: str, host: object) -> bool:
    """Whether the settings have the host, fixed or from a variable other than EMAIL_HOST."""
    if isinstance(host, str) and GAP not in host and host not in _NOBODY:
        return True
    return bool(read.origins.get(name)) and "EMAIL_HOST" not in read.origins[name]


def _place(read: Module, name: str) -> Evidence | None:
    return read.places.get(name)
