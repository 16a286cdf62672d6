"""Dependencies as Poetry and Pipenv write them in tables."""

import tomllib

import pytest

from deploy_overlay.base.requirement_tables import pyproject_requirements, table_requirements
from deploy_overlay.base.versions import standard_versions


@pytest.mark.parametrize(
    ("written", "standard"),
    [
        ("*", ""),
        ("", ""),
        ("^23", ">=23,<24"),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("~=23.0", "~=23.0"),
        ("23.0.0", "==23.0.0"),
        (">=20,<22", ">=20,<22"),
        (">= 20 , < 22", ">=20,<22"),
        ("^20 || ^21", ""),
        ("^2a1", ""),
    ],
)
def test_versions_in_the_standards_form(written: str, standard: str) -> None:
    assert standard_versions(written) == standard


def test_entries_of_every_shape() -> None:
    table = tomllib.loads(
        """
        Gunicorn = "*"
        psycopg = {extras = ["binary"], version = "^3.2"}
        whitenoise = {git = "https://example.com/w.git"}
        dj_database_url = [{version = "1", markers = "python_version < '3'"}, {version = "2"}]
        psycopg2 = {version = "*", sys_platform = "== 'win32'"}
        """
    )
    found = table_requirements(table)
    assert [item.name for item in found] == [
        "gunicorn",
        "psycopg",
        "whitenoise",
        "dj-database-url",
        "dj-database-url",
        "psycopg2",
    ]
    assert found[1].extras == {"binary"}
    assert found[1].versions == ">=3.2,<4"
    assert found[1].written == 'psycopg = {extras = ["binary"], version = "^3.2"}'
    assert found[2].cloned
    assert [item.holds("3.13") for item in found] == [True, True, True, False, True, False]


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ('python = "<3.10"', False),
        ('python = "^3.10"', True),
        ('python = "~3.12 || ~3.13"', True),
        ('platform = "win32"', False),
        ('platform = "linux"', True),
        ('platform = "!=win32"', True),
        ('platform = "win32 || linux"', True),
        ('platform = "win32 || darwin"', False),
        ("markers = \"os_name == 'nt'\"", False),
        ("os_name = \"== 'nt'\"", False),
        ("python_version = \">= '3.9'\"", True),
        ("platform_python_implementation = \"== 'PyPy'\"", False),
        ('python = "^3.9", markers = "sys_platform == \'win32\'"', False),
    ],
)
def test_conditions_of_poetry_and_pipenv(fields: str, holds: bool) -> None:
    [found] = table_requirements(tomllib.loads(f'django = {{version = "*", {fields}}}'))
    assert found.holds("3.13") is holds


def test_each_group_of_a_pyproject_is_told_apart() -> None:
    data = tomllib.loads(
        """
        [project]
        dependencies = ["django>=5", "mysite-api"]
        [project.optional-dependencies]
        s3 = ["boto3"]
        [dependency-groups]
        dev = ["pytest", {include-group = "lint"}]
        [tool.uv]
        dev-dependencies = ["ruff"]
        [tool.uv.sources]
        mysite-api = {git = "https://example.com/api"}
        [tool.poetry.dependencies]
        python = "^3.12"
        django = {git = "https://example.com/django"}
        redis = {version = "*", optional = true}
        [tool.poetry.extras]
        queue = ["redis"]
        [tool.poetry.group.docs.dependencies]
        mkdocs = "*"
        [tool.pdm.dev-dependencies]
        more = ["ipython"]
        """
    )
    found = {item.name: (item.group, item.development, item.cloned) for item in pyproject_requirements(data)}
    assert found == {
        "django": ("", False, True),
        "mysite-api": ("", False, True),
        "boto3": ("extra s3", False, False),
        "pytest": ("group dev", True, False),
        "ruff": ("development", True, False),
        "redis": ("extra queue", False, False),
        "mkdocs": ("group docs", True, False),
        "ipython": ("group more", True, False),
    }
