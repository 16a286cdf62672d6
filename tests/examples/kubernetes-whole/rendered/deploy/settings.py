"""Production settings: imports your settings and changes what production needs.

Added by deploy-overlay. Only production sets DJANGO_SETTINGS_MODULE to deploy.settings.
Edit freely; put your own settings at the end. `copier update` keeps your changes.
"""
# ruff: noqa: E402, F403, I001

from .environment import require

require()

from library.settings import *

# Imported last, because the star import may define the same names.
import os
from pathlib import Path

import dj_database_url
import django
from django.db.models.signals import pre_migrate

from . import logs, platforms
from .environment import SECRET_KEY_VARIABLE
from .locks import limit_waiting
from .platforms import as_sent

_own = dict(globals())  # your settings, unchanged
_root = Path(__file__).resolve().parent.parent
_platform = platforms.current(os.environ)

# An environment beside production, such as staging, has its name in this variable.
_production = os.environ.get("DEPLOY_OVERLAY_ENVIRONMENT", "production") == "production"

DEBUG = False
SECRET_KEY = os.environ[SECRET_KEY_VARIABLE]

# Hosts: the platform's address, your domains, DEPLOY_HOSTS and your ALLOWED_HOSTS without "*".
# https://docs.djangoproject.com/en/stable/ref/settings/#allowed-hosts
_domains = ["www.example.com", "example.com"]
_not_hosts = ("*", "localhost", ".localhost", "127.0.0.1", "0.0.0.0", "[::1]", "[::]")
_hosts = [
    *(_platform.hosts(os.environ) if _platform else []),
    *_domains,
    *os.environ.get("DEPLOY_HOSTS", "").replace(" ", "").split(","),
    *_own.get("ALLOWED_HOSTS", ()),
]
_hosts = [as_sent(host) for host in _hosts if host]  # skips unset variables
_origins = [origin for origin in _own.get("CSRF_TRUSTED_ORIGINS", ()) if origin]
if not _production:  # your domains are production's
    _hosts = [host for host in _hosts if host not in _domains]
    _origins = [origin for origin in _origins if origin.rpartition("/")[2] not in _domains]
ALLOWED_HOSTS = [host for host in dict.fromkeys(_hosts) if host not in _not_hosts]
if not ALLOWED_HOSTS and hasattr(_platform, "without_hosts"):
    _platform.without_hosts(os.environ)

for _host in ALLOWED_HOSTS:
    _origins.append(f"https://{'*' if _host.startswith('.') else ''}{_host}")
CSRF_TRUSTED_ORIGINS = [name for name in dict.fromkeys(_origins) if "://" in name]

# HTTPS and cookies.
# https://docs.djangoproject.com/en/stable/howto/deployment/checklist/#https
# The header is trusted only from a proxy that always sets it; visitors can send it too.
SECURE_PROXY_SSL_HEADER = _platform.PROXY_SSL_HEADER if _platform else None
SECURE_SSL_REDIRECT = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

# Browsers then refuse plain HTTP for an hour; once sent, this cannot be undone. Raise it
# in steps to 31536000 (one year) when HTTPS has worked for a while.
# https://docs.djangoproject.com/en/stable/ref/middleware/#http-strict-transport-security
SECURE_HSTS_SECONDS = int(
    os.environ.get("SECURE_HSTS_SECONDS") or _own.get("SECURE_HSTS_SECONDS") or 3600
)

SILENCED_SYSTEM_CHECKS = [
    *_own.get("SILENCED_SYSTEM_CHECKS", ()),
    # HSTS for subdomains and preloading: only you know whether all subdomains have HTTPS.
    "security.W005",
    "security.W021",
]
if _own.get("X_FRAME_OPTIONS", "DENY") != "DENY":
    # Your settings allow frames on purpose.
    SILENCED_SYSTEM_CHECKS += ["security.W019"]

# Apps and middleware.
INSTALLED_APPS = [*_own.get("INSTALLED_APPS", ())]
if not any(app.startswith("django.contrib.staticfiles") for app in INSTALLED_APPS):
    INSTALLED_APPS += ["django.contrib.staticfiles"]

_security = "django.middleware.security.SecurityMiddleware"
_whitenoise = "whitenoise.middleware.WhiteNoiseMiddleware"
_middleware = [*_own.get("MIDDLEWARE", ())]
if _security not in _middleware:
    _middleware.insert(0, _security)  # redirects to HTTPS
if not any(entry.startswith("whitenoise.") for entry in _middleware):
    _middleware.insert(_middleware.index(_security) + 1, _whitenoise)
if not _production:
    _middleware.insert(0, f"{__package__}.robots.unlisted")
MIDDLEWARE = [f"{__package__}.health.health", *_middleware]

# Static files and uploads.
STATIC_URL = _own.get("STATIC_URL") or "static/"
_sources = [
    Path(entry[1] if isinstance(entry, (list, tuple)) else entry)
    for entry in _own.get("STATICFILES_DIRS", ())
]
_collected = _root / "staticfiles"
if _collected in _sources:
    _collected = _root / "staticfiles-collected"


def _placed(name, default):
    """The folder from the environment or the default, as str or Path like your own setting."""
    folder = os.environ.get(name) or default
    return Path(folder) if isinstance(_own.get(name), Path) else str(folder)


STATIC_ROOT = _placed("STATIC_ROOT", _collected)
MEDIA_ROOT = _placed("MEDIA_ROOT", _own.get("MEDIA_ROOT", ""))

