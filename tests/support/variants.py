"""What some projects do otherwise than `startproject`: each variant is one small function that changes a draft."""

from collections.abc import Callable

from .draft import Draft, append, cut, replace
from .front_end import npm_front_end
from .live import live
from .shapes import import_os
from .whole import whole


def django_environ(draft: Draft) -> None:
    """Secret key, DEBUG and database from the environment or an ignored .env, as django-environ's page shows."""
    draft.require("django-environ>=0.12")
    settings = draft.base_settings
    if settings == draft.settings:
        cut(settings, "# SECURITY WARNING: keep the secret", "ALLOWED_HOSTS")
        settings_lines = "\n\nSECRET_KEY = env('SECRET_KEY')\n\nDEBUG = env('DEBUG')\n"
    else:
        settings_lines = "\n"
    replace(settings, "from pathlib import Path\n", "from pathlib import Path\n\nimport environ\n")
    replace(
        settings,
        "# Quick-start development settings",
        "env = environ.Env(DEBUG=(bool, False))\n\nenviron.Env.read_env(BASE_DIR / '.env')\n"
        f"{settings_lines}\n\n# Quick-start development settings",
    )
    cut(settings, "DATABASES = {", "\n\n\n# Password validation")
    replace(
        settings,
        "#databases\n\n",
        "#databases\n\nDATABASES = {'default': env.db('DATABASE_URL', default=f'sqlite:///{BASE_DIR}/db.sqlite3')}",
    )
    draft.write(".env.example", "SECRET_KEY=change-me\nDEBUG=on\n")
    draft.write(".env", "SECRET_KEY=only-for-development\nDEBUG=on\n")


def own_storages(draft: Draft) -> None:
    """STORAGES with the two aliases of Django and one of the project."""
    append(
        draft.base_settings,
        """

STORAGES = {
    'default': {
        'BACKEND': 'django.core.files.storage.FileSystemStorage',
        'OPTIONS': {'location': BASE_DIR / 'media'},
    },
    'staticfiles': {
        'BACKEND': 'django.contrib.staticfiles.storage.StaticFilesStorage',
    },
    'exports': {
        'BACKEND': 'django.core.files.storage.FileSystemStorage',
        'OPTIONS': {'location': BASE_DIR / 'exports'},
    },
}
""",
    )


def asgi_only(draft: Draft) -> None:
    """No wsgi.py; ASGI_APPLICATION in place of WSGI_APPLICATION."""
    (draft.django_root / draft.package / "wsgi.py").unlink()
    replace(
        draft.base_settings,
        f"WSGI_APPLICATION = '{draft.package}.wsgi.application'",
        f"ASGI_APPLICATION = '{draft.package}.asgi.application'",
    )


def own_dockerfile(draft: Draft) -> None:
    """A Dockerfile and a .dockerignore of the project's own, for development."""
    (draft.root / "Dockerfile").write_text(
        'FROM python:3.12\nWORKDIR /code\nCOPY . .\nCMD ["python", "manage.py", "runserver", "0.0.0.0:8000"]\n',
        encoding="utf-8",
        newline="\n",
    )
    (draft.root / ".dockerignore").write_text(".git\n", encoding="utf-8", newline="\n")


def static_folders(draft: Draft) -> None:
    """STATICFILES_DIRS and STATIC_ROOT of the project's own."""
    replace(
        draft.base_settings,
        "STATIC_URL = 'static/'\n",
        "STATIC_URL = 'static/'\n\nSTATICFILES_DIRS = [BASE_DIR / 'static']\n\n"
        "STATIC_ROOT = BASE_DIR / 'staticfiles'\n",
    )
    draft.write("static/site.css", '@import url("site/colours.css");\n')
    draft.write("static/site/colours.css", ":root { --link: #264653; }\n")


