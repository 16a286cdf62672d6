"""Production settings: imports your settings and changes what production needs.

Added by deploy-overlay. Only production sets DJANGO_SETTINGS_MODULE to deploy.settings.
Edit this file freely; put your own settings at the end. `copier update` keeps your changes.
"""
# ruff: noqa: E402, F403, I001

from .environment import require

require()

from atlas.settings import *

# Imported after your settings, which may define the same names.
import os
from pathlib import Path

import dj_database_url
import django
from django.db.models.signals import pre_migrate

from . import locks, logs, platforms
from .environment import SECRET_KEY_VARIABLE

_own = dict(globals())  # your settings, unchanged
_root = Path(__file__).resolve().parent.parent
_platform = platforms.current(os.environ)

# `deploy-overlay deploy --environment staging` sets this variable to "staging".
_production = os.environ.get("DEPLOY_OVERLAY_ENVIRONMENT", "production") == "production"

DEBUG = False
SECRET_KEY = os.environ[SECRET_KEY_VARIABLE]

# Hosts: the platform's address, your domains, DEPLOY_HOSTS and your ALLOWED_HOSTS without "*".
# https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts
_domains = ["atlas.example", "www.atlas.example"]
_not_hosts = ("*", "localhost", ".localhost", "127.0.0.1", "0.0.0.0", "[::1]", "[::]")
_hosts = [
    *(_platform.hosts(os.environ) if _platform else []),
    *_domains,
    *os.environ.get("DEPLOY_HOSTS", "").replace(" ", "").split(","),
    *_own.get("ALLOWED_HOSTS", ()),
]
_hosts = [platforms.to_punycode(host) for host in _hosts if host]
_origins = [origin for origin in _own.get("CSRF_TRUSTED_ORIGINS", ()) if origin]
if not _production:  # your domains belong to production
    _hosts = [host for host in _hosts if host not in _domains]
    _origins = [origin for origin in _origins if origin.rpartition("/")[2] not in _domains]
ALLOWED_HOSTS = [host for host in dict.fromkeys(_hosts) if host not in _not_hosts]
if not ALLOWED_HOSTS and hasattr(_platform, "without_hosts"):
    _platform.without_hosts(os.environ)

_origins += [f"https://{'*' if host.startswith('.') else ''}{host}" for host in ALLOWED_HOSTS]
CSRF_TRUSTED_ORIGINS = [name for name in dict.fromkeys(_origins) if "://" in name]

# HTTPS and cookies. Only a proxy that always sets the header is trusted, because visitors can
# send it too. https://docs.djangoproject.com/en/stable/howto/deployment/checklist/#https
SECURE_PROXY_SSL_HEADER = _platform.PROXY_SSL_HEADER if _platform else None
SECURE_SSL_REDIRECT = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# Browsers refuse plain HTTP for this long (an hour), and you cannot take it back. Raise it
# in steps to 31536000 (one year) when HTTPS has worked for a while.
# https://docs.djangoproject.com/en/stable/ref/middleware/#http-strict-transport-security
SECURE_HSTS_SECONDS = int(
    os.environ.get("SECURE_HSTS_SECONDS") or _own.get("SECURE_HSTS_SECONDS") or 3600
)
# HSTS for subdomains and preloading: only you know whether all your subdomains have HTTPS.
SILENCED_SYSTEM_CHECKS = [*_own.get("SILENCED_SYSTEM_CHECKS", ()), "security.W005", "security.W021"]
if _own.get("X_FRAME_OPTIONS", "DENY") != "DENY":
    SILENCED_SYSTEM_CHECKS += ["security.W019"]  # your settings allow frames on purpose

# Apps and middleware.
INSTALLED_APPS = [*_own.get("INSTALLED_APPS", ())]
if not any(app.startswith("django.contrib.staticfiles") for app in INSTALLED_APPS):
    INSTALLED_APPS += ["django.contrib.staticfiles"]

