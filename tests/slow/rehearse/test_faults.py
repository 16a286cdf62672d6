"""Given a project with one fault, the rehearsal turns exactly the right check red and says what to change."""

from pathlib import Path

from tests.support.anchors import shows

from .site import Site

SETTINGS = "deploy/settings.py"


@shows("pages")
def test_host_of_the_platform_is_not_allowed(site: Site) -> None:
    site.replace(SETTINGS, "_platform.hosts(os.environ) if _platform else []", '["www.example.com"]')
    report = site.report()
    assert "pages" in report.red
    assert "rehearsal.fly.dev" in report.check("pages")["detail"]
    assert report.check("pages")["cure"] == "Add rehearsal.fly.dev to ALLOWED_HOSTS."


def test_header_of_the_proxy_is_not_trusted(site: Site) -> None:
    site.replace(SETTINGS, "_platform.PROXY_SSL_HEADER if _platform else None", "None")
    report = site.report()
    assert "pages" in report.red
    assert "redirects endlessly" in report.check("pages")["detail"]
    assert "SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')" in report.check("pages")["cure"]


@shows("https-redirect", "form-post")
def test_form_of_the_own_site_is_refused(site: Site) -> None:
    site.replace(SETTINGS, "_platform.PROXY_SSL_HEADER if _platform else None", "None")
    site.replace(SETTINGS, "SECURE_SSL_REDIRECT = SESSION", 'SILENCED_SYSTEM_CHECKS = ["security.W008"]\nSESSION')
    site.replace(SETTINGS, "SILENCED_SYSTEM_CHECKS = [", 'SILENCED_SYSTEM_CHECKS = ["security.W008", ')
    site.append(SETTINGS, "CSRF_TRUSTED_ORIGINS = []\n")
    report = site.report()
    assert report.red == ["https redirect", "form post"]
    assert "Origin checking failed" in report.check("form post")["detail"]
    assert "https://rehearsal.fly.dev to CSRF_TRUSTED_ORIGINS" in report.check("form post")["cure"]


@shows("form-post")
def test_form_is_open_to_other_sites(site: Site) -> None:
    site.append(SETTINGS, 'MIDDLEWARE.remove("django.middleware.csrf.CsrfViewMiddleware")\n')
    report = site.report()
    assert report.red == ["check --deploy", "form post"]
    assert report.check("form post")["cure"] == "Add django.middleware.csrf.CsrfViewMiddleware."


def test_template_is_missing(site: Site) -> None:
    site.break_about_in_production()
    check = site.report().only_red("pages")
    assert check["detail"].startswith("/about/ answered 500: notes/views.py:10: ")
    assert "TemplateDoesNotExist: notes/absent.html" in check["detail"]


@shows("static-file")
def test_static_files_are_not_hashed(site: Site) -> None:
    site.replace(SETTINGS, "whitenoise.storage.CompressedManifest", "whitenoise.storage.Compressed")
    check = site.report().only_red("static file")
    assert "has no hash" in check["detail"]
    assert "STORAGES['staticfiles']" in check["cure"]


@shows("static-file")
def test_static_files_are_not_compressed(site: Site) -> None:
    site.replace(SETTINGS, "whitenoise.storage.Compressed", "django.contrib.staticfiles.storage.")
    check = site.report().only_red("static file")
    assert "uncompressed" in check["detail"]


@shows("static-file", "page-assets")
def test_static_files_are_not_served(site: Site) -> None:
    site.replace(SETTINGS, '"whitenoise.middleware.WhiteNoiseMiddleware", ', "")
    report = site.report()
    assert report.red == ["static file", "page assets"]
    assert "answered 404" in report.check("static file")["detail"]
    assert "WhiteNoiseMiddleware" in report.check("static file")["cure"]
    assert report.check("page assets")["cure"].startswith("Move WhiteNoiseMiddleware up")