def middleware_tuple(draft: Draft) -> None:
    """MIDDLEWARE as a tuple, which cannot be appended to."""
    middleware = cut(draft.base_settings, "MIDDLEWARE = [", "\n\nROOT_URLCONF")
    replace(draft.base_settings, "ROOT_URLCONF", middleware.replace("[", "(").replace("]", ")") + "\n\nROOT_URLCONF")


def wsgi_assigns(draft: Draft) -> None:
    """wsgi.py that insists on its settings module."""
    wsgi = draft.django_root / draft.package / "wsgi.py"
    text = wsgi.read_text(encoding="utf-8")
    module = text.split("os.environ.setdefault('DJANGO_SETTINGS_MODULE', ")[1].split(")")[0]
    replace(
        wsgi,
        f"os.environ.setdefault('DJANGO_SETTINGS_MODULE', {module})",
        f"os.environ['DJANGO_SETTINGS_MODULE'] = {module}",
    )


def debug_toolbar(draft: Draft) -> None:
    """django-debug-toolbar while DEBUG is on, installed in development only."""
    draft.development.append("django-debug-toolbar>=5.0")
    toolbar = """

if DEBUG:
    INSTALLED_APPS += ['debug_toolbar']
    MIDDLEWARE = ['debug_toolbar.middleware.DebugToolbarMiddleware', *MIDDLEWARE]
    INTERNAL_IPS = ['127.0.0.1']
"""
    append(draft.settings, toolbar)
    urls = "\n    urlpatterns += [path('__debug__/', include('debug_toolbar.urls'))]\n"
    append(draft.django_root / draft.package / "urls.py", urls.lstrip("\n"))


def log_file(draft: Draft) -> None:
    """LOGGING that writes to a file beside manage.py."""
    append(
        draft.base_settings,
        """

LOGGING = {
    'version': 1,
    'disable_existing_loggers': False,
    'handlers': {
        'file': {'class': 'logging.FileHandler', 'filename': BASE_DIR / 'shelf.log', 'delay': True},
    },
    'loggers': {
        'books': {'handlers': ['file'], 'level': 'INFO'},
        'django': {'handlers': ['file'], 'level': 'INFO'},
    },
}
""",
    )


def celery(draft: Draft) -> None:
    """A Celery app in the package's __init__ that reads the settings when it is imported."""
    draft.require("celery[redis]>=5.5")
    package = draft.package
    module = ".".join(draft.settings.relative_to(draft.django_root).with_suffix("").parts)
    draft.write(f"{package}/__init__.py", "from .celery import app as celery_app\n\n__all__ = ('celery_app',)\n")
    draft.write(
        f"{package}/celery.py",
        f"""import os

from celery import Celery
from django.conf import settings

os.environ.setdefault('DJANGO_SETTINGS_MODULE', '{module}')

app = Celery('shelf', broker=settings.CELERY_BROKER_URL)
app.config_from_object('django.conf:settings', namespace='CELERY')
app.autodiscover_tasks()
""",
    )
    draft.write(
        "loans/tasks.py",
        "from celery import shared_task\nfrom django.utils import timezone\n\nfrom .models import Loan\n\n\n"
        "@shared_task\ndef count_overdue():\n"
        "    return Loan.objects.filter(returned__isnull=True, due__lt=timezone.localdate()).count()\n",
    )
    settings, draft.settings = draft.settings, draft.base_settings
    import_os(draft)
    draft.settings = settings
    append(draft.base_settings, "\n\nCELERY_BROKER_URL = os.environ.get('REDIS_URL', 'redis://localhost:6379/0')\n")


VARIANTS: dict[str, Callable[[Draft], None]] = {
    "django-environ": django_environ,
    "own-storages": own_storages,
    "asgi-only": asgi_only,
    "own-dockerfile": own_dockerfile,
    "static-folders": static_folders,
    "middleware-tuple": middleware_tuple,
    "wsgi-assigns": wsgi_assigns,
    "debug-toolbar": debug_toolbar,
    "log-file": log_file,
    "celery": celery,
    "npm-front-end": npm_front_end,
    "whole": whole,
    "live": live,
}
