"""Dependencies as Poetry and Pipenv write them in tables."""

import tomllib

import pytest

from deploy_overlay.dependencies.manifests.requirement import holds_in_production
from deploy_overlay.dependencies.manifests.tables import requirements_of, standard_versions


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
    found = requirements_of(table)
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
    assert found[2].versions.startswith("@ ")
    assert [holds_in_production(item, "3.13") for item in found] == [True, True, True, False, True, False]
