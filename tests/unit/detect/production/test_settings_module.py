"""The settings that production builds on: what deployment files say, then wsgi.py, then names, else a question."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts, Failure
from tests.unit.detect.conftest import MANAGE, SERVER, SETTINGS, django_project

Build = Callable[..., Facts]


def package(*modules: str, manage: str = "local", wsgi: str = "local") -> dict[str, str]:
    """A project whose settings are a package with a base and these modules."""
    files = {
        "manage.py": MANAGE.format(settings=f"config.settings.{manage}"),
        "config/__init__.py": "",
        "config/wsgi.py": SERVER.format(kind="wsgi", settings=f"config.settings.{wsgi}"),
        "config/settings/__init__.py": "",
        "config/settings/base.py": SETTINGS.replace("site_", "config"),
        "requirements.txt": "Django==5.2\n",
    }
    return files | {f"config/settings/{name}.py": "from .base import *\n" for name in modules}


def settings_of(seen: Facts) -> str:
    fact = seen.fact("django_settings_module")
    assert fact.sure, fact
    return str(fact.value)


@pytest.mark.parametrize("name", ["production", "prod", "live", "deploy", "heroku"])
def test_a_module_named_for_production(facts: Build, name: str) -> None:
    assert settings_of(facts(package("local", name))) == f"config.settings.{name}"


def test_the_deployment_files_count_before_names(facts: Build) -> None:
    files = {**package("local", "heroku", "production"), "Procfile": "web: x\n"}
    files["Dockerfile"] = "FROM python:3.13\nENV DJANGO_SETTINGS_MODULE=config.settings.heroku\n"
    assert settings_of(facts(files)) == "config.settings.heroku"


@pytest.mark.parametrize(
    "line",
    [
        "DJANGO_SETTINGS_MODULE: config.settings.special",
        "- DJANGO_SETTINGS_MODULE=config.settings.special",
        "- DJANGO_SETTINGS_MODULE=${DJANGO_SETTINGS_MODULE:-config.settings.special}",
        "- name: DJANGO_SETTINGS_MODULE\n  value: config.settings.special",
    ],
)
def test_values_in_compose_files(facts: Build, line: str) -> None:
    files = {**package("local"), "docker-compose.prod.yml": f"services:\n  {line}\n"}
    files["config/settings/special.py"] = "from .base import *\n"
    assert settings_of(facts(files)) == "config.settings.special"


def test_what_an_image_is_built_with_is_not_what_it_runs(facts: Build) -> None:
    files = package("local", "production", "assets")
    files["Dockerfile"] = (
        "FROM python:3.13\nRUN DJANGO_SETTINGS_MODULE=config.settings.assets python manage.py collectstatic\n"
    )
    assert settings_of(facts(files)) == "config.settings.production"


def test_docker_settings_are_production_in_a_dockerfile_but_not_in_a_compose_file(facts: Build) -> None:
    files = {
        **package("local", "docker", "production"),
        "docker-compose.yml": "- DJANGO_SETTINGS_MODULE=config.settings.docker",
    }
    assert settings_of(facts(files)) == "config.settings.production"


def test_what_a_compose_file_names_gives_way_to_a_module_that_says_production(facts: Build) -> None:
    files = package("local", "production")
    files["config/settings/__init__.py"] = "from .base import *\n"
    files["docker-compose.yml"] = "    environment:\n      DJANGO_SETTINGS_MODULE: config.settings\n"
    assert settings_of(facts(files)) == "config.settings.production"


def test_docker_settings_in_a_dockerfile(facts: Build) -> None:
    files = {
        **package("local", "docker", "production"),
        "Dockerfile": "ENV DJANGO_SETTINGS_MODULE=config.settings.docker",
    }
    assert settings_of(facts(files)) == "config.settings.docker"


def test_asks_when_the_image_starts_with_settings_that_are_not_in_git(facts: Build) -> None:
    files = {**django_project(), "Dockerfile": "FROM python:3.13\nENV DJANGO_SETTINGS_MODULE=site_.secret\n"}
    assert set(facts(files).fact("django_settings_module").candidates) == {"site_.settings", "site_.secret"}


def test_comments_and_development_files_do_not_count(facts: Build) -> None:
    files = package("local", "production")
    files["Dockerfile"] = "# ENV DJANGO_SETTINGS_MODULE=config.settings.base\n"
    files["docker-compose.dev.yml"] = "- DJANGO_SETTINGS_MODULE=config.settings.base\n"
    assert settings_of(facts(files)) == "config.settings.production"


def test_asks_between_two_modules_that_say_production_alike(facts: Build) -> None:
    fact = facts(package("local", "production", "prod")).fact("django_settings_module")
    assert set(fact.candidates) == {"config.settings.production", "config.settings.prod"}


def test_asks_when_only_development_settings_are_named(facts: Build) -> None:
    fact = facts(package("local")).fact("django_settings_module")
    assert set(fact.candidates) == {"config.settings.base", "config.settings.local"}


def test_a_fragment_is_not_a_settings_module(facts: Build) -> None:
    files = package("local", wsgi="base", manage="base")
    files["config/settings/production.py"] = "SECURE_SSL_REDIRECT = True\n"
    assert settings_of(facts(files)) == "config.settings.base"


@pytest.mark.parametrize(
    "body",
    [
        'os.environ.setdefault(\n    "DJANGO_SETTINGS_MODULE",\n    "site_.settings",\n)',
        'os.environ["DJANGO_SETTINGS_MODULE"] = "site_.settings"',
        'NAME = "site_"\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{NAME}.settings")',
        'NAME = "site_"\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "%s.settings" % NAME)',
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", ".".join(["site_", "settings"]))',
        'if "test" in sys.argv:\n    os.environ["DJANGO_SETTINGS_MODULE"] = "site_.test"\n'
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")',
        '"""os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wrong.settings")"""\n'
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")',
        'os.environ.update({"DJANGO_SETTINGS_MODULE": "site_.settings"})',
        'from django.conf import ENVIRONMENT_VARIABLE\nos.environ.setdefault(ENVIRONMENT_VARIABLE, "site_.settings")',
        'def choose(name):\n    return name + ".settings"\n'
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", choose("site_"))',
    ],
)
def test_the_ways_manage_py_names_them(facts: Build, body: str) -> None:
    files = django_project()
    files["manage.py"] = f"import os, sys\n{body}\nfrom django.core.management import execute_from_command_line\n"
    assert settings_of(facts(files)) == "site_.settings"