@shows("collectstatic")
def test_style_sheet_refers_to_a_missing_file(site: Site) -> None:
    site.append("notes/static/notes/notes.css", "body { background: url(paper.png) }\n")
    report = site.report()
    assert report.red == ["collectstatic"]
    assert "paper.png" in report.check("collectstatic")["detail"]
    assert "server" in report.unmade


@shows("missing-migrations")
def test_migration_is_missing(site: Site) -> None:
    site.append("notes/models.py", "    title = models.CharField(max_length=20, default='')\n")
    report = site.report()
    assert "missing migrations" in report.red
    assert "notes" in report.check("missing migrations")["detail"]
    assert "makemigrations notes" in report.check("missing migrations")["cure"]


def test_a_change_that_the_database_does_not_need_is_a_note(site: Site) -> None:
    site.append(
        "notes/models.py",
        """
    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], name="notes_by_id")]
""",
    )
    report = site.report()
    assert report.red == []
    check = report.check("missing migrations")
    assert check["status"] == "note"
    assert "Create index notes_by_id" in check["detail"]
    assert "makemigrations notes" in check["detail"]


def test_a_check_that_says_the_same_of_many_files_is_one_line(site: Site) -> None:
    site.append(
        "notes/models.py",
        """

from django.core import checks


@checks.register()
def every_file(app_configs, **kwargs):
    return [checks.Warning(f"{__file__} number {number}", id="notes.W001") for number in range(12)]
""",
    )
    detail = site.report().check("check --deploy")["detail"]
    assert detail.startswith("notes.W001 notes/models.py number 0")
    assert detail.endswith("(and 11 more like it)")


def test_mail_without_a_sender_is_a_note(site: Site) -> None:
    site.append(SETTINGS, 'DEFAULT_FROM_EMAIL = ""\n')
    report = site.report()
    assert report.red == []
    assert report.check("mail")["status"] == "note"
    assert "set DEFAULT_FROM_EMAIL" in report.check("mail")["detail"]


@shows("release")
def test_migration_fails_on_an_empty_database(site: Site) -> None:
    site.write(
        "notes/migrations/0002_fill.py",
        "from django.db import migrations\n\n\n"
        "def fill(apps, schema_editor):\n"
        "    apps.get_model('notes', 'Note').objects.get(pk=1)\n\n\n"
        "class Migration(migrations.Migration):\n"
        "    dependencies = [('notes', '0001_initial')]\n"
        "    operations = [migrations.RunPython(fill)]\n",
    )
    report = site.report()
    assert report.red == ["release"]
    assert "in notes.0002_fill: notes/migrations/0002_fill.py:5: " in report.check("release")["detail"]
    assert "DoesNotExist" in report.check("release")["detail"]
    assert "empty database" in report.check("release")["cure"]


@shows("production-settings")
def test_settings_do_not_parse(site: Site) -> None:
    site.append("mysite/settings.py", "LOGIN_URL = (\n")
    check = site.report().only_red("production settings")
    assert check["detail"].startswith("mysite/settings.py:21: SyntaxError: ")


def test_settings_raise(site: Site) -> None:
    site.append("mysite/settings.py", "import os\nLOGIN_URL = os.environ['NOBODY_SET_THIS']\n")
    check = site.report().only_red("production settings")
    assert check["detail"] == "mysite/settings.py:22: KeyError: 'NOBODY_SET_THIS'"


@shows("production-settings")
def test_settings_ask_for_themselves_before_they_are_loaded(site: Site) -> None:
    site.append("mysite/settings.py", "from django.conf import settings\nHOME = 'notes'\nLOGIN_URL = settings.HOME\n")
    check = site.report().only_red("production settings")
    assert check["detail"].endswith("AttributeError: 'Settings' object has no attribute 'HOME'")
    assert check["cure"].startswith("Import HOME from the module that sets it.")


