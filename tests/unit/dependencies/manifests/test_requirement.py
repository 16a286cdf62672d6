"""One requirement as people write it."""

import pytest

from deploy_overlay.dependencies.manifests.requirement import canonical, holds_in_production, parse


@pytest.mark.parametrize(
    ("text", "name", "extras", "versions", "marker"),
    [
        ("gunicorn", "gunicorn", set(), "", ""),
        ("Gunicorn == 20.1", "gunicorn", set(), "== 20.1", ""),
        ("dj_database.URL>=2", "dj-database-url", set(), ">=2", ""),
        ("psycopg[binary,Pool]>=3.1,<4", "psycopg", {"binary", "pool"}, ">=3.1,<4", ""),
        ("django (>=5.2,<6.0)", "django", set(), ">=5.2,<6.0", ""),
        ("gunicorn>=20 ; sys_platform != 'win32'", "gunicorn", set(), ">=20", "sys_platform != 'win32'"),
        ("gunicorn @ https://example.com/g.zip", "gunicorn", set(), "@ https://example.com/g.zip", ""),
        ("git+https://github.com/benoitc/gunicorn.git@master", "gunicorn", set(), "@", ""),
        ("git+https://github.com/x/y@main#egg=whitenoise[brotli]", "whitenoise", {"brotli"}, "@", ""),
        ("https://example.com/dj_database_url-2.1-py3-none-any.whl", "dj-database-url", set(), "@", ""),
        ("./vendor/gunicorn-20.1.0.tar.gz", "gunicorn", set(), "@", ""),
    ],
)
def test_parts_of_a_requirement(text: str, name: str, extras: set[str], versions: str, marker: str) -> None:
    found = parse(text)
    assert found is not None
    assert (found.name, found.extras, found.marker) == (name, extras, marker)
    assert found.versions == versions or (versions == "@" and found.versions.startswith("@ "))


@pytest.mark.parametrize("text", ["", ".", "./local/package", "--index-url https://example.com", "two words"])
def test_what_names_no_package(text: str) -> None:
    assert parse(text) is None


def test_two_spellings_are_one_name() -> None:
    assert canonical("Dj__Database.-URL") == "dj-database-url"


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("sys_platform == 'win32'", False),
        ("platform_system != 'Windows'", True),
        ("python_version < '3.10'", False),
        ("python_version >= '3.13'", True),
        ("extra == 'dev'", False),
        ("this is no marker", True),
    ],
)
def test_markers_are_those_of_production(marker: str, holds: bool) -> None:
    found = parse(f"gunicorn ; {marker}")
    assert found is not None
    assert holds_in_production(found, "3.13") is holds