def test_a_module_chosen_by_the_environment(facts: Build) -> None:
    files = package("local", "production")
    files["manage.py"] = (
        'import os\nenv = os.environ.get("ENV", "local")\n'
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"config.settings.{env}")\n'
        "from django.core.management import execute_from_command_line\n"
    )
    files["config/wsgi.py"] = files["manage.py"].replace("management", "wsgi")
    assert settings_of(facts(files)) == "config.settings.production"


def test_a_module_chosen_in_another_module(facts: Build) -> None:
    files = package("dev", "prod")
    files["config/common.py"] = (
        'import os\nDEBUG = os.getenv("DEBUG") == "1"\n'
        'SETTINGS_MODULE = "config.settings.dev" if DEBUG else "config.settings.prod"\n'
    )
    files["manage.py"] = (
        "import os\nfrom config.common import SETTINGS_MODULE\n"
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)\n'
        "from django.core.management import execute_from_command_line\n"
    )
    assert settings_of(facts(files)) == "config.settings.prod"


def test_asks_when_wsgi_and_manage_disagree(facts: Build) -> None:
    files = django_project()
    files["site_/other.py"] = SETTINGS
    files["site_/wsgi.py"] = SERVER.format(kind="wsgi", settings="site_.other")
    fact = facts(files).fact("django_settings_module")
    assert set(fact.candidates) == {"site_.settings", "site_.other"}


@pytest.mark.parametrize(
    ("named", "candidates"),
    [("old_name.settings", ()), ("site_.production", ("site_.settings", "site_.production"))],
)
def test_a_name_from_before_the_package_was_renamed_is_no_choice(
    facts: Build, named: str, candidates: tuple[str, ...]
) -> None:
    files = {**django_project(), "site_/wsgi.py": SERVER.format(kind="wsgi", settings=named), "site_/asgi.py": None}
    fact = facts(files).fact("django_settings_module")
    assert (fact.value, fact.candidates) == ("site_.settings", candidates)


