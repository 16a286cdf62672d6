"""The database of production, where the settings choose one of several by a branch, a name or a file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

Build = Callable[..., Facts]
HEAD = SETTINGS[: SETTINGS.index("DATABASES")] + "import os\nimport sys\nimport socket\n"
A, B = (f'{{"ENGINE": "django.db.backends.sqlite3", "NAME": "{name}.sqlite3"}}' for name in "ab")
SERVER = '{"ENGINE": "django.db.backends.postgresql", "NAME": "x"}'
ALL = f"ALL = {{'dev': {A}, 'test': {B}, 'production': {SERVER}}}\n"
FILES = {
    "site_/server.py": f"DATABASES = {{'default': {SERVER}}}\n",
    "site_/first.py": f"DATABASES = {{'default': {A}}}\n",
    "site_/second.py": f"DATABASES = {{'default': {B}}}\n",
}


def branches(*parts: str) -> str:
    """`if test: DATABASES = value`, for every test and value; the last test is `else`."""
    tests, values = parts[::2], parts[1::2]
    words = ["if", *("elif" for _ in tests[1:])]
    lines = [f"{word} {test}:" if test else "else:" for word, test in zip(words, tests, strict=True)]
    return "".join(
        f"{line}\n    DATABASES = {{'default': {value}}}\n" for line, value in zip(lines, values, strict=True)
    )


@pytest.mark.parametrize("packages", ["", "psycopg[binary]\n"])
@pytest.mark.parametrize(
    "body",
    [
        branches("os.environ.get('A')", A, "os.environ.get('B')", B, "", SERVER),
        branches("os.environ.get('A') == 'prod'", SERVER, "os.environ.get('B')", B, "", A),
        branches("socket.gethostname() == 'desk'", A, "os.path.exists('/data')", B, "", SERVER),
        branches("os.environ.get('DEBUG', '1') == '1'", A, "", SERVER),
        f"DATABASES = {{'default': {SERVER}}}\n" + branches("'test' in sys.argv", A),
        f"DATABASES = {{'default': {A}}}\n" + branches("not DEBUG", SERVER),
        ALL + "DATABASES = {'default': ALL[os.environ.get('ENV', 'dev')]}\n",
        ALL + "DATABASES = {'default': ALL[os.environ['ENV']]}\n",
        ALL + "DATABASES = {'default': ALL.get(os.environ.get('ENV', 'dev'))}\n",
        ALL + "chosen = ALL[os.environ.get('ENV', 'dev')]\nDATABASES = {'default': chosen}\n",
        f"FEW = {{'dev': {A}, 'test': {B}}}\nDATABASES = {{'default': FEW.get(os.environ.get('ENV'), {SERVER})}}\n",
        f"DATABASES = {{'a': {A}, 'b': {B}, 'c': {SERVER}}}\nDATABASES['default'] = DATABASES[os.environ.get('DB', 'a')]\n",
        f"DATABASES = {{'default': {SERVER} if os.environ.get('PGHOST') else {A}}}\n",
        f"DATABASES = {{'default': {A} if os.environ.get('LITE') else {B} if os.environ.get('T') else {SERVER}}}\n",
        f"DATABASES = {{'default': {A}}}\nif os.environ.get('DB_HOST'):\n    DATABASES['default'].update({SERVER})\n",
        f"DATABASES = {{'default': {A}}}\nif os.environ.get('DB_HOST'):\n"
        "    DATABASES['default']['ENGINE'] = 'django.db.backends.postgresql'\n",
        f"def database():\n    if os.environ.get('DB_HOST'):\n        return {SERVER}\n    if 'test' in sys.argv:\n"
        f"        return {A}\n    return {B}\nDATABASES = {{'default': database()}}\n",
        "if os.environ.get('P'):\n    from .server import DATABASES\nelif os.environ.get('Q'):\n"
        "    from .first import DATABASES\nelse:\n    from .second import DATABASES\n",
        "if os.environ.get('P'):\n    from .server import *\nelse:\n    from .second import *\n",
        f"match os.environ.get('ENV', 'dev'):\n    case 'dev':\n        DATABASES = {{'default': {A}}}\n"
        f"    case 'ci':\n        DATABASES = {{'default': {B}}}\n    case _:\n        DATABASES = {{'default': {SERVER}}}\n",
    ],
)
def test_a_server_that_production_chooses(facts: Build, body: str, packages: str) -> None:
    files = {**django_project(body=HEAD + body), **FILES}
    files["requirements.txt"] += packages
    fact = facts(files).fact("django_database")
    assert (fact.value, fact.sure) == ("postgresql", True)


@pytest.mark.parametrize("packages", ["", "psycopg[binary]\n"])
@pytest.mark.parametrize(
    "body",
    [
        branches("'test' in sys.argv", SERVER, "os.environ.get('STAGE')", B, "", A),
        branches("os.environ.get('GITHUB_ACTIONS')", SERVER, "", A),
        branches("'CI' in os.environ", SERVER, "", A),
        branches("os.environ.get('DEBUG') == '1'", SERVER, "", A),
        branches("os.environ.get('ENV') in ('dev', 'test')", SERVER, "", A),
        branches("os.environ.get('ENV', 'production') != 'production'", SERVER, "", A),
        branches("socket.gethostname() == 'desk'", A, "", B),
        f"DATABASES = {{'default': {A}, 'warehouse': {SERVER}}}\n",
        f"ALL = {{'dev': {SERVER}, 'prod': {A}}}\nDATABASES = {{'default': ALL[os.environ.get('ENV', 'dev')]}}\n",
        f"DATABASES = {{'default': {SERVER} if os.environ.get('CI') else {A}}}\n",
        f"def database():\n    if os.environ.get('CI'):\n        return {SERVER}\n    return {A}\n"
        "DATABASES = {'default': database()}\n",
        "if os.environ.get('CI'):\n    from .server import DATABASES\nelse:\n    from .first import DATABASES\n",
    ],
)
def test_a_server_that_only_tests_or_developers_use(facts: Build, body: str, packages: str) -> None:
    files = {**django_project(body=HEAD + body), **FILES}
    files["requirements.txt"] += packages
    fact = facts(files).fact("django_database")
    assert (fact.value, fact.sure) == ("sqlite", True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('services:\n  web:\n    environment:\n      DATABASE_URL: "mysql://shop@db/shop"\n', "mysql"),
        ("services:\n  db:\n    image: mariadb:11\n", "mysql"),
        ("services:\n  db:\n    image: docker.io/library/postgres:18\n", "postgresql"),
        ("services:\n  db:\n    image: mysql\n  other:\n    image: postgres\n", ""),
        ("services:\n  db:\n    image: redis\n", ""),
    ],
)
def test_deployment_files_decide_between_two_drivers(facts: Build, text: str, expected: str) -> None:
    body = HEAD + 'import environ\nDATABASES = {"default": environ.Env().db()}\n'
    files = {"requirements.txt": "Django==5.2.1\npsycopg[binary]\nmysqlclient\n", "docker-compose.yml": text}
    seen = facts({**django_project(body=body), **files}).fact("django_database")

    assert (seen.value if seen.sure else "") == expected
