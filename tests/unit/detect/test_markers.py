"""Which packages production installs, where the project lists some for other systems or other Pythons."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts

from .conftest import SETTINGS, django_project

Build = Callable[..., Facts]
BARE = {name: text for name, text in django_project().items() if name != "requirements.txt"}
OPEN = SETTINGS.replace(
    'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}',
    'import dj_database_url\nDATABASES = {"default": dj_database_url.config()}',
)
NAMED = '[project]\nname = "site"\nversion = "1"\n'


def listed(*requirements: str) -> str:
    return f"{NAMED}dependencies = [{', '.join(repr(text) for text in requirements)}]\n"


def uv_lock(*packages: str) -> str:
    return "version = 1\n" + "".join(f"[[package]]\n{package}\n" for package in packages)


DRIVERS = [
    pytest.param({"requirements.txt": 'Django\npsycopg[binary]\nmysqlclient; sys_platform == "win32"\n'}, id="pip"),
    pytest.param({"requirements.txt": "Django\npsycopg[binary]\nmysqlclient ; os_name=='nt'\n"}, id="os_name"),
    pytest.param(
        {"requirements.txt": 'Django\npsycopg[binary]\nmysqlclient==2.2 ; platform_system=="Darwin" \\\n --hash=x:1\n'},
        id="hash",
    ),
    pytest.param(
        {"requirements.txt": "Django\npsycopg[binary]\nmysqlclient; platform_python_implementation == 'PyPy'\n"},
        id="implementation",
    ),
    pytest.param(
        {
            "requirements.txt": "Django\npsycopg[binary]\nmysqlclient @ git+https://x.org/m.git ; sys_platform == 'win32'\n"
        },
        id="reference",
    ),
    pytest.param(
        {
            "requirements.txt": "Django\npsycopg[binary]\ngit+https://x.org/m/mysqlclient.git ; sys_platform == 'win32'\n"
        },
        id="url",
    ),
    pytest.param(
        {"pyproject.toml": listed("Django", "psycopg[binary]", 'mysqlclient; sys_platform == "win32"')}, id="pyproject"
    ),
    pytest.param(
        {
            "pyproject.toml": listed("Django", "psycopg[binary]", 'mysqlclient; sys_platform == "win32"'),
            "uv.lock": uv_lock(
                'name = "site"\nversion = "1"\nsource = { virtual = "." }\ndependencies = [{ name = "django" }, '
                '{ name = "mysqlclient", marker = "sys_platform == \'win32\'" }, '
                '{ name = "psycopg", extra = ["binary"] }]',
                'name = "django"\nversion = "5.2.1"',
                'name = "mysqlclient"\nversion = "2.2.7"',
                'name = "psycopg"\nversion = "3.2.1"\n[package.optional-dependencies]\n'
                'binary = [{ name = "psycopg-binary", marker = "implementation_name != \'pypy\'" }]',
                'name = "psycopg-binary"\nversion = "3.2.1"',
            ),
        },
        id="uv.lock",
    ),
    pytest.param(
        {
            "pyproject.toml": listed("Django", "psycopg[binary]", 'mysqlclient; sys_platform == "win32"'),
            "pdm.lock": '[[package]]\nname = "django"\nversion = "5.2.1"\n[[package]]\nname = "mysqlclient"\n'
            'version = "2.2.7"\nmarker = "sys_platform == \\"win32\\""\n[[package]]\nname = "psycopg"\nversion = "3.2"\n',
        },
        id="pdm.lock",
    ),
    pytest.param(
        {
            "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.10"\nDjango = "^5.2"\npsycopg = {version = "*", '
            'extras = ["binary"]}\nmysqlclient = {version = "*", markers = "sys_platform == \'win32\'"}\n'
        },
        id="poetry-markers",
    ),
    pytest.param(
        {
            "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.10"\nDjango = "^5.2"\npsycopg = {version = "*", '
            'extras = ["binary"]}\nmysqlclient = {version = "*", platform = "win32"}\n',
            "poetry.lock": '[[package]]\nname = "django"\nversion = "5.2.1"\n[[package]]\nname = "mysqlclient"\n'
            'version = "2.2.7"\n[[package]]\nname = "psycopg"\nversion = "3.2"\n',
        },
        id="poetry-platform",
    ),
    pytest.param(
        {
            "Pipfile": '[packages]\nDjango = "*"\npsycopg = {version = "*", extras = ["binary"]}\n'
            'mysqlclient = {version = "*", sys_platform = "== \'win32\'"}\n'
        },
        id="pipfile",
    ),
    pytest.param(
        {
            "Pipfile": '[packages]\nDjango = "*"\npsycopg = {version = "*", extras = ["binary"]}\n'
            'mysqlclient = {version = "*", os_name = "== \'nt\'"}\n',
            "Pipfile.lock": '{"default": {"django": {"version": "==5.2.1"}, "psycopg": {"version": "==3.2"}, '
            '"mysqlclient": {"version": "==2.2.7", "markers": "os_name == \'nt\'"}}, "develop": {}}',
        },
        id="pipfile.lock",
    ),
]


@pytest.mark.parametrize("files", DRIVERS)
def test_a_driver_for_another_system_is_not_the_databases(facts: Build, files: dict[str, str]) -> None:
    seen = facts({**BARE, "site_/settings.py": OPEN, **files})
    assert (seen.fact("django_database").value, seen.fact("django_database").candidates) == ("postgresql", ())
    assert "mysql" not in seen.fact("django_system_libraries").value


TWO = ('Django>=4.2,<5.0; python_version<"3.10"', 'Django>=5.2,<6; python_version>="3.10"')


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"requirements.txt": "\n".join(TWO)}, ("5.2", "3.12")),
        ({"requirements.txt": "\n".join(reversed(TWO))}, ("5.2", "3.12")),
        ({"pyproject.toml": listed(*TWO)}, ("5.2", "3.12")),
        (
            {
                "pyproject.toml": '[tool.poetry.dependencies]\npython = ">=3.9"\n[[tool.poetry.dependencies.django]]\n'
                'version = "^4.2"\npython = "<3.10"\n[[tool.poetry.dependencies.django]]\nversion = "^5.2"\n'
                'python = "^3.10"\n'
            },
            ("5.2", "3.12"),
        ),
        (
            {
                "pyproject.toml": listed(*TWO),
                "uv.lock": uv_lock(
                    'name = "django"\nversion = "4.2.20"', 'name = "django"\nversion = "5.2.1"', 'name = "asgiref"'
                ),
            },
            ("5.2", "3.12"),
        ),
        ({"requirements.txt": "Django\n-c pins.txt\n", "pins.txt": "django==5.1.4\n"}, ("5.1", "3.12")),
    ],
)
def test_the_django_of_productions_python(facts: Build, files: dict[str, str], expected: tuple[str, str]) -> None:
    seen = facts({**BARE, ".python-version": "3.12\n", **files})
    assert (seen.fact("django_version").value, seen.fact("django_python_version").value) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # no file names a Python: the newest whose own Django runs on it
        ('Django==4.2.20; python_version<"3.12"\nDjango==5.1.2; python_version>="3.12"\n', ("5.1", "3.13")),
        ('Django==4.2.20; python_version>="3.13"\nDjango==5.2; python_version<"3.13"\n', ("5.2", "3.12")),
        ('Django==5.2; python_version<"3.12"\n', ("5.2", "3.11")),
    ],
)
def test_python_and_django_are_chosen_together(facts: Build, lines: str, expected: tuple[str, str]) -> None:
    seen = facts({**BARE, "requirements.txt": lines})
    assert (seen.fact("django_version").value, seen.fact("django_python_version").value) == expected


def test_an_answer_for_python_decides_the_markers(facts: Build) -> None:
    lines = 'Django==5.1.1; python_version<"3.13"\nDjango==5.2.1; python_version>="3.13"\n'
    assert (
        facts({**BARE, "requirements.txt": lines}, django_python_version="3.11").fact("django_version").value == "5.1"
    )


@pytest.mark.parametrize(
    "line",
    [
        "Django>=4.2.*,<5",
        "Django==${DJANGO_VERSION}",
        "Django<5.3,>=5.2,",
        "Django==5.2.1; this is no marker",
        "Django==5.2.1 --no-binary Django",
        "-r ${REQUIREMENTS}/base.txt\nDjango",
        "-r https://example.com/more.txt\nDjango",
        "Django==5.2.1 \\\n    # via -r base.in",
        "-e git+https://example.com/x/site.git@main#egg=site\nDjango",
        "Django==5.2.1\n\\",
    ],
)
def test_a_line_that_the_standard_refuses_is_still_a_name(facts: Build, line: str) -> None:
    seen = facts({**BARE, "requirements.txt": f"{line}\npsycopg2\n"})
    assert seen.fact("django_dependency_manager").value == "pip"
    assert seen.fact("django_version").value in ("4.2", "5.2", "6.1")
    assert seen.fact("django_system_libraries").value[-1] == "postgresql"


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": listed("Django") + '[project.optional-dependencies]\nmysql = ["mysqlclient"]\n'},
        {
            "pyproject.toml": '[tool.poetry.dependencies]\nDjango = "^5.2"\nmysqlclient = {version = "*", optional = true}\n'
            '[tool.poetry.extras]\nmysql = ["mysqlclient"]\n'
        },
    ],
)
def test_an_extra_that_production_does_not_install_needs_no_library(facts: Build, files: dict[str, str]) -> None:
    assert facts({**BARE, **files}).fact("django_system_libraries").value == []


def test_a_constraints_file_is_needed_for_the_install(facts: Build) -> None:
    seen = facts({**BARE, "requirements.txt": "-c pins.txt\nDjango\n", "pins.txt": "Django==5.2.1\npsycopg2==2.9\n"})
    assert seen.fact("django_dependency_files").value == ["requirements.txt", "pins.txt"]
    assert seen.fact("django_system_libraries").value == []  # a constraint asks for nothing


def test_a_lock_installs_what_production_reaches(facts: Build) -> None:
    lock = uv_lock(
        'name = "django"\nversion = "5.2.1"\ndependencies = [{ name = "asgiref" }]',
        'name = "asgiref"\nversion = "3"',
        'name = "locust"\nversion = "2"\ndependencies = [{ name = "mysqlclient" }]',
        'name = "mysqlclient"\nversion = "2.2"',
    )
    files = {"pyproject.toml": listed("Django") + '[dependency-groups]\ndev = ["locust"]\n', "uv.lock": lock}
    seen = facts({**BARE, "site_/settings.py": OPEN, **files})
    assert (seen.fact("django_version").value, seen.fact("django_database").value) == ("5.2", "")