def test_a_settings_package_that_holds_none_is_not_taken(facts: Build) -> None:
    files = {**package("local"), "config/settings/__init__.py": ""}
    files["config/wsgi.py"] = SERVER.format(kind="wsgi", settings="config.settings")
    fact = facts(files).fact("django_settings_module")
    assert "config.settings.local" in fact.candidates
    assert "config.settings" not in fact.candidates


def test_the_folder_of_the_settings_in_a_dockerfile_is_no_missing_module(facts: Build) -> None:
    files = package("local", "production", wsgi="production")
    del files["config/settings/__init__.py"]
    files["Dockerfile"] = (
        'FROM python:3.12\nENV DJANGO_SETTINGS_MODULE=config.settings\nCMD ["gunicorn", "config.wsgi"]\n'
    )
    assert settings_of(facts(files)) == "config.settings.production"


def test_split_settings_are_one_module(facts: Build) -> None:
    files = django_project()
    del files["site_/settings.py"]
    files["site_/settings/__init__.py"] = (
        "from split_settings.tools import include, optional\n"
        'include("components/*.py", optional("environments/x.py"))\n'
    )
    files["site_/settings/components/base.py"] = SETTINGS
    files["site_/settings/environments/production.py"] = "DEBUG = False\n"
    seen = facts(files)
    assert settings_of(seen) == "site_.settings"
    assert seen.fact("django_wsgi").value == "site_.wsgi:application"


def test_settings_that_do_not_parse_are_refused_with_their_line(facts: Build) -> None:
    files = django_project(body=SETTINGS + "\nX = = 1\n")
    with pytest.raises(Failure, match=r"site_/settings\.py:11 does not parse"):
        facts(files).fact("django_settings_module")


def test_imported_settings_that_do_not_parse_are_refused_too(facts: Build) -> None:
    files = package("local", "production")
    files["config/settings/base.py"] = "DEBUG = (\n"
    files["config/settings/production.py"] = SETTINGS + "from .base import *\n"
    with pytest.raises(Failure, match=r"config/settings/base\.py:1 does not parse"):
        facts(files).fact("django_settings_module")


def test_no_settings_module_is_refused(facts: Build) -> None:
    files = {
        "manage.py": "from django.core.management import execute_from_command_line\n",
        "requirements.txt": "django\n",
    }
    with pytest.raises(Failure, match=r"manage\.py does not set a settings module"):
        facts(files).fact("django_settings_module")


def test_a_settings_module_that_is_not_there_is_refused(facts: Build) -> None:
    files = {**django_project(), "site_/settings.py": None}
    with pytest.raises(
        Failure, match=r":\d+ names the settings module site_\.settings, which is not in the repository"
    ):
        facts(files).fact("django_settings_module")


def test_entry_points_that_insist_on_a_module(facts: Build) -> None:
    files = django_project()
    files["site_/wsgi.py"] = files["site_/wsgi.py"].replace(
        'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_.settings")',
        'os.environ["DJANGO_SETTINGS_MODULE"] = "site_.settings"',
    )
    assert facts(files).fact("django_settings_assigned").value == ["wsgi"]


def test_assigning_only_when_it_is_not_set_is_not_insisting(facts: Build) -> None:
    files = django_project()
    files["manage.py"] = (
        'import os\nif not os.environ.get("DJANGO_SETTINGS_MODULE"):\n'
        '    os.environ["DJANGO_SETTINGS_MODULE"] = "site_.settings"\n'
        "from django.core.management import execute_from_command_line\n"
    )
    assert facts(files).fact("django_settings_assigned").value == []


CONFIGURATIONS = """\
from configurations import Configuration, values


class Base(Configuration):
    INSTALLED_APPS = ["django.contrib.admin"]
    ROOT_URLCONF = "site_.urls"
    WSGI_APPLICATION = "site_.wsgi.application"
    SECRET_KEY = values.SecretValue()
    MAIL_HOST = values.Value("localhost", environ_prefix="MAIL")
    API = values.Value(environ_required=True, environ_name="API", environ_prefix=None)
    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}


class Development(Base):
    DEBUG = True


class Production(Base):
    DEBUG = False
"""