# Old names of STORAGES: before Django 5.1 an error beside it, later ignored.
_default_storage = globals().pop("DEFAULT_FILE_STORAGE", None)
_static_storage = globals().pop("STATICFILES_STORAGE", None)
if django.VERSION >= (5, 1):
    _default_storage = _static_storage = None
STORAGES = {
    "default": {
        "BACKEND": _default_storage or "django.core.files.storage.FileSystemStorage"
    },
    "staticfiles": {"BACKEND": _static_storage or "django."},
    **_own.get("STORAGES", {}),
}

# Uploads go to a bucket of S3 or of a compatible service.
# https://django-storages.readthedocs.io/en/stable/backends/amazon-S3.html
_bucket = {
    "bucket_name": os.environ["AWS_STORAGE_BUCKET_NAME"],
    "access_key": os.environ["AWS_ACCESS_KEY_ID"],
    "secret_key": os.environ["AWS_SECRET_ACCESS_KEY"],
    "region_name": os.environ.get("AWS_REGION") or None,
    "endpoint_url": os.environ.get("AWS_ENDPOINT_URL_S3") or None,
    "signature_version": "s3v4",  # the only one that every region and service accepts
    # The bucket is a part of the host name, as new services demand.
    "addressing_style": _own.get("AWS_S3_ADDRESSING_STYLE", "virtual"),
    "file_overwrite": False,  # a second file of the same name gets another one, as on a disk
    "default_acl": None,  # the bucket decides: new ones refuse an ACL for each file
    "querystring_auth": True,  # signed addresses, valid for an hour
}
# So does each further storage that writes to the disk, which a release would empty.
for _name, _storage in STORAGES.items():
    if _storage["BACKEND"].endswith(".FileSystemStorage") and _name != "staticfiles":
        _options = {**_bucket, "location": _name}
        STORAGES[_name] = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _options}
STORAGES["default"] = {
    "BACKEND": "storages.backends.s3.S3Storage",
    # Everybody may see them, at addresses without a signature: the bucket must let everybody
    # read what is in its folder "public".
    "OPTIONS": {**_bucket, "location": "public", "querystring_auth": False},
}
if STORAGES["staticfiles"]["BACKEND"].startswith(("django.", "whitenoise.")):
    STORAGES["staticfiles"] = {"BACKEND": f"{__package__}.static.StaticFiles"}
    # Written for the storage that was replaced; StaticFiles knows its hashed names.
    globals().pop("WHITENOISE_IMMUTABLE_FILE_TEST", None)

# Database: a connection is reused for up to a minute, after a health check.
DATABASES = {**_own.get("DATABASES", {})}
_url = (_platform or platforms).database_url(os.environ)


def _kind(engine):
    name = engine.rpartition(".")[2]
    return "postgresql" if name.startswith("postg") else name


if _url:
    _kept = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    _new = {**dj_database_url.parse(_url), **_kept}
    if getattr(_platform, "POOLED_DATABASE", False):
        # PgBouncer shares connections between transactions, so cursors cannot stay open.
        _new["DISABLE_SERVER_SIDE_CURSORS"] = True
    _old = DATABASES.get("default", {})
    _engine = _old.get("ENGINE") or ""
    if _kind(_engine) == _kind(_new["ENGINE"]):
        # Keep your engine (PostGIS, a monitoring wrapper) and options; change the address.
        _options = {**_old.get("OPTIONS", {}), **_new.get("OPTIONS", {})}
        _new = {**_old, **_new, "ENGINE": _engine, "OPTIONS": _options}
        if _options.get("pool"):
            _new["CONN_MAX_AGE"] = 0  # the pool keeps connections itself
    else:
        _new["ATOMIC_REQUESTS"] = _old.get("ATOMIC_REQUESTS", False)
    DATABASES["default"] = _new

# A migration that waits for a table would block the site. See locks.py.
pre_migrate.connect(limit_waiting)

# Some apps need this app on PostgreSQL. It has no tables.
_engine = DATABASES.get("default", {}).get("ENGINE", "")
if _kind(_engine) == "postgresql" and "django.contrib.postgres" not in INSTALLED_APPS:
    INSTALLED_APPS += ["django.contrib.postgres"]

# Mail: sent by SMTP once EMAIL_HOST is set; until then, as your settings say.
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

# Logs go to standard output, which the platform collects; log files would be lost. They are text,
# or JSON if DEPLOY_LOGS is json.
_stdout = {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}


def _printed(handler):
    if str(handler.get("class", "")).endswith("FileHandler"):
        kept = ("level", "formatter", "filters")
        handler = {**_stdout, **{key: handler[key] for key in kept if key in handler}}
    if logs.WANTED and str(handler.get("class", "")).endswith("StreamHandler"):
        handler = {**handler, "formatter": "json"}
    return handler


LOGGING = {"version": 1, "disable_existing_loggers": False, **_own.get("LOGGING", {})}
_handlers = {"stdout": _stdout, **LOGGING.get("handlers", {})}
LOGGING["handlers"] = {name: _printed(_handlers[name]) for name in _handlers}
LOGGING.setdefault("root", {"handlers": ["stdout"], "level": "INFO"})
if logs.WANTED:
    LOGGING["formatters"] = {**LOGGING.get("formatters", {}), "json": {"()": f"{__package__}.logs.JSON"}}
    MIDDLEWARE = [f"{__package__}.logs.remember_request", *MIDDLEWARE]
    logs.set_up_celery()