_security = "django.middleware.security.SecurityMiddleware"
_middleware = [*_own.get("MIDDLEWARE", ())]
if _security not in _middleware:
    _middleware.insert(0, _security)  # redirects to HTTPS
if not any(entry.startswith("whitenoise.") for entry in _middleware):
    _middleware.insert(_middleware.index(_security) + 1, "whitenoise.middleware.WhiteNoiseMiddleware")
if not _production:
    _middleware.insert(0, f"{__package__}.robots.NoIndex")
MIDDLEWARE = [f"{__package__}.health.health", *_middleware]

# Static files and uploads.
STATIC_URL = _own.get("STATIC_URL") or "static/"
_sources = [  # an entry may be (prefix, folder)
    Path(entry[1] if isinstance(entry, (list, tuple)) else entry)
    for entry in _own.get("STATICFILES_DIRS", ())
]
_collected = _root / "staticfiles"
if _collected in _sources:
    _collected = _root / "staticfiles-collected"


def _folder_setting(name, default):
    """The variable or the default, with the type (str or Path) that your setting has."""
    folder = os.environ.get(name) or default
    return Path(folder) if isinstance(_own.get(name), Path) else str(folder)


STATIC_ROOT = _folder_setting("STATIC_ROOT", _collected)
MEDIA_ROOT = _folder_setting("MEDIA_ROOT", _own.get("MEDIA_ROOT", ""))
# The build compresses; a server that compresses at requests would write where nothing serves it.
COMPRESS_OFFLINE, COMPRESS_ROOT = True, STATIC_ROOT