def test_configuration_classes(facts: Build) -> None:
    seen = facts(django_project(body=CONFIGURATIONS))
    assert seen.fact("django_configuration").value == "Production"
    assert seen.fact("django_required_env").value == ["API", "DJANGO_SECRET_KEY"]
    assert seen.fact("django_database").value == "postgresql"
    assert seen.fact("django_wsgi").value == "site_.wsgi:application"


def test_values_of_a_configuration_class_that_are_read_where_they_stand(facts: Build) -> None:
    body = CONFIGURATIONS.replace(
        '"django.db.backends.postgresql"',
        '"django.db.backends.postgresql", "PASSWORD": values.SecretValue(environ_name="DB_PASSWORD")',
    )
    body += '    init(dsn=values.SecretValue(environ_name="SENTRY_DSN", environ_prefix=None))\n'
    seen = facts(django_project(body=body))
    assert seen.fact("django_required_env").value == ["API", "DJANGO_DB_PASSWORD", "DJANGO_SECRET_KEY", "SENTRY_DSN"]


def test_a_secret_key_of_a_configuration_class_that_names_its_variable(facts: Build) -> None:
    body = CONFIGURATIONS.replace("SecretValue()", 'SecretValue(environ_name="KEY", environ_prefix=None)')
    seen = facts(django_project(body=body))
    assert seen.fact("django_required_env").value == ["API", "KEY"]
    assert seen.fact("django_secret_key_env").value == "KEY"


def test_a_configuration_class_in_a_module_that_names_no_library(facts: Build) -> None:
    files = package("local")
    files["config/settings/base.py"] = CONFIGURATIONS
    files["config/settings/production.py"] = "from .base import Base\n\n\nclass Production(Base):\n    DEBUG = False\n"
    seen = facts(files)
    assert settings_of(seen) == "config.settings.production"
    assert seen.fact("django_configuration").value == "Production"


@pytest.mark.parametrize(
    ("served", "expected"), [("Swan", "Swan"), ("Local", "SwanProduction"), ("Missing", "SwanProduction")]
)
def test_the_configuration_that_serves_the_site(facts: Build, served: str, expected: str) -> None:
    body = CONFIGURATIONS.replace("class Production(Base)", "class SwanProduction(Base)")
    body += "\n\nfrom swans import Birds\n\n\nclass Swan(Birds):\n    DEBUG = False\n\n\nclass Local(Base):\n    DEBUG = True\n"
    files = django_project(body=body)
    named = f'os.environ.setdefault("DJANGO_CONFIGURATION", "{served}")\nfrom configurations.wsgi import get_wsgi_application'
    files["site_/wsgi.py"] = files["site_/wsgi.py"].replace("from django.core.wsgi import get_wsgi_application", named)
    assert facts(files).fact("django_configuration").value == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["base", "deploy", "development"], "site_.settings.deploy"),
        (["base", "production", "heroku_production"], ""),
        (["base", "gold"], ""),
    ],
)
def test_settings_that_no_script_names(facts: Build, names: list[str], expected: str) -> None:
    files = {**django_project(), "site_/settings/__init__.py": ""}
    del files["site_/settings.py"], files["site_/asgi.py"]
    files["manage.py"] = (
        "import os\nfrom django.core.management import execute_from_command_line\n"
        "os.environ['DJANGO_SETTINGS_MODULE']\nexecute_from_command_line()\n"
    )
    files["site_/wsgi.py"] = "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    files |= {f"site_/settings/{name}.py": SETTINGS for name in names}
    seen = facts(files).fact("django_settings_module")
    assert (seen.value if seen.sure else "") == expected


def test_a_value_of_a_library_that_may_come_from_a_file(facts: Build) -> None:
    body = CONFIGURATIONS.replace("values.SecretValue()", "SecretFileValue(None)")
    seen = facts(django_project(body="from somewhere.values import SecretFileValue\n" + body))
    assert seen.fact("django_required_env").value == ["API", "DJANGO_SECRET_KEY"]
    assert seen.fact("django_secret_key_env").value == "DJANGO_SECRET_KEY"