def test_package_is_not_installed(site: Site) -> None:
    site.append("mysite/settings.py", "import paperclip\n")
    check = site.report().only_red("production settings")
    assert check["detail"].startswith("mysite/settings.py:21: ModuleNotFoundError")
    assert check["cure"].startswith("Add the package that provides it to requirements.txt: ")


@shows("production-settings")
def test_debug_is_on(site: Site) -> None:
    site.append(SETTINGS, "DEBUG = True\n")
    assert "DEBUG = False" in site.report().only_red("production settings")["cure"]


@shows("needs-variable")
def test_project_starts_without_a_secret_key(site: Site) -> None:
    site.replace(SETTINGS, 'os.environ["SECRET_KEY"]', 'os.environ.get("SECRET_KEY", "x" * 60 + "abcdefgh")')
    site.replace(
        "deploy/environment.py", "if not environ.get(name)", 'if name != "SECRET_KEY" and not environ.get(name)'
    )
    check = site.report().only_red("needs SECRET_KEY")
    assert check["cure"].startswith("Require SECRET_KEY in deploy/environment.py")


@shows("needs-variable", "collectstatic")
def test_project_ends_with_a_traceback_without_a_secret_key(site: Site) -> None:
    site.replace(
        "deploy/environment.py", "if not environ.get(name)", 'if name != "SECRET_KEY" and not environ.get(name)'
    )
    report = site.report()
    assert report.red == ["needs SECRET_KEY", "collectstatic"]
    assert "a traceback instead of a message" in report.check("needs SECRET_KEY")["detail"]
    assert report.check("collectstatic")["detail"].endswith("deploy/settings.py:9: KeyError: 'SECRET_KEY'")


@shows("check-deploy")
def test_security_warning(site: Site) -> None:
    site.replace(SETTINGS, "SECURE_HSTS_SECONDS = 3600", "")
    check = site.report().only_red("check --deploy")
    assert check["detail"].startswith("security.W004 ")


def test_other_warnings_are_told_and_do_not_fail(site: Site) -> None:
    site.append(
        "notes/models.py",
        "from django.core import checks\n"
        "@checks.register\n"
        "def look(**kwargs):\n"
        "    return [checks.Warning('hm', id='notes.W001')]\n",
    )
    report = site.report()
    assert report.document["ok"] is True
    assert report.check("check --deploy")["status"] == "note"
    assert "notes.W001 hm" in report.check("check --deploy")["detail"]


@shows("variables")
def test_variable_is_missing(site: Site) -> None:
    site.require("WEATHER_KEY")
    report = site.report()
    assert report.only_red("variables")["detail"] == "not set: WEATHER_KEY (read by mysite.settings)"
    assert "--env-file" in report.check("variables")["cure"]
    assert site.report(WEATHER_KEY="sunny").code == 0


def test_variable_comes_from_a_file(site: Site) -> None:
    site.require("WEATHER_KEY")
    site.append(
        SETTINGS, "assert os.environ['WEATHER_KEY'] in ('sun # rain', 'placeholder'), os.environ['WEATHER_KEY']\n"
    )
    site.write(
        "production.env", '# for the rehearsal\nexport\tWEATHER_KEY="sun # rain" # note\nDEBUG=True # not taken\n'
    )
    assert site.report("--env-file", "production.env").code == 0


@shows("server")
def test_application_cannot_be_imported(site: Site) -> None:
    site.replace("deploy/gunicorn.conf.py", "mysite.wsgi", "mysite.wsgy")
    report = site.report()
    assert "mysite.wsgy" in report.only_red("server")["detail"]
    assert "health page" in report.unmade


def test_server_dies_while_it_is_asked(site: Site) -> None:
    site.replace(
        "notes/views.py",
        '    return render(request, "notes/about.html")',
        "    import os, signal\n"
        "    print('out of memory', flush=True)\n"
        "    os.kill(os.getppid(), signal.SIGKILL)\n"
        "    os._exit(9)",
    )
    report = site.report()
    assert "the server ended" in report.only_red("pages")["detail"]
    assert "out of memory" in report.check("pages")["detail"]
    assert "wrong host" in report.unmade


