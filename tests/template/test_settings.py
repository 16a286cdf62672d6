"""deploy/settings.py merges with whatever settings a project has, on each supported Django."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Site

HEALTH = "deploy.health.health"
ROBOTS = "deploy.robots.NoIndex"
SECURITY = "django.middleware.security.SecurityMiddleware"
WHITENOISE = "whitenoise.middleware.WhiteNoiseMiddleware"

LISTED = """
import os
import django
django.setup()
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static

names = [name for _, _, files in os.walk(settings.STATIC_ROOT) for name in files]
print(",".join(names), static("site.css"), "site.css" in staticfiles_storage.hashed_files)
"""


def test_the_usual_settings_have_no_warning(site: Site) -> None:
    assert site.check() == ""


def test_hosts_are_exact(site: Site) -> None:
    settings = site.write('ALLOWED_HOSTS = ["*", "localhost", "127.0.0.1"]').settings(
        DEPLOY_HOSTS="preview.example.com"
    )

    assert settings["ALLOWED_HOSTS"] == ["library.fly.dev", "www.example.com", "preview.example.com"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == [f"https://{host}" for host in settings["ALLOWED_HOSTS"]]


def test_hosts_are_as_browsers_send_them(site: Site) -> None:
    settings = site.write('ALLOWED_HOSTS = ["Bücher.example.org.", ".straße.example"]').settings(
        DEPLOY_HOSTS="Preview.Example.com.,日本語.example,xn--bcher-kva.example.org,www.example.com"
    )

    assert settings["ALLOWED_HOSTS"] == [
        "library.fly.dev",
        "www.example.com",
        "preview.example.com",
        "xn--wgv71a119e.example",
        "xn--bcher-kva.example.org",
        ".xn--strae-oqa.example",
    ]
    assert "https://*.xn--strae-oqa.example" in settings["CSRF_TRUSTED_ORIGINS"]


def test_beside_production_nothing_answers_under_its_domains(site: Site) -> None:
    own = 'ALLOWED_HOSTS = ["www.example.com", "tool.example.com"]\nCSRF_TRUSTED_ORIGINS = ["https://www.example.com"]'

    settings = site.write(own).settings(DEPLOY_OVERLAY_ENVIRONMENT="staging", DEPLOY_HOSTS="staging.example.com")

    assert settings["ALLOWED_HOSTS"] == ["library.fly.dev", "staging.example.com", "tool.example.com"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == [f"https://{host}" for host in settings["ALLOWED_HOSTS"]]
    assert settings["MIDDLEWARE"][:2] == [HEALTH, ROBOTS]
    assert ROBOTS not in site.settings(DEPLOY_OVERLAY_ENVIRONMENT="production")["MIDDLEWARE"]


def test_hosts_that_come_from_an_unset_variable_are_left_out(site: Site) -> None:
    settings = site.write('ALLOWED_HOSTS = [None, "", "[::]"]\nCSRF_TRUSTED_ORIGINS = [None]').settings()

    assert settings["ALLOWED_HOSTS"] == ["library.fly.dev", "www.example.com"]


def test_hosts_and_origins_of_the_projects_own_stay(site: Site) -> None:
    settings = site.write(
        'ALLOWED_HOSTS = (".example.org",)\nCSRF_TRUSTED_ORIGINS = ("https://shop.example.net",)'
    ).settings()

    assert settings["ALLOWED_HOSTS"] == ["library.fly.dev", "www.example.com", ".example.org"]
    assert settings["CSRF_TRUSTED_ORIGINS"][0] == "https://shop.example.net"
    assert "https://*.example.org" in settings["CSRF_TRUSTED_ORIGINS"]


def test_an_empty_origin_from_a_split_variable_is_left_out(site: Site) -> None:
    settings = site.write("CSRF_TRUSTED_ORIGINS = ''.split(',')").settings()

    assert "" not in settings["CSRF_TRUSTED_ORIGINS"]


@pytest.mark.parametrize(
    "own",
    [
        "MIDDLEWARE = tuple(MIDDLEWARE)",
        "del MIDDLEWARE",
        "MIDDLEWARE.remove('django.middleware.security.SecurityMiddleware')",
        "MIDDLEWARE.insert(1, 'whitenoise.middleware.WhiteNoiseMiddleware')",
        "MIDDLEWARE.insert(0, 'whitenoise.middleware.WhiteNoiseMiddleware')",
    ],
)
def test_middleware_has_each_of_ours_once_and_keeps_the_rest(site: Site, own: str) -> None:
    middleware = site.write(own).settings()["MIDDLEWARE"]

    assert middleware[0] == HEALTH
    assert [middleware.count(name) for name in (HEALTH, SECURITY, WHITENOISE)] == [1, 1, 1]
    if "del" not in own:
        assert "django.middleware.csrf.CsrfViewMiddleware" in middleware


def test_storage_aliases_of_the_projects_own_stay(site: Site) -> None:
    own = """
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "private": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": "private"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
"""
    storages = site.write(own).settings()["STORAGES"]

    assert storages["default"] == {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    assert storages["private"]["OPTIONS"] == {"location": "private"}
    assert storages["staticfiles"] == {"BACKEND": "deploy.static.StaticFiles"}


def test_uploads_go_where_the_platform_has_a_place_for_them(site: Site) -> None:
    default = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": "media", "base_url": "/m/"},
    }
    site.write(f"STORAGES = {{'default': {default}}}")

    assert site.settings(MEDIA_ROOT="/data/media")["STORAGES"]["default"] == {
        **default, "OPTIONS": {"location": "/data/media", "base_url": "/m/"},
    }  # fmt: skip
    assert site.settings(MEDIA_ROOT=None)["STORAGES"]["default"] == default


def test_other_storages_in_the_folder_of_the_code_move_beside_the_uploads(site: Site) -> None:
    backend = "django.core.files.storage.FileSystemStorage"
    site.write(
        "STORAGES = {'default': {'BACKEND': '%s'},"
        " 'reports': {'BACKEND': '%s', 'OPTIONS': {'location': BASE_DIR / 'reports'}},"
        " 'elsewhere': {'BACKEND': '%s', 'OPTIONS': {'location': '/srv/elsewhere'}}}" % ((backend,) * 3)
    )

    storages = site.settings(MEDIA_ROOT="/data/media")["STORAGES"]
    # Not below MEDIA_ROOT, which everybody may see.
    assert Path(storages["reports"]["OPTIONS"]["location"]) == Path("/data/reports")
    assert storages["elsewhere"]["OPTIONS"]["location"] == "/srv/elsewhere"


def test_a_bucket_for_static_files_stays(site: Site) -> None:
    own = 'STORAGES = {"staticfiles": {"BACKEND": "storages.backends.s3.S3Storage"}}'
    storages = site.write(own).settings()["STORAGES"]

    assert storages["staticfiles"]["BACKEND"] == "storages.backends.s3.S3Storage"
    assert storages["default"]["BACKEND"] == "django.core.files.storage.FileSystemStorage"


def test_the_old_names_for_storages_are_no_error(site: Site) -> None:
    own = 'STATICFILES_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"'

    assert site.write(own).settings()["STORAGES"]["staticfiles"]["BACKEND"] == "deploy.static.StaticFiles"
    assert site.check() == ""


def test_the_database_is_that_of_database_url(site: Site) -> None:
    own = 'DATABASES["archive"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": "archive.db"}'
    databases = site.write(own).settings()["DATABASES"]

    default = databases["default"]
    assert (default["ENGINE"], default["HOST"], str(default["PORT"])) == (
        "django.db.backends.postgresql",
        "db.example.com",
        "5433",
    )
    assert default["CONN_HEALTH_CHECKS"] is True
    assert default["CONN_MAX_AGE"] > 0
    assert databases["archive"]["NAME"] == "archive.db"


def test_an_engine_from_a_variable_that_production_does_not_have(site: Site) -> None:
    own = 'DATABASES = {"default": {"ENGINE": os.environ.get("DB_ENGINE"), "NAME": os.environ.get("DB_NAME")}}'

    default = site.write(f"import os\n{own}").settings()["DATABASES"]["default"]

    assert default["ENGINE"] == "django.db.backends.postgresql"
    assert default["HOST"] == "db.example.com"


def test_the_engine_and_options_of_the_same_database_stay(site: Site) -> None:
    own = """