@pytest.mark.parametrize(
    ("wsgi", "expected"),
    [
        ("from django.core.wsgi import get_wsgi_application\napp = get_wsgi_application()\n", "site_.wsgi:app"),
        ("from django.core.wsgi import x\ndef application(environ, start):\n    return x\n", "site_.wsgi:application"),
        ("", ""),
    ],
)
def test_the_application_by_its_name(facts: Build, wsgi: str, expected: str) -> None:
    assert facts({**django_project(), "site_/wsgi.py": wsgi}).fact("django_wsgi").value == expected


def test_the_application_in_a_package_called_wsgi(facts: Build) -> None:
    files = {**django_project(), "site_/wsgi.py": None, "wsgi/__init__.py": "from .app import application\n"}
    files |= {"site_/settings.py": SETTINGS.replace("WSGI_APPLICATION", "OTHER"), "wsgi/config.py": "bind = ''\n"}
    files["wsgi/app.py"] = SERVER.format(kind="wsgi", settings="site_.settings")
    assert facts(files).fact("django_wsgi").value == "wsgi.app:application"


def test_the_application_beside_a_manage_py_in_the_package(facts: Build) -> None:
    inside = django_project("src", "site_", body=SETTINGS.replace("WSGI_APPLICATION", "OTHER"))
    inside["src/site_/manage.py"] = inside.pop("src/manage.py")
    inside["src/site_/requirements.txt"] = inside.pop("src/requirements.txt")
    seen = facts(inside)
    assert seen.fact("django_root").value == "src/site_"
    assert seen.fact("django_wsgi").value == "site_.wsgi:application"
    assert seen.fact("django_python_path").value == [".."]


def test_the_script_that_loads_what_asgi_application_names(facts: Build) -> None:
    body = SETTINGS + 'ASGI_APPLICATION = "site_.routing.application"\n'
    loads = "import django\nfrom channels.routing import get_default_application\ndjango.setup()\n"
    files = {**django_project(body=body), "site_/routing.py": "application = ProtocolTypeRouter({})\n"}
    assert facts(files).fact("django_asgi").value == "site_.routing:application"
    files["site_/asgi.py"] = loads + "application = get_default_application()\n"
    assert facts(files).fact("django_asgi").value == "site_.asgi:application"


def test_no_asgi(facts: Build) -> None:
    assert facts({**django_project(), "site_/asgi.py": None}).fact("django_asgi").value == ""


@pytest.mark.parametrize(
    "name", ["Dockerfile.cabotage", "fly.cabotage.toml", "Procfile.cabotage", "compose.cabotage.yml"]
)
def test_settings_that_a_deployment_file_is_named_for_are_proposed_first(facts: Build, name: str) -> None:
    files = django_project(settings="site_.settings.local")
    body = files.pop("site_/settings.py")
    parts = {"__init__": "", "base": body, "local": "from .base import *\n", "cabotage": "from .base import *\n"}
    files |= {f"site_/settings/{part}.py": text for part, text in parts.items()}
    plain = facts(files).fact("django_settings_module")
    assert (plain.value, plain.sure) == ("site_.settings.base", False)
    fact = facts({**files, name: "FROM python:3.13\n"}).fact("django_settings_module")
    assert (fact.value, fact.sure) == ("site_.settings.cabotage", False)
    assert set(fact.candidates) == {"site_.settings.base", "site_.settings.cabotage", "site_.settings.local"}


@pytest.mark.parametrize("manage", ["site_.settings", "site_.settings.local"])
def test_names_from_before_the_settings_were_one_file_raise_no_question(facts: Build, manage: str) -> None:
    old = {kind: SERVER.format(kind=kind, settings="site_.settings.production") for kind in ("wsgi", "asgi")}
    files = {"manage.py": MANAGE.format(settings=manage), "site_/wsgi.py": old["wsgi"], "site_/asgi.py": old["asgi"]}

    assert settings_of(facts({**django_project(), **files})) == "site_.settings"


def test_a_module_that_git_may_ignore_is_asked_for_beside_the_only_one_here(facts: Build) -> None:
    files = package(manage="secret", wsgi="secret")

    fact = facts(files).fact("django_settings_module")

    assert fact.candidates == ("config.settings.base", "config.settings.secret")
