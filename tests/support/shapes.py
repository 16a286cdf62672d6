"""The shapes that a cell of the support matrix names: surroundings, Django, database and settings."""

from .draft import Draft, append, cut, replace

_AUTO_FIELD = "# Default primary key field type\n"


def surroundings(draft: Draft, layout: str) -> None:
    """What a larger repository has beside the Django project; git's own files belong to the root."""
    if layout != "flat":
        for name in (".gitignore", "README.md"):
            (draft.django_root / name).rename(draft.root / name)
    if layout not in ("monorepo", "deep"):
        return
    front = draft.root / ("frontend" if layout == "monorepo" else "services/site")
    files = {
        front / "package.json": '{"name": "shelf-frontend", "private": true, "scripts": {"build": "vite build"}}\n',
        front / "src" / "main.js": 'document.title = "Shelf";\n',
        draft.root / "docs" / "index.md": "# Shelf\n\nHow the library works.\n",
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def django_settings(draft: Draft, django: str) -> None:
    """What `startproject` of this Django writes otherwise than that of 5.2."""
    if django == "4.2":
        request = "                'django.template.context_processors.request',\n"
        replace(draft.settings, request, "                'django.template.context_processors.debug',\n" + request)
    if django in ("6.0", "6.1"):
        cut(draft.settings, _AUTO_FIELD, "LOGIN_URL")
    if django == "6.1":
        append(
            draft.settings,
            "\n\n# Email\n\nMAILERS = {\n    'default': {\n"
            "        'BACKEND': 'django.core.mail.backends.console.EmailBackend',\n    },\n}\n",
        )
    text = (
        draft.settings.read_text(encoding="utf-8")
        .replace("en/5.2/", f"en/{django}/")
        .replace("Django 5.2.8", f"Django {django}.1")
    )
    draft.settings.write_text(text, encoding="utf-8", newline="\n")


def postgresql(draft: Draft) -> None:
    """The database that the variables of PostgreSQL's own programs name."""
    draft.require("psycopg[binary]>=3.2")
    cut(draft.settings, "DATABASES = {", "\n\n\n# Password validation")
    replace(
        draft.settings,
        "#databases\n\n",
        """#databases

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.postgresql',
        'NAME': os.environ.get('PGDATABASE', 'shelf'),
        'USER': os.environ.get('PGUSER', 'shelf'),
        'PASSWORD': os.environ.get('PGPASSWORD', ''),
        'HOST': os.environ.get('PGHOST', 'localhost'),
        'PORT': os.environ.get('PGPORT', '5432'),
    }
}""",
    )
    import_os(draft)


def import_os(draft: Draft) -> None:
    """Make `os` known in the settings."""
    if "import os\n" not in draft.settings.read_text(encoding="utf-8"):
        replace(draft.settings, "from pathlib import Path\n", "import os\nfrom pathlib import Path\n")


def split_settings(draft: Draft) -> None:
    """The package becomes `config` with a settings package; manage.py runs local, wsgi.py and asgi.py production."""
    config = draft.django_root / "config"
    (draft.django_root / "shelf").rename(config)
    package = config / "settings"
    package.mkdir()
    (config / "settings.py").rename(package / "base.py")
    (package / "__init__.py").touch()

    base = package / "base.py"
    for name in ("urls", "wsgi"):
        replace(base, f"'shelf.{name}", f"'config.{name}")
    replace(base, "parent.parent\n", "parent.parent.parent\n")
    secret_key = cut(base, "# SECURITY WARNING: keep the secret", "# SECURITY WARNING: don't run")
    debug = cut(base, "# SECURITY WARNING: don't run", "ALLOWED_HOSTS")
    cut(base, "ALLOWED_HOSTS", "\n\n# Application definition")

    star = "from .base import *  # noqa: F403\n\n"
    (package / "local.py").write_text(
        star + secret_key + debug + "ALLOWED_HOSTS = []\n", encoding="utf-8", newline="\n"
    )
    (package / "production.py").write_text(
        "import os\n\n" + star + "SECRET_KEY = os.environ['SECRET_KEY']\n\nDEBUG = False\n\n"
        "ALLOWED_HOSTS = ['shelf.example.com']\n\nSECURE_SSL_REDIRECT = True\n\nSESSION_COOKIE_SECURE = True\n\n"
        "CSRF_COOKIE_SECURE = True\n",
        encoding="utf-8",
        newline="\n",
    )
    replace(draft.django_root / "manage.py", "'shelf.settings'", "'config.settings.local'")
    for name in ("wsgi.py", "asgi.py"):
        replace(config / name, "'shelf.settings'", "'config.settings.production'")
    draft.settings = package / "local.py"
    draft.package = "config"