DATABASES = {"default": {
    "ENGINE": "django.contrib.gis.db.backends.postgis", "NAME": "x", "ATOMIC_REQUESTS": True,
    "OPTIONS": {"application_name": "library"},
}}
"""
    default = site.write(own).settings()["DATABASES"]["default"]

    assert default["ENGINE"] == "django.contrib.gis.db.backends.postgis"
    assert default["ATOMIC_REQUESTS"] is True
    assert default["OPTIONS"]["application_name"] == "library"
    assert default["HOST"] == "db.example.com"


def test_names_in_the_projects_settings_may_be_ours(site: Site) -> None:
    own = "os = platforms = environment = django = dj_database_url = require = Path = None"

    assert site.write(own).settings()["DEBUG"] is False


def test_log_files_become_standard_output(site: Site) -> None:
    own = """
LOGGING = {
    "version": 1,
    "formatters": {"plain": {"format": "%(message)s"}},
    "handlers": {"file": {"class": "logging.handlers.RotatingFileHandler", "filename": "missing/x.log", "formatter": "plain"}},
    "loggers": {"library": {"handlers": ["file"]}},
}
"""
    handler = site.write(own).settings()["LOGGING"]["handlers"]["file"]

    assert handler == {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "plain"}


def test_static_root_is_no_source_folder(site: Site) -> None:
    (site.root / "staticfiles").mkdir()
    settings = site.write('STATICFILES_DIRS = (BASE_DIR / "staticfiles",)\nSTATIC_ROOT = "/"').settings()

    assert settings["STATIC_ROOT"] == str(site.root / "staticfiles-collected")
    assert site.check() == ""


def test_folders_keep_the_type_that_the_project_gives_them(site: Site) -> None:
    site.write('STATIC_ROOT = BASE_DIR / "static.dist"\nMEDIA_ROOT = BASE_DIR / "media"')
    program = "import deploy.settings as s; print(s.STATIC_ROOT / 'x', s.MEDIA_ROOT / 'x')"
    assert site.run("-c", program, MEDIA_ROOT="/data/media").stdout.split()[1].replace("\\", "/") == "/data/media/x"
    site.write('STATIC_ROOT = str(BASE_DIR) + "/static"\nMEDIA_ROOT = ""')
    assert site.run("-c", "import deploy.settings as s; print(s.STATIC_ROOT + 'x', s.MEDIA_ROOT + 'x')").returncode == 0


def test_mailers_without_a_default_get_one(site: Site) -> None:
    site.write("MAILERS = {}")

    assert site.check() == ""


def test_test_mail_is_no_error_where_django_has_mailers(site: Site) -> None:
    site.write('MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}')

    assert site.check() == ""


CONNECTION = """
import django
django.setup()
from django.core import mail

