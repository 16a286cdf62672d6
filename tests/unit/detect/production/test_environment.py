"""Variables that must be set, the one that turns DEBUG off, databases and services."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]


def required(facts: Build, body: str, **files: str) -> list[str]:
    value = facts({**django_project(body=SETTINGS + body), **files}).fact("django_required_env").value
    assert isinstance(value, list)
    return value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('import os\nX = os.environ["X"]\n', ["X"]),
        ('import os\nX = os.environ.get("X")\nY = os.getenv("Y", "y")\n', []),
        ('import os\nenv = os.environ.copy()\nX = env["X"]\nY = env.get("Y")\n', ["X"]),
        ('import os\nenv = dict(os.environ)\nX = env["X"]\n', ["X"]),
        ('import os, pwd\nos.environ.setdefault("X", pwd.getuser())\nX = os.environ["X"]\n', []),
        ('import os\nclass Dev:\n    X = os.environ.get("X") + "."\n', ["X"]),
        ('import os\nclass Dev:\n    def f(self):\n        return os.environ["X"]\n', []),
        ('import os\nSECRET_KEY = "x" if os.getenv("LIVE") != "1" else os.getenv("THE_SECRET_KEY")\n', []),
        (
            'import os\nSECRET_KEY = os.getenv("THE_SECRET_KEY") if os.getenv("LIVE") != "1" else "x"\n',
            ["THE_SECRET_KEY"],
        ),
        ('from shop.envs import get_string\nX = get_string(name="X", default=None, required=True)\n', ["X"]),
        (
            'from shop.envs import get_string, get_int\nX = get_string("X", "x", required=True)\nY = get_int("Y", 0)\n',
            [],
        ),
        ('from os import environ as e\nX = e["X"]\n', ["X"]),
        ('import os\nX = os.getenv("X")\nif not X:\n    raise RuntimeError("X")\n', ["X"]),
        ('import os\nX = os.getenv("X")\nif X is None:\n    raise RuntimeError("X")\n', ["X"]),
        ('import os\nassert os.getenv("X"), "X is missing"\n', ["X"]),
        (
            'import environ\nenv = environ.Env()\nX = env("X", default=env("OLD_X", default=None))\n'
            'if not X:\n    raise RuntimeError("X")\n',
            ["X"],
        ),
        ('import os\nX = os.getenv("X") or os.getenv("OLD_X")\nif not X:\n    raise RuntimeError("X")\n', ["X"]),
        (
            'import os\nX, Y = os.getenv("X"), os.getenv("Y")\nif not X or not Y:\n    raise RuntimeError("X and Y")\n',
            ["X", "Y"],
        ),
        # What is tested only once another one is set is needed too.
        ('import os\nif not os.getenv("X") or not os.getenv("Y"):\n    raise RuntimeError("X, Y")\n', ["X", "Y"]),
        ('import os\nif not (os.getenv("X") and os.getenv("Y")):\n    raise RuntimeError("X, Y")\n', ["X", "Y"]),
        ('import os\nif "X" not in os.environ or "Y" not in os.environ:\n    raise RuntimeError\n', ["X", "Y"]),
        ('import os\nX = os.getenv("X")\nif X is None or os.getenv("Y") is None:\n    exit(1)\n', ["X", "Y"]),
        ('import os\nassert os.getenv("X") and os.getenv("Y")\n', ["X", "Y"]),
        (
            'import os\nif not os.getenv("X"):\n    raise RuntimeError("X")\nelif not os.getenv("Y"):\n'
            '    raise RuntimeError("Y")\n',
            ["X", "Y"],
        ),
        (
            'import os\nfor name in ("X", "Y"):\n    if name not in os.environ:\n        raise RuntimeError\n',
            ["X", "Y"],
        ),
        (
            "import os\ndef need(*names):\n    for name in names:\n        if not os.getenv(name):\n"
            '            raise RuntimeError(name)\nneed("X", "Y")\n',
            ["X", "Y"],
        ),
        ('import os\nif not all([os.getenv("X"), os.getenv("Y")]):\n    raise RuntimeError("X, Y")\n', ["X", "Y"]),
        ('import os\nif any(name not in os.environ for name in ("X", "Y")):\n    raise RuntimeError\n', ["X", "Y"]),
        ('import os\nif {"X", "Y"} - os.environ.keys():\n    raise RuntimeError("X, Y")\n', ["X", "Y"]),
        ('import os\nif not {"X", "Y"}.issubset(os.environ):\n    raise RuntimeError("X, Y")\n', ["X", "Y"]),
        (
            'import os\nall_of = {"X": os.getenv("X"), "Y": os.getenv("Y")}\n'
            "missing = [name for name, value in all_of.items() if not value]\nif missing:\n    raise RuntimeError(missing)\n",
            ["X", "Y"],
        ),
        (
            "import os\ndef need(value, name):\n    if not value:\n        raise RuntimeError(name)\n    return value\n"
            'X = need(os.getenv("X"), "X")\nY = need(os.getenv("Y", "y"), "Y")\n',
            ["X"],
        ),
        # One of two is enough.
        ('import os\nif not os.getenv("X") and not os.getenv("X_FILE"):\n    raise RuntimeError("X")\n', ["X"]),
        (
            'import os\nX, Y = os.getenv("X"), os.getenv("Y")\nif X is None and Y is None:\n    raise RuntimeError\n',
            ["X"],
        ),
        (
            "import os\nNONE = object()\ndef get(name, default=NONE):\n    value = os.environ.get(name, default)\n"
            '    if value is NONE:\n        raise RuntimeError(name)\n    return value\nX = get("X")\nY = get("Y", None)\n',
            ["X"],
        ),
        (
            "import os\nNONE = object()\ndef get(name, default=NONE):\n    value = os.environ.get(name)\n"
            "    if value is None and default is NONE:\n        raise KeyError(name)\n    return value or default\n"
            "def boolean(name, default=NONE):\n"
            '    return get(name, str(default) if type(default) is bool else default).lower() == "true"\n'
            'X = boolean("X")\nY = boolean("Y", False)\n',
            ["X"],
        ),
        (
            "import os\ndef get(name, default=None):\n    if isinstance(default, (str, bool)):\n"
            "        return os.environ.get(name, default)\n"
            '    return os.environ[name]\nX = get("X")\nY = get("Y", False)\n',
            ["X"],
        ),
        (
            "import os\ndef get(name, default=...):\n    if name not in os.environ and default is ...:\n"
            '        raise RuntimeError(name)\n    return os.environ.get(name, default)\nX = get("X")\nY = get("Y", None)\n',
            ["X"],
        ),
        (
            "import environ\nenv = environ.Env()\nLIVE = True\ndef default(dev=env.NOTSET, live=env.NOTSET):\n"
            '    return live if LIVE else dev\nX = env("X", default=default("x"))\nY = env("Y", default=default(live="y"))\n',
            ["X"],
        ),
        (
            'from smart_env import SmartEnv\nCONFIG = {"X": (str, SmartEnv.NOTSET, "x", True), "Y": (str, "", "y", True)}\n'
            'env = SmartEnv(**CONFIG)\nX = env("X")\nY = env("Y")\n',
            ["X"],
        ),
        (  # a class of the project's own, as with further kinds of values
            "import environ\nclass Env(environ.Env):\n    def __init__(self, **scheme):\n        super().__init__(**scheme)\n"
            'env = Env(Y=(str, ""))\nX = env("X")\nY = env("Y")\n',
            ["X"],
        ),
        ('import os\nHOSTS = os.environ.get("HOSTS").split(",")\n', ["HOSTS"]),
        ('import os\nPORT = int(os.environ.get("PORT_"))\n', ["PORT_"]),
        ('import os\nLOGS = os.path.join(os.environ.get("DATA"), "logs")\n', ["DATA"]),
        ('import os\nLOGS = os.path.join(os.environ.get("DATA", "/tmp"), "logs")\n', []),
        ('import os\nfrom urllib.parse import quote_plus\nX = quote_plus(os.getenv("X"))\n', ["X"]),
        ('import os\nDATA = os.environ.get("DATA")\nif DATA and os.path.exists(DATA):\n    X = 1\n', []),
        ('import os\nD = {"A": os.environ["A"], "B": {"C": os.environ["C"]}}\n', ["A", "C"]),
        ('import os\ntry:\n    X = os.environ["X"]\nexcept KeyError:\n    X = "x"\n', []),
        (
            'import os\nfor name in ("A", "B"):\n    value = os.environ.get(name)\n    if not value:\n        continue\n'
            '    HOSTS = value.split(",")\n',
            [],
        ),
        (
            'import os\nfor name in ("A", "B"):\n    X = os.environ[name]\n    break\nelse:\n    Y = os.environ["Y"]\n',
            ["A"],
        ),
        # A `try` looks after what it catches, and after nothing else.
        ('import os\ntry:\n    T = int(os.environ.get("T"))\nexcept Exception:\n    T = 3\n', []),
        ('import os\ntry:\n    T = int(os.getenv("T"))\nexcept (TypeError, ValueError):\n    T = 3\n', []),
        ('import os\ntry:\n    T = int(os.environ["T"])\nexcept (TypeError, ValueError):\n    T = 3\n', ["T"]),
        ('import os\ntry:\n    T = int(os.getenv("T"))\nexcept KeyError:\n    T = 3\n', ["T"]),
        ('import os\ntry:\n    H = os.getenv("H").split()\nexcept AttributeError:\n    H = []\n', []),
        ('import os\ntry:\n    U = os.getenv("U") + "/x"\nexcept TypeError:\n    U = ""\n', []),
        (
            "import os\ndef number(name):\n    try:\n        return int(os.environ.get(name))\n"
            "    except TypeError:\n        return 3\nA = number('A')\n",
            [],
        ),
        # What the overlay sets itself is asked of nobody.
        (
            'import environ\nenv = environ.Env(SITE_DEBUG=(bool, True))\nDEBUG = env("SITE_DEBUG")\n'
            'KEY = env("KEY", default="x")\n'
            'if not DEBUG and KEY == "x":\n    raise RuntimeError("KEY")\n',
            ["KEY"],
        ),
        (
            'import os\nDEBUG = os.getenv("SITE_DEBUG", "False") == "True"\nKEY = os.getenv("KEY", "insecure")\n'
            'if not DEBUG:\n    if KEY == "insecure":\n        raise RuntimeError("KEY")\n',
            ["KEY"],
        ),
        ('import os\ntry:\n    X = os.environ["X"]\nexcept KeyError:\n    raise SystemExit("X")\n', ["X"]),
        (
            'import os, sys\ntry:\n    D = {"A": os.environ["A"], "B": os.environ["B"]}\n    C = os.environ["C"]\n'
            "except KeyError:\n    sys.exit(1)\n",
            ["A", "B", "C"],
        ),
        ('import os\nif "X" in os.environ:\n    X = os.environ["X"]\n', []),
        ('import os\nif os.environ.get("USE_S3"):\n    KEY = os.environ["KEY"]\n', []),
        ('import os\nif os.environ.get("USE_S3", "yes") == "yes":\n    KEY = os.environ["KEY"]\n', ["KEY"]),
        ('import os\nif DEBUG:\n    X = os.environ["X"]\nelse:\n    Y = os.environ["Y"]\n', ["Y"]),
        (
            "import os\nfrom django.core.exceptions import ImproperlyConfigured\ndef need(name):\n    try:\n"
            '        return os.environ[name]\n    except KeyError:\n        raise ImproperlyConfigured(f"{name}?")\n'
            'A = need("A")\nB = [need("B"), need("C")]\n',
            ["A", "B", "C"],
        ),
        (
            "import os\ndef get(name, default=None):\n    value = os.environ.get(name, default)\n"
            '    if value is None:\n        raise KeyError(name)\n    return value\nA = get("A")\nB = get("B", "b")\n',
            ["A"],
        ),
        (
            'import environ\nenv = environ.Env(D=(bool, False))\nA = env("A")\nD = env("D")\n'
            'B = env.bool("B", default=0)\n',
            ["A"],
        ),
        ('import environ\nenv = environ.Env()\nDATABASES = {"default": env.db()}\n', ["DATABASE_URL"]),
        ('import environ\nenv = environ.Env()\nX = env("X", cast=str, default="1")\nY = env.list("Y")\n', ["Y"]),
        ('from environs import Env\nenv = Env()\nA = env.str("A")\nB = env.bool("B", False)\n', ["A"]),
        ('from environs import env\nwith env.prefixed("MAIL_"):\n    H = env("HOST")\n', ["MAIL_HOST"]),
        ('from decouple import config\nA = config("A")\nB = config("B", default=1, cast=int)\n', ["A"]),
        ('from decouple import config, Csv\nA = config("A", cast=Csv())\nB = config("B", "b")\n', ["A"]),
        ('import dj_database_url\nDATABASES = {"default": dj_database_url.config()}\n', []),
        ('import os, dj_database_url\nDATABASES = {"default": dj_database_url.parse(os.environ["DB"])}\n', ["DB"]),
        (
            "from pydantic_settings import BaseSettings, SettingsConfigDict\nclass S(BaseSettings):\n"
            '    model_config = SettingsConfigDict(env_prefix="APP_")\n    secret: str\n    debug: bool = False\n'
            "s = S()\n",
            ["APP_SECRET"],
        ),
        (  # a model in a model
            "from pydantic import BaseModel\nfrom pydantic_settings import BaseSettings\nclass Tokens(BaseModel):\n"
            '    KEY: str\n    ISSUER: str = "x"\nclass S(BaseSettings):\n    TOKENS: Tokens\n'
            '    model_config = {"env_prefix": "APP_", "env_nested_delimiter": "__"}\ns = S()\n',
            ["APP_TOKENS__KEY"],
        ),
        ('import os\ndef later():\n    return os.environ["X"]\n', []),
        ('import os\nSECRET_KEY = os.environ.get("DJANGO_SECRET")\n', ["DJANGO_SECRET"]),
        ('import os\nos.environ["X"] = "1"\nX = os.environ["X"]\n', []),
        ('import os\nfor name in ["A", "B"]:\n    globals()[name] = os.environ[name]\n', ["A", "B"]),
        ('import os\nX = os.environ["X"] if "X" in os.environ else ""\n', []),
    ],
)
def test_required_variables(facts: Build, body: str, expected: list[str]) -> None:
    assert required(facts, body) == expected


@pytest.mark.parametrize(
    ("body", "replaced", "asked"),
    [
        ('ALLOWED_HOSTS = os.environ["HOSTS"].split(",")\n', ["HOSTS=localhost"], []),
        ('_hosts = os.environ.get("HOSTS").split()\nALLOWED_HOSTS = [*_hosts, "x"]\n', ["HOSTS=localhost"], []),
        (
            'CSRF_TRUSTED_ORIGINS = os.environ["ORIGINS"].split(",")\nSTATIC_ROOT = os.environ["STATIC"]\n'
            'MEDIA_ROOT = Path(os.environ["UPLOADS"])\n',
            ["ORIGINS=https://localhost", "STATIC=staticfiles", "UPLOADS=media"],
            [],
        ),
        (
            'import environ\nenv = environ.Env()\nALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS")\n',
            ["DJANGO_ALLOWED_HOSTS=localhost"],
            [],
        ),
        ('from decouple import Csv, config\nALLOWED_HOSTS = config("HOSTS", cast=Csv())\n', ["HOSTS=localhost"], []),
        ('import json\nALLOWED_HOSTS = json.loads(os.environ["HOSTS"])\n', ['HOSTS=["localhost"]'], []),
        ('MEDIA_ROOT = os.environ["UPLOADS"]\nSENDFILE_ROOT = MEDIA_ROOT\n', ["UPLOADS=media"], []),
        ('MEDIA_ROOT = os.environ["UPLOADS"]\nLOG = MEDIA_ROOT + "/log"\n', [], ["UPLOADS"]),
        (
            'FILES = os.getenv("F")\nSTORAGES = {"default": {"BACKEND": FILES}, "staticfiles": {"BACKEND": os.getenv("CSS")}}\n',
            [
                "CSS=django.contrib.staticfiles.storage.StaticFilesStorage",
                "F=django.core.files.storage.FileSystemStorage",
            ],
            [],
        ),
        (
            'STORAGES = {"default": {"BACKEND": os.getenv("FILES", "a.B")}, "other": {"BACKEND": os.getenv("X")}}\n',
            [],
            [],
        ),
        # Asked for where it is more than that, or where the settings expect another form
        ('ALLOWED_HOSTS = [os.environ["HOST"]]\nSITE_URL = f"https://{ALLOWED_HOSTS[0]}"\n', [], ["HOST"]),
        ('ROOT = os.environ["ROOT_"]\nMEDIA_ROOT = ROOT + "/media"\n', [], ["ROOT_"]),
        ('ALLOWED_HOSTS = os.environ.get("HOSTS", "").split(",")\n', [], []),
    ],
)
def test_variables_of_what_the_overlay_sets_are_asked_of_nobody(
    facts: Build, body: str, replaced: list[str], asked: list[str]
) -> None:
    seen = facts(django_project(body=f"{SETTINGS}import os\n{body}"))
    assert seen.fact("django_replaced_env").value == replaced
    assert seen.fact("django_required_env").value == asked


DIRECT = 'DATABASES = {"default": {"ENGINE": os.environ["MY_ENGINE"], "NAME": os.environ["DB_NAME"]}}\n'
SHORT = (
    "from decouple import config\n"
    'DATABASES = {"default": {"ENGINE": "django.db.backends." + config("MY_ENGINE"), "NAME": config("DB_NAME")}}\n'
)


@pytest.mark.parametrize(
    ("body", "packages", "engine"),
    [
        (DIRECT, "psycopg", "django.db.backends.postgresql"),
        (SHORT, "psycopg", "postgresql"),
        (DIRECT, "", "django.db.backends.sqlite3"),
        (DIRECT + 'INSTALLED_APPS += ["django.contrib.gis"]\n', "psycopg", "django.contrib.gis.db.backends.postgis"),
    ],
)
def test_an_engine_from_a_variable_is_known(facts: Build, body: str, packages: str, engine: str) -> None:
    files = django_project(body=f"{SETTINGS}import os\n{body}")
    seen = facts({**files, "requirements.txt": f"{files['requirements.txt']}{packages}\n"})
    assert seen.fact("django_replaced_env").value == [f"MY_ENGINE={engine}"]
    assert seen.fact("django_required_env").value == ["DB_NAME"]


def test_variables_beside_a_known_engine_are_asked_for(facts: Build) -> None:
    default = '{"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["DB_NAME"]}'
    seen = facts(django_project(body=f'{SETTINGS}import os\nDATABASES = {{"default": {default}}}\n'))
    assert seen.fact("django_replaced_env").value == []
    assert seen.fact("django_required_env").value == ["DB_NAME"]


def test_an_engine_that_a_variable_chooses_in_its_own_words_is_asked_for(facts: Build) -> None:
    body = 'import os\nDATABASES = {"default": {"ENGINE": {"pg": "a.b", "lite": "c.d"}[os.environ["MY_ENGINE"]]}}\n'
    files = django_project(body=f"{SETTINGS}{body}")
    seen = facts({**files, "requirements.txt": f"{files['requirements.txt']}psycopg\n"})
    assert seen.fact("django_replaced_env").value == []
    assert seen.fact("django_required_env").value == ["MY_ENGINE"]


def test_settings_without_which_an_app_does_not_start(facts: Build) -> None:
    lines = "import os\nRECAPTCHA_PUBLIC_KEY = os.getenv('PUBLIC')\nRECAPTCHA_PRIVATE_KEY = os.getenv('PRIVATE', '')\n"
    assert required(facts, lines) == []
    assert required(facts, lines + 'INSTALLED_APPS += ["django_recaptcha"]\n') == ["PUBLIC"]


def test_variables_of_imported_settings_with_their_place(facts: Build) -> None:
    files = django_project(body="from .base import *\n")
    files["site_/base.py"] = SETTINGS.replace("site_.", "site_.") + 'import os\nX = os.environ["X"]\n'
    fact = facts(files).fact("django_required_env")
    assert fact.value == ["X"]
    assert (fact.evidence[0].path, fact.evidence[0].line) == ("site_/base.py", 11)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("DEBUG = False", ""),
        ("DEBUG = True", ""),
        ('DEBUG = os.environ.get("DEBUG", "True") == "True"', "DEBUG=False"),
        ('DEBUG = os.environ.get("DEBUG", "False") == "True"', ""),
        ('DEBUG = bool(os.environ.get("DEBUG", True))', "DEBUG="),
        ('DEBUG = os.environ.get("DJANGO_DEBUG") != "FALSE"', "DJANGO_DEBUG=FALSE"),
        ('DEBUG = "RENDER" not in os.environ', "RENDER=true"),
        ('ENV = os.environ.get("ENV", "dev")\nDEBUG = ENV != "production"', "ENV=production"),
        ('from decouple import config\nDEBUG = config("DEBUG", default=True, cast=bool)', "DEBUG=False"),
        ('import environ\nenv = environ.Env(DEBUG=(bool, True))\nDEBUG = env("DEBUG")', "DEBUG=False"),
        ('DEBUG = True\nif os.environ.get("STAGE") == "prod":\n    DEBUG = False', "STAGE=prod"),
        (
            'DEBUG = False\nENV = os.environ["APP_ENV"]\nif ENV == "development":\n    DEBUG = True',
            "APP_ENV=production",
        ),
        ('DEBUG = False\nif os.environ["APP_ENV"] == "production":\n    X = 1', "APP_ENV=production"),
        ('DEBUG = False\nmatch os.environ["APP_ENV"].lower():\n    case "prod":\n        X = 1', "APP_ENV=prod"),
        ('DEBUG = False\nif os.environ.get("APP_ENV") == "production":\n    X = 1', ""),
        ('DEBUG = False\nif os.environ["BUCKET"] == "production":\n    X = 1', ""),
        ('import json\nDEBUG = json.loads(os.environ.get("DEBUG", "true"))', "DEBUG=false"),
        ('import ast\nDEBUG = ast.literal_eval(os.environ.get("DEBUG", "True"))', "DEBUG=False"),
        # An address or a secret is the owner's: no value is made up for it.
        ('DEBUG = "DATABASE_URL" not in os.environ', ""),
        ('DEBUG = os.environ.get("PGHOST", "localhost") == "localhost"', ""),
        ('DEBUG = not os.environ.get("SECRET_KEY")', ""),
        ('DEBUG = "DATABASE_URL" not in os.environ and os.environ.get("STAGE") != "prod"', "STAGE=prod"),
        (
            'ENV = os.environ["APP_ENV"]\nif ENV == "dev":\n    DEBUG = True\nelif ENV == "prod":\n    DEBUG = False\n'
            'else:\n    raise ValueError("APP_ENV")',
            "APP_ENV=prod",
        ),
    ],
)
def test_what_turns_debug_off(facts: Build, line: str, expected: str) -> None:
    body = SETTINGS.replace("DEBUG = False", f"import os\n{line}")
    assert facts(django_project(body=body)).fact("django_debug_env").value == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", "FROM python:3.13\nRUN SITE_MODE=build ./manage.py check\nENV A=b \\\n    SITE_MODE=swan\n"),
        ("Dockerfile", "FROM python:3.13\nENV SITE_MODE swan\n"),
        ("fly.toml", '[env]\n  SITE_MODE = "swan"\n'),
        ("render.yaml", "services:\n  - envVars:\n      - key: SITE_MODE\n        value: swan\n"),
        ("app.json", '{"env": {"SITE_MODE": {"value": "swan"}}}'),
        ("app.json", '{"env": {\n  "SITE_MODE": {\n    "value": "swan"}}}'),
    ],
)
def test_debug_is_turned_off_as_a_deployment_file_does(facts: Build, path: str, text: str) -> None:
    lines = 'import os\nMODE = os.environ.get("SITE_MODE", "duck")\n'
    lines += 'DEBUG = os.environ.get("DEBUG", "1" if MODE == "duck" else "0") == "1"'
    body = SETTINGS.replace("DEBUG = False", lines)
    assert facts({**django_project(body=body), path: text}).fact("django_debug_env").value == "SITE_MODE=swan"


LOCAL = "LOCAL = 'DATABASE_URL' not in os.environ and os.environ.get('A_HOST', 'localhost') == 'localhost'\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (LOCAL + "DEBUG = os.environ.get('DEBUG', '1' if LOCAL else '0') == '1'", "DEBUG=False"),
        (LOCAL + "DEBUG = os.environ.get(\n    'SITE_DEBUG',\n    str(LOCAL),\n) == 'True'", "SITE_DEBUG=False"),
        (LOCAL + "DEBUG = os.getenv('Z_DEBUG', default=str(LOCAL)) == 'True'", "Z_DEBUG=False"),
        (
            "import environ\nenv = environ.Env()\n" + LOCAL + "DEBUG = env.bool('X_DEBUG', default=LOCAL)",
            "X_DEBUG=False",
        ),
        (LOCAL + "from decouple import config\nDEBUG = config('Z_DEBUG', LOCAL, cast=bool)", "Z_DEBUG=False"),
        (LOCAL + "SAID = os.environ.get('Z_DEBUG', str(LOCAL))\nDEBUG = SAID == 'True'", "Z_DEBUG=False"),
        (
            LOCAL + "DEBUG = LOCAL\nif 'Z_DEBUG' in os.environ:\n    DEBUG = os.environ['Z_DEBUG'] == '1'",
            "Z_DEBUG=False",
        ),
        (
            LOCAL + "def debug():\n    return os.environ.get('Z_DEBUG', str(LOCAL)) == 'True'\nDEBUG = debug()",
            "Z_DEBUG=False",
        ),
        (
            LOCAL + "DEBUG = True\nif os.environ.get('Z_STAGE', str(LOCAL)) != 'True':\n    DEBUG = False",
            "Z_STAGE=production",
        ),
    ],
)
def test_debug_is_turned_off_by_the_variable_that_is_compared(facts: Build, lines: str, expected: str) -> None:
    body = SETTINGS.replace("DEBUG = False", f"import os\n{lines}")
    assert facts(django_project(body=body)).fact("django_debug_env").value == expected


def test_the_key_that_is_needed_is_the_one_that_is_read_first(facts: Build) -> None:
    body = SETTINGS.replace(
        'SECRET_KEY = "not a secret"', 'import os\nSECRET_KEY = os.environ.get("Z_KEY", os.environ.get("A_KEY"))'
    )
    assert facts(django_project(body=body)).fact("django_required_env").value == ["Z_KEY"]


@pytest.mark.parametrize(
    ("body", "packages", "expected"),
    [
        ("", "", "sqlite"),
        ('DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}', "", "postgresql"),
        ('DATABASES = {"default": {"ENGINE": "django.contrib.gis.db.backends.postgis"}}', "", "postgresql"),
        ('DATABASES = {"default": {"ENGINE": "django.db.backends.mysql"}}', "", "mysql"),
        ('DATABASES["default"] = dict(ENGINE="django.db.backends.oracle")', "", "oracle"),
        ('import dj_database_url\nDATABASES["default"] = dj_database_url.config()', "psycopg[binary]", "postgresql"),
        (
            'import dj_database_url\nDATABASES = {"default": dj_database_url.config(default="mysql://x")}',
            "psycopg2",
            "postgresql",
        ),
        ('import environ\nDATABASES = {"default": environ.Env().db(default="postgres://x/y")}', "", "postgresql"),
        (
            "import dj_database_url\nfrom elsewhere import get\n"
            'DATABASES = {"default": dj_database_url.parse(get("DATABASE_URL", default="sqlite:///db"))}',
            "psycopg2",
            "postgresql",
        ),
        (
            'import os\nif "DATABASE_URL" in os.environ:\n    import dj_database_url\n'
            "    DATABASES = {'default': dj_database_url.config()}",
            "psycopg2-binary",
            "postgresql",
        ),
        (
            'import os\nDATABASES["default"]["ENGINE"] = "django.db.backends." + os.environ.get("B", "postgresql")',
            "",
            "postgresql",
        ),
    ],
)
def test_the_database(facts: Build, body: str, packages: str, expected: str) -> None:
    files = django_project(body=SETTINGS + body + "\n")
    files["requirements.txt"] += packages + "\n"
    fact = facts(files).fact("django_database")
    assert (fact.value, fact.candidates) == (expected, ())


def test_asks_between_two_servers(facts: Build) -> None:
    body = (
        'import os\nif os.environ.get("DB") == "mysql":\n'
        '    DATABASES = {"default": {"ENGINE": "django.db.backends.mysql"}}\n'
        'else:\n    DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}\n'
    )
    assert set(facts(django_project(body=SETTINGS + body)).fact("django_database").candidates) == {
        "mysql",
        "postgresql",
    }


def test_a_secret_key_that_is_set_only_where_its_variable_is(facts: Build) -> None:
    body = SETTINGS.replace('SECRET_KEY = "not a secret"', "import os") + (
        'if "SITE_SECRET_KEY" in os.environ:\n    SECRET_KEY = os.environ["SITE_SECRET_KEY"]\n'
    )
    assert facts(django_project(body=body)).fact("django_required_env").value == ["SITE_SECRET_KEY"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, []),
        ({"requirements.txt": "django\ncelery[redis]\nredis\n"}, ["celery", "redis"]),
        ({"requirements.txt": "django\ndjango-rq\n"}, ["redis", "rq"]),
        ({"requirements.txt": "django\nhuey\nchannels\n"}, ["channels", "huey"]),
        (
            {"shop/models.py": "from django.db import models\nclass P(models.Model):\n    f = models.ImageField()\n"},
            ["media"],
        ),
        ({"shop/models.py": "# ImageField would be nice\n"}, []),
        ({"site_/settings.py": SETTINGS + 'CACHES = {"x": {"BACKEND": "django.core.cache.backends.db.DatabaseCache"}}\n'},
         ["database-cache"]),
        ({"requirements.txt": "django\npsycopg\npgvector\n"}, ["pgvector"]),
        ({"site_/settings.py": SETTINGS + 'DATABASES = {"default": {"ENGINE": "django.contrib.gis.db.backends.postgis"}}\n'},
         ["postgis"]),
        ({"site_/settings.py": SETTINGS + 'DATABASES = {"default": {"ENGINE": "django.contrib.gis.db.backends.spatialite"}}\n'},
         []),
    ],
)  # fmt: skip
def test_services(facts: Build, files: dict[str, str], expected: list[str]) -> None:
    assert facts({**django_project(), **files}).fact("django_services").value == expected


def test_an_app_of_the_project_with_the_name_of_a_service(facts: Build) -> None:
    body = SETTINGS + 'INSTALLED_APPS += ["channels"]\n'
    assert facts(django_project(body=body)).fact("django_services").value == ["channels"]
    assert facts({**django_project(body=body), "channels/__init__.py": ""}).fact("django_services").value == []


def test_apps_for_development(facts: Build) -> None:
    body = (
        SETTINGS
        + 'if DEBUG:\n    INSTALLED_APPS += ["debug_toolbar"]\nINSTALLED_APPS.append("django_browser_reload")\n'
    )
    found = facts(django_project(body=body)).fact("django_dev_apps").value
    assert sorted(found) == ["debug_toolbar", "django_browser_reload"]


@pytest.mark.parametrize(
    ("urls", "left_out"),
    [
        ("urlpatterns = []\n", True),
        ("if settings.DEBUG:\n    import debug_toolbar.urls\n", True),
        ('urlpatterns = [path("__debug__/", include("debug_toolbar.urls"))]\n', False),
        ("import debug_toolbar\nurlpatterns = [path('x/', include(debug_toolbar.urls))]\n", False),
        ("from debug_toolbar.toolbar import debug_toolbar_urls\nurlpatterns = debug_toolbar_urls()\n", False),
        ('if not settings.TESTING:\n    urlpatterns = [path("x/", include("debug_toolbar.urls"))]\n', False),
        (
            'if not settings.DEBUG:\n    pass\nelse:\n    urlpatterns = [path("x/", include("debug_toolbar.urls"))]\n',
            True,
        ),
        ('if settings.SOMETHING:\n    urlpatterns = [path("x/", include("debug_toolbar.urls"))]\n', True),
    ],
)
def test_an_app_whose_urls_are_always_included_stays(facts: Build, urls: str, left_out: bool) -> None:
    body = SETTINGS + 'import sys\nTESTING = "test" in sys.argv\nROOT_URLCONF = "mysite.urls"\n'
    body += 'INSTALLED_APPS += ["debug_toolbar"]\n'
    files = {**django_project(body=body), "mysite/urls.py": urls}
    assert facts(files).fact("django_dev_apps").value == (["debug_toolbar"] if left_out else [])


def test_lists_that_are_put_together(facts: Build) -> None:
    body = SETTINGS + (
        'LOCAL = ["django_browser_reload"]\nINSTALLED_APPS = [*INSTALLED_APPS, *LOCAL]\n'
        'INSTALLED_APPS += tuple(["debug_toolbar"])\nINSTALLED_APPS = ["first"] + INSTALLED_APPS\n'
    )
    found = facts(django_project(body=body)).fact("django_dev_apps").value
    assert found == ["django_browser_reload", "debug_toolbar"]


def test_system_libraries(facts: Build) -> None:
    body = SETTINGS + 'INSTALLED_APPS += ["django.contrib.gis"]\n'
    files = {**django_project(body=body), "requirements.txt": "django\nmysqlclient\npsycopg2\npsycopg2-binary\n"}
    assert facts(files).fact("django_system_libraries").value == ["gdal", "mysql", "postgresql"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"requirements.txt": "django\npsycopg==3.2.9\n"}, ["postgresql"]),  # the Python part alone loads libpq
        ({"requirements.txt": "django\npsycopg[c, pool]\n"}, ["postgresql"]),
        ({"requirements.txt": "django\npsycopg[pool,binary]\n"}, []),
        ({"requirements.txt": "django\npsycopg==3.2.9\npsycopg-binary==3.2.9\n"}, []),
        ({"Pipfile": '[packages]\ndjango = "*"\npsycopg = {extras = ["binary"], version = "*"}\n'}, []),
        ({"requirements.txt": "django\nshelf @ git+https://example.com/ada/shelf.git@v1\n"}, ["git"]),
        ({"requirements.txt": "django\n-e git+ssh://git@example.com/ada/shelf.git@feature/x\n"}, ["git"]),
        ({"requirements.txt": "django\nshelf @ https://example.com/shelf.zip\n"}, ["compiler"]),
        ({"Pipfile": '[packages]\ndjango = "*"\nshelf = {git = "https://example.com/shelf.git"}\n'}, ["git"]),
        (
            {
                "pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["django", "shelf"]\n'
                '[tool.uv.sources]\nshelf = { git = "https://example.com/shelf.git" }\n'
            },
            ["git"],
        ),
    ],
)
def test_what_requirements_need_of_the_system(facts: Build, files: dict[str, str], expected: list[str]) -> None:
    if "requirements.txt" not in files:
        files = {"requirements.txt": None, **files}  # type: ignore[dict-item]
    assert facts({**django_project(), **files}).fact("django_system_libraries").value == expected


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ('DEBUG = os.environ.get("DEBUG", "1") == "1"\nCHEAP = DEBUG\n', "DEBUG=False"),
        ('DEBUG = os.environ.get("DEBUG") == "1"\n', ""),
        ("DEBUG = True\n", ""),
        ("", ""),
    ],
)
def test_settings_that_switch_debug_off_in_the_end(facts: Build, base: str, expected: str) -> None:
    files = django_project(settings="site_.production", body="import os\n" + SETTINGS.replace("DEBUG = False\n", base))
    files["site_/production.py"] = "from .settings import *\nDEBUG = False\n"
    assert facts(files).fact("django_debug_env").value == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('SECRET_KEY = os.environ["SITE_SECRET"]\n', "SITE_SECRET"),
        ('SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "for development")\n', "DJANGO_SECRET_KEY"),
        (
            'if "DJANGO_SECRET_KEY" in os.environ:\n    SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]\n',
            "DJANGO_SECRET_KEY",
        ),
        ('SECRET_KEY = os.getenv("SECRET_KEY") or os.getenv("OLD_SECRET_KEY", "x")\n', "SECRET_KEY"),
        ('SECRET_KEY = os.getenv("A_KEY") or os.getenv("B_KEY", "x")\n', ""),
        ('STRIPE_SECRET_KEY = os.environ["STRIPE_SECRET_KEY"]\n', ""),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    django_key: str\n"
            "    stripe_key: str\ns = S()\nSECRET_KEY = s.django_key\n",
            "DJANGO_KEY",
        ),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    SECRET_KEY: str\n    DEBUG: bool = False\n"
            "s = S()\nlocals().update({name: value for name, value in s if name not in {'DEBUG'}})\n",
            "SECRET_KEY",
        ),
        (
            "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    SECRET_KEY: str\n"
            '    model_config = {"env_prefix": "APP_"}\ns = S()\nglobals().update(s.model_dump())\n',
            "APP_SECRET_KEY",
        ),
        ("", ""),
    ],
)
def test_the_variable_of_the_secret_key(facts: Build, body: str, expected: str) -> None:
    found = facts(django_project(body="import os\n" + SETTINGS + body)).fact("django_secret_key_env")
    assert found.value == expected
    assert bool(found.evidence) == bool(expected)


def test_variables_of_a_module_that_is_imported_whole(facts: Build) -> None:
    reader = (
        "import os\nfrom typing import Final\ndef get(name, default=None):\n"
        "    return os.environ[name] if default is None else os.environ.get(name, default)\n"
        'DEBUG: Final = get("DEBUG").lower() == "true"\nKEY: Final = get("SITE_SECRET_KEY")\n'
    )
    project = django_project(body=SETTINGS + "import variables\nDEBUG = variables.DEBUG\nSECRET_KEY = variables.KEY\n")

    seen = facts({**project, "variables.py": reader})

    assert seen.fact("django_required_env").value == ["SITE_SECRET_KEY"]
    assert seen.fact("django_secret_key_env").value == "SITE_SECRET_KEY"
    assert seen.fact("django_debug_env").value == "DEBUG=False"


def test_settings_of_the_environment_that_a_variable_names_are_productions(facts: Build) -> None:
    chosen = "import os\nfrom .base import *\nmatch os.environ['SITE_ENV'].lower():\n"
    chosen += "    case 'live':\n        from .live import *\n    case 'development':\n        from .work import *\n"
    project = django_project() | {
        "site_/settings.py": chosen,
        "site_/base.py": SETTINGS,
        "site_/live.py": "import os\nDEBUG = False\nKEY = os.environ['KEY_OF_LIVE']\n",
        "site_/work.py": "DEBUG = True\n",
    }
    seen = facts(project)
    assert seen.fact("django_debug_env").value == "SITE_ENV=live"
    assert seen.fact("django_required_env").value == ["KEY_OF_LIVE"]
