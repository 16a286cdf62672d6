"""Settings that compute the name of the file they load, by `import_module`, `exec` and the like."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import MANAGE, SERVER, SETTINGS, django_project

Build = Callable[..., Facts]
BASE = SETTINGS.replace("DEBUG = False\n", "").replace(
    'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}\n', ""
)
DEVELOPMENT = 'DEBUG = True\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}\n'
PRODUCTION = """\
import os
DEBUG = False
SECRET_KEY = os.environ["SITE_KEY"]
DATABASES = {"default": {"ENGINE": "django.db.backends.mysql", "NAME": os.environ["SITE_DATABASE"]}}
"""
ENV = 'import importlib, os\nENV = os.environ.get("SITE_ENV", "dev")\n'
CHOOSING = {
    "update of globals": 'globals().update(vars(importlib.import_module(f"site_.env.{ENV}")))\n',
    "update of locals": 'locals().update(importlib.import_module("site_.env.%s" % ENV).__dict__)\n',
    "relative": (
        'module = importlib.import_module(f".env.{ENV}", package=__package__)\n'
        "globals().update({name: value for name, value in vars(module).items() if name.isupper()})\n"
    ),
    "each name": (
        'module = importlib.import_module("site_.env." + ENV)\nfor name in dir(module):\n    if name.isupper():\n'
        "        globals()[name] = getattr(module, name)\n"
    ),
    "each attribute": (
        'import sys\nmodule = importlib.import_module("site_.env." + ENV)\nfor name in dir(module):\n'
        "    setattr(sys.modules[__name__], name, getattr(module, name))\n"
    ),
    "one by one": (
        'module = importlib.import_module("site_.env." + ENV)\nDEBUG = module.DEBUG\n'
        "SECRET_KEY, DATABASES = module.SECRET_KEY, module.DATABASES\n"
    ),
    "in a function": (
        "def load(name):\n    for key, value in vars(importlib.import_module('site_.env.' + name)).items():\n"
        "        globals()[key] = value\nload(ENV)\n"
    ),
    "from a table": (
        'FILES = {"dev": "site_.env.dev", "prod": "site_.env.prod"}\n'
        "globals().update(vars(importlib.import_module(FILES[ENV])))\n"
    ),
    "__import__": 'globals().update(vars(__import__(f"site_.env.{ENV}", fromlist=["*"])))\n',
    "exec of an import": 'exec(f"from .env.{ENV} import *")\n',
    "exec of a file": 'exec(open(os.path.join(os.path.dirname(__file__), "env", ENV + ".py")).read())\n',
    "exec of compiled code": (
        'path = BASE_DIR / "site_" / "env" / f"{ENV}.py"\nwith open(path) as file:\n'
        '    exec(compile(file.read(), path, "exec"), globals())\n'
    ),
    "exec of a text": 'exec((BASE_DIR / "site_" / "env" / f"{ENV}.py").read_text())\n',
    "runpy": 'import runpy\nglobals().update(runpy.run_path(BASE_DIR / "site_" / "env" / f"{ENV}.py"))\n',
    "split settings": 'from split_settings.tools import include\ninclude(f"env/{ENV}.py")\n',
    "a list of split settings": (
        'from split_settings.tools import include, optional\nfiles = [f"env/{ENV}.py", optional("local.py")]\n'
        "include(*files)\n"
    ),
}


def project(choosing: str, **more: str | None) -> dict[str, str | None]:
    files = {"site_/env/__init__.py": "", "site_/env/dev.py": DEVELOPMENT, "site_/env/prod.py": PRODUCTION}
    return {**django_project(body=BASE + choosing), **files, **more}


@pytest.mark.parametrize("form", CHOOSING)
def test_production_is_what_the_chosen_file_says(facts: Build, form: str) -> None:
    seen = facts(project(ENV + CHOOSING[form]))

    assert seen.fact("django_debug_env").value == "SITE_ENV=prod"
    assert seen.fact("django_database").value == "mysql"
    assert seen.fact("django_required_env").value == ["SITE_DATABASE", "SITE_KEY"]
    assert seen.fact("django_secret_key_env").value == "SITE_KEY"


def test_values_that_are_imported_by_their_path(facts: Build) -> None:
    values = "".join(f'{name} = import_string(f"site_.env.{{ENV}}.{name}")\n' for name in ("DEBUG", "DATABASES"))
    seen = facts(project(f"{ENV}from django.utils.module_loading import import_string\n{values}"))

    assert seen.fact("django_debug_env").value == "SITE_ENV=prod"
    assert seen.fact("django_database").value == "mysql"


def test_a_name_without_a_default_is_that_of_the_file_for_production(facts: Build) -> None:
    seen = facts(project(ENV.replace('.get("SITE_ENV", "dev")', '["SITE_ENV"]') + CHOOSING["update of globals"]))

    assert seen.fact("django_debug_env").value == "SITE_ENV=prod"
    assert seen.fact("django_required_env").value == ["SITE_DATABASE", "SITE_KEY"]


def test_a_file_may_have_the_name_of_a_place(facts: Build) -> None:
    files = {"site_/env/prod.py": None, "site_/env/swan.py": PRODUCTION}

    seen = facts(project(ENV + CHOOSING["update of globals"], **files))

    assert seen.fact("django_debug_env").value == "SITE_ENV=swan"


def test_the_file_is_chosen_although_debug_has_a_variable_of_its_own(facts: Build) -> None:
    own = 'DEBUG = os.environ.get("SITE_DEBUG") == "1"\nfor name, value in vars(module).items():\n'
    choosing = (
        'module = importlib.import_module(f"site_.env.{ENV}")\n'
        + own
        + '    if name != "DEBUG":\n        globals()[name] = value\n'
    )

    seen = facts(project(ENV + choosing))

    assert seen.fact("django_debug_env").value == "SITE_ENV=prod"
    assert seen.fact("django_database").value == "mysql"


@pytest.mark.parametrize(
    "choosing",
    [
        'try:\n    module = importlib.import_module("site_.env.local")\nexcept ImportError:\n'
        '    module = importlib.import_module("site_.env.prod")\nglobals().update(vars(module))\n',
        "try:\n    from .env.local import *\nexcept ImportError:\n    from .env.prod import *\n",
        "try:\n    from .local_settings import *\nexcept ModuleNotFoundError:\n    from .env.prod import *\n",
    ],
)
def test_a_file_that_git_does_not_have_gives_way_to_another(facts: Build, choosing: str) -> None:
    seen = facts(project(ENV + choosing))

    assert seen.fact("django_database").value == "mysql"
    assert seen.fact("django_required_env").value == ["SITE_DATABASE", "SITE_KEY"]


def test_modules_of_a_folder_are_all_read(facts: Build) -> None:
    choosing = (
        "import glob, os\nfor path in sorted(glob.glob(os.path.join(os.path.dirname(__file__), 'env', '*.py'))):\n"
    )

    seen = facts(project(choosing + "    exec(open(path).read())\n"))

    assert seen.fact("django_database").value == "mysql"


@pytest.mark.parametrize(
    "choosing",
    [
        'import importlib\nglobals().update(vars(importlib.import_module(f"site_.settings.{ENV}")))\n',
        'exec(open(os.path.join(os.path.dirname(__file__), ENV + ".py")).read())\n',
        'if ENV == "prod":\n    from .prod import *\nelse:\n    from .dev import *\n',
    ],
)
def test_the_package_of_the_settings_does_not_choose_those_of_development(facts: Build, choosing: str) -> None:
    named = {"settings": "site_.settings"}
    files = {
        "manage.py": MANAGE.format(**named),
        "requirements.txt": "Django==5.2.1\n",
        "site_/__init__.py": "",
        "site_/wsgi.py": SERVER.format(kind="wsgi", **named),
        "site_/settings/__init__.py": 'import os\nENV = os.environ.get("SITE_ENV", "dev")\n' + choosing,
        "site_/settings/base.py": BASE,
        "site_/settings/dev.py": "from .base import *\n" + DEVELOPMENT,
        "site_/settings/prod.py": "from .base import *\n" + PRODUCTION,
    }

    seen = facts(files)

    assert seen.fact("django_settings_module").value == "site_.settings.prod"
    assert seen.fact("django_debug_env").value == "SITE_ENV=prod"