connection = mail.mailers.default if hasattr(mail, "mailers") else mail.get_connection()
names = ("host", "port", "username", "password", "use_tls", "use_ssl")
print(type(connection).__module__, *(getattr(connection, name, None) for name in names))
"""
OWN_MAIL = (
    "",
    'EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"',
    # As an EMAIL_URL is read, and with what excludes STARTTLS.
    'EMAIL_HOST = "own"\nEMAIL_PORT = 465\nEMAIL_USE_SSL = True',
    'EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"',
    "import django\nif django.VERSION >= (6, 1):\n"
    '    MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}',
)


@pytest.mark.parametrize("own", OWN_MAIL)
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "mx.example.com 587 ada word True False"),
        ({"EMAIL_PORT": "465"}, "mx.example.com 465 ada word False True"),
        ({"EMAIL_PORT": "2465", "EMAIL_USE_SSL": "yes"}, "mx.example.com 2465 ada word False True"),
        ({"EMAIL_PORT": "25", "EMAIL_USE_TLS": "false"}, "mx.example.com 25 ada word False False"),
    ],
)
def test_mail_goes_by_smtp_once_its_server_is_named(variables: dict[str, str], said: str, own: str, site: Site) -> None:
    server = {"EMAIL_HOST": "mx.example.com", "EMAIL_HOST_USER": "ada", "EMAIL_HOST_PASSWORD": "word"}

    done = site.write(own).run("-c", CONNECTION, **server, **variables)
    assert done.stdout.strip() == f"django.core.mail.backends.smtp {said}", done.stderr


def test_until_then_mail_is_sent_as_the_settings_say(site: Site) -> None:
    own = 'EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"\nEMAIL_HOST = "own"\nDEFAULT_FROM_EMAIL = "own@example.com"'
    settings = site.write(own).settings()

    assert settings["EMAIL_BACKEND"] == "anymail.backends.mailgun.EmailBackend"
    assert (settings["EMAIL_HOST"], settings["DEFAULT_FROM_EMAIL"]) == ("own", "own@example.com")
    changed = site.settings(DEFAULT_FROM_EMAIL="ada@example.com")
    assert changed["DEFAULT_FROM_EMAIL"] == changed["SERVER_EMAIL"] == "ada@example.com"


def test_nothing_starts_without_its_variables(site: Site) -> None:
    done = site.run("-m", "django", "check", SECRET_KEY=None, DATABASE_URL=None)

    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 2
    assert "SECRET_KEY" in done.stderr and "DATABASE_URL" in done.stderr


def test_an_image_is_built_without_them(site: Site) -> None:
    done = site.run("-m", "django", "collectstatic", "--noinput", SECRET_KEY=None, DATABASE_URL=None, DEPLOY_BUILD="1")

    assert done.returncode == 0, done.stderr
    assert (site.root / "staticfiles.json").is_file()


@pytest.mark.parametrize("place", [None, "public/static.dist"])
def test_the_list_of_static_files_is_not_among_them(site: Site, place: str | None) -> None:
    assets = site.root / "assets"
    assets.mkdir()
    (assets / "site.css").write_text("body { color: red; }\n" * 80, encoding="utf-8")
    site.write('STATICFILES_DIRS = [BASE_DIR / "assets"]')

    assert site.run("-m", "django", "collectstatic", "--noinput", STATIC_ROOT=place).returncode == 0
    done = site.run("-c", LISTED, STATIC_ROOT=place)

    served, hashed, known = done.stdout.split()
    assert {Path(name).suffix for name in served.split(",")} == {".css", ".gz"}, done.stderr
    assert hashed.startswith("/static/site.") and hashed != "/static/site.css"
    assert known == "True"  # from the list, not from the files


def test_a_package_that_reads_variables_when_it_is_imported_is_no_trouble(site: Site) -> None:
    (site.root / "mysite" / "__init__.py").write_text('import os\nos.environ["SECRET_KEY"]\n', encoding="utf-8")

    done = site.run("-m", "django", "check", SECRET_KEY=None)
    assert "Traceback" not in done.stderr and "SECRET_KEY" in done.stderr
    built = site.run("-m", "django", "collectstatic", "--noinput", SECRET_KEY=None, DATABASE_URL=None, DEPLOY_BUILD="1")
    assert built.returncode == 0, built.stderr


def test_a_lost_static_file_breaks_no_page(site: Site) -> None:
    folder = site.root / "assets"
    folder.mkdir()
    (folder / "site.css").write_text("body { background: url(lost.png); }", encoding="utf-8")
    site.write('STATICFILES_DIRS = [BASE_DIR / "assets"]')

    collected = site.run("-m", "django", "collectstatic", "--noinput")
    assert collected.returncode == 0, collected.stderr
    assert "lost.png" in collected.stdout + collected.stderr
    page = site.run(
        "-c", "import django; django.setup(); from django.templatetags.static import static; print(static('lost.png'))"
    )
    assert page.stdout.strip() == "/static/lost.png", page.stderr