# STORAGES replaced these settings. Django 5.1 and later ignore them; earlier versions refuse both.
_old_storages = [globals().pop(f"{name}_STORAGE", None) for name in ("DEFAULT_FILE", "STATICFILES")]
_default, _static = _old_storages if django.VERSION < (5, 1) else (None, None)
STORAGES = {
    "default": {"BACKEND": _default or "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _static or "django."},
    **_own.get("STORAGES", {}),
}
for _name, _storage in STORAGES.items():
    _folder = _storage.get("OPTIONS", {}).get("location")
    if not _folder or not os.environ.get("MEDIA_ROOT") or "FileSystem" not in _storage["BACKEND"]:
        continue  # leave buckets and custom storages alone
    # Use the platform's folder for uploads. A release would empty yours.
    if _name == "default":
        _folder = MEDIA_ROOT
    elif _name != "staticfiles" and Path(_folder).resolve().is_relative_to(_root):
        _folder = Path(MEDIA_ROOT).parent / _name  # not in it, because it may be private
    STORAGES[_name] = {**_storage, "OPTIONS": {**_storage["OPTIONS"], "location": _folder}}
if STORAGES["staticfiles"]["BACKEND"].startswith(("django.", "whitenoise.")):
    STORAGES["staticfiles"] = {"BACKEND": f"{__package__}.static.StaticFiles"}
    # This setting fits the replaced storage; StaticFiles knows its hashed names.
    globals().pop("WHITENOISE_IMMUTABLE_FILE_TEST", None)

# Database: each thread reuses its connection for up to a minute, after a health check.
DATABASES = {**_own.get("DATABASES", {})}
_url = getattr(_platform, "database_url", platforms.database_url)(os.environ)


def _kind(engine):
    name = engine.rpartition(".")[2]
    return "postgresql" if name.startswith("postg") else name


if _url:
    _reuse = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    _new = {**dj_database_url.parse(_url), **_reuse}
    if getattr(_platform, "POOLED_DATABASE", False):
        # PgBouncer may switch connections between transactions, which loses open cursors.
        _new["DISABLE_SERVER_SIDE_CURSORS"] = True
    _old = DATABASES.get("default", {})
    _engine = _old.get("ENGINE") or ""
    if _kind(_engine) == _kind(_new["ENGINE"]):
        # Keep your engine (PostGIS, a monitoring wrapper) and options. Only the address changes.
        _options = {**_old.get("OPTIONS", {}), **_new.get("OPTIONS", {})}
        _new = {**_old, **_new, "ENGINE": _engine, "OPTIONS": _options}
        if _options.get("pool"):
            _new["CONN_MAX_AGE"] = 0  # Django refuses persistent connections with a pool
    else:
        _new["ATOMIC_REQUESTS"] = _old.get("ATOMIC_REQUESTS", False)
    DATABASES["default"] = _new

# A migration that waits for a table would block the site.
pre_migrate.connect(locks.limit_waiting)

# Adds PostgreSQL's lookups, such as `unaccent`, which some apps rely on. It has no tables.
_engine = DATABASES.get("default", {}).get("ENGINE", "")
if _kind(_engine) == "postgresql" and "django.contrib.postgres" not in INSTALLED_APPS:
    INSTALLED_APPS += ["django.contrib.postgres"]

# Mail: by SMTP if EMAIL_HOST is set, otherwise as your settings say.
_smtp = "django.core.mail.backends.smtp.EmailBackend"
_not_sending = ("console", "dummy", "filebased", "locmem")
_yes = ("true", "1", "yes")
_port = int(os.environ.get("EMAIL_PORT") or 587)
_ssl = os.environ.get("EMAIL_USE_SSL", str(_port == 465)).lower() in _yes  # from the first byte
_server = {
    "host": os.environ.get("EMAIL_HOST", "localhost"),
    "port": _port,
    "username": os.environ.get("EMAIL_HOST_USER", ""),
    "password": os.environ.get("EMAIL_HOST_PASSWORD", ""),
    "use_tls": not _ssl and os.environ.get("EMAIL_USE_TLS", "true").lower() in _yes,
    "use_ssl": _ssl,
}
if os.environ.get("DEFAULT_FROM_EMAIL"):
    DEFAULT_FROM_EMAIL = SERVER_EMAIL = os.environ["DEFAULT_FROM_EMAIL"]
if "MAILERS" in _own:  # Django 6.1 and later
    MAILERS = {**_own["MAILERS"]}
    _backend = MAILERS.setdefault("default", {}).get("BACKEND", _smtp)
    if os.environ.get("EMAIL_HOST") or _backend.split(".")[-2] in _not_sending:
        MAILERS["default"] = {"BACKEND": _smtp, "OPTIONS": _server}
elif os.environ.get("EMAIL_HOST"):
    EMAIL_BACKEND = _smtp
    EMAIL_HOST = _server["host"]
    EMAIL_PORT = _server["port"]
    EMAIL_HOST_USER = _server["username"]
    EMAIL_HOST_PASSWORD = _server["password"]
    EMAIL_USE_TLS = _server["use_tls"]
    EMAIL_USE_SSL = _ssl

# Logs go to standard output, which the platform collects; log files would be lost.
_stdout = {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}


def _to_stdout(handler):
    if str(handler.get("class", "")).endswith("FileHandler"):
        kept = ("level", "formatter", "filters")
        handler = {**_stdout, **{key: handler[key] for key in kept if key in handler}}
    if logs.AS_JSON and str(handler.get("class", "")).endswith("StreamHandler"):
        handler = {**handler, "formatter": "json"}
    return handler


LOGGING = {"version": 1, "disable_existing_loggers": False, **_own.get("LOGGING", {})}
_handlers = {"stdout": _stdout, **LOGGING.get("handlers", {})}
LOGGING["handlers"] = {name: _to_stdout(_handlers[name]) for name in _handlers}
LOGGING.setdefault("root", {"handlers": ["stdout"], "level": "INFO"})
if logs.AS_JSON:
    LOGGING["formatters"] = {**LOGGING.get("formatters", {}), "json": {"()": f"{__package__}.logs.JSONFormatter"}}
    MIDDLEWARE = [f"{__package__}.logs.remember_request", *MIDDLEWARE]