@shows("server")
def test_server_listens_on_a_port_of_its_own(site: Site) -> None:
    site.replace("deploy/gunicorn.conf.py", "{os.environ.get('PORT', '8000')}", "8000")
    assert "environment variable PORT" in site.report().only_red("server")["cure"]


@shows("stop-on-sigterm")
def test_server_does_not_stop_in_time(site: Site) -> None:
    site.replace("deploy/gunicorn.conf.py", "graceful_timeout = 5", "graceful_timeout = 1")
    site.append(
        "deploy/gunicorn.conf.py",
        "def on_exit(server):\n    import time\n    time.sleep(60)\n",
    )
    assert "after SIGTERM" in site.report().only_red("stop on SIGTERM")["detail"]


def test_a_worker_that_does_not_end_is_not_taken_for_a_process_of_the_project(site: Site) -> None:
    site.append(
        "deploy/gunicorn.conf.py",
        "graceful_timeout = 2\ndef post_worker_init(worker):\n    import threading, time\n"
        "    threading.Thread(target=time.sleep, args=(60,)).start()\n",
    )
    check = site.report().only_red("stop on SIGTERM")
    assert "still busy 2 seconds after SIGTERM" in check["detail"]
    assert "keep threads alive" in check["cure"]


@shows("health-page")
def test_health_page_asks_for_a_known_host(site: Site) -> None:
    site.replace("deploy/health.py", "request.path_info", "request.get_host() and request.path_info")
    report = site.report()
    assert report.red[0] == "health page"
    assert "first in MIDDLEWARE" in report.check("health page")["cure"]


def test_http_is_not_redirected(site: Site) -> None:
    site.append(SETTINGS, 'SECURE_SSL_REDIRECT = False\nSILENCED_SYSTEM_CHECKS += ["security.W008"]\n')
    assert "SECURE_SSL_REDIRECT = True" in site.report().only_red("https redirect")["cure"]


@shows("secure-cookies")
def test_cookies_go_over_http(site: Site) -> None:
    site.append(SETTINGS, 'CSRF_COOKIE_SECURE = False\nSILENCED_SYSTEM_CHECKS += ["security.W016"]\n')
    assert site.report().only_red("secure cookies")["cure"] == "Set CSRF_COOKIE_SECURE = True."


@shows("wrong-host")
def test_every_host_is_allowed(site: Site) -> None:
    site.append(SETTINGS, 'ALLOWED_HOSTS = ["*"]\nSECURE_REDIRECT_EXEMPT = []\n')
    check = site.report().only_red("wrong host")
    assert check["detail"] == "ALLOWED_HOSTS allows every host"


@shows("empty-database")
def test_settings_use_another_database(site: Site) -> None:
    site.append(SETTINGS, 'DATABASES["default"]["NAME"] = str(BASE_DIR / "mine.sqlite3")\n')
    report = site.report()
    assert "nothing was migrated" in report.only_red("empty database")["cure"]
    assert not (site.root / "mine.sqlite3").exists()


def test_output_is_kept_under_the_git_folder(site: Site) -> None:
    site.append("mysite/settings.py", "raise ValueError('no')\n")
    done = site.run()
    (log,) = Path(site.root, ".git/deploy-overlay").glob("*-rehearsal.log")
    assert str(log) in "".join(done.stdout.split())
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert "Traceback" not in done.stdout + done.stderr


def test_a_library_of_the_system_that_this_machine_lacks(site: Site) -> None:
    site.append(
        "notes/models.py",
        "from django.core.exceptions import ImproperlyConfigured\n"
        "raise ImproperlyConfigured('Could not find the GDAL library (tried \"gdal\"). Is GDAL installed?')\n",
    )
    cure = site.report().check("check --deploy")["cure"]
    assert cure.startswith("Install GDAL on this machine")
