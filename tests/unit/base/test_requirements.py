"""One requirement as people write it, and requirements files."""

import pytest

from deploy_overlay.base.requirements import canonical, collect, contents, logical_lines, parse


@pytest.mark.parametrize(
    ("text", "name", "extras", "versions", "marker"),
    [
        ("gunicorn", "gunicorn", set(), "", ""),
        ("Gunicorn == 20.1", "gunicorn", set(), "==20.1", ""),
        ("dj_database.URL>=2", "dj-database-url", set(), ">=2", ""),
        ("psycopg[binary,Pool]>=3.1,<4", "psycopg", {"binary", "pool"}, ">=3.1,<4", ""),
        ("django (>=5.2,<6.0)", "django", set(), ">=5.2,<6.0", ""),
        ("gunicorn>=20 ; sys_platform != 'win32'", "gunicorn", set(), ">=20", 'sys_platform != "win32"'),
        ("gunicorn @ https://example.com/g.zip", "gunicorn", set(), "", ""),
        ("git+https://github.com/benoitc/gunicorn.git@master", "gunicorn", set(), "", ""),
        ("git+https://github.com/x/y@main#egg=whitenoise[brotli]", "whitenoise", {"brotli"}, "", ""),
        ("https://example.com/dj_database_url-2.1-py3-none-any.whl", "dj-database-url", set(), "", ""),
        ("./vendor/gunicorn-20.1.0.tar.gz", "gunicorn", set(), "", ""),
    ],
)
def test_parts_of_a_requirement(text: str, name: str, extras: set[str], versions: str, marker: str) -> None:
    found = parse(text)
    assert found is not None
    assert (found.name, found.extras, found.versions, found.marker) == (name, extras, versions, marker)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("gunicorn @ https://example.com/g.zip", "https://example.com/g.zip"),
        ("gunicorn@git+https://example.com/g@main", "git+https://example.com/g@main"),
        ("git+ssh://git@example.com/x/gunicorn.git@1.0", "git+ssh://git@example.com/x/gunicorn.git@1.0"),
        ("hg+https://example.com/x/gunicorn#egg=gunicorn", "hg+https://example.com/x/gunicorn#egg=gunicorn"),
        ("wheels/gunicorn-20.1.0-py3-none-any.whl", "wheels/gunicorn-20.1.0-py3-none-any.whl"),
        ("gunicorn-20.1.0.tar.gz ; sys_platform == 'linux'", "gunicorn-20.1.0.tar.gz"),
    ],
)
def test_a_requirement_from_elsewhere_than_the_index(text: str, reference: str) -> None:
    found = parse(text)
    assert found is not None
    assert (found.name, found.reference, found.versions) == ("gunicorn", reference, "")
    assert found.cloned is reference.startswith("git+")


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("gunicorn>=20.*", ">=20.*"),
        ("gunicorn==${VERSION}", ""),
        ("gunicorn=20.1", "=20.1"),
        ("gunicorn ; not a marker", ""),
        ("gunicorn==20.1 --hash=sha256:aa --hash=sha256:bb", "==20.1"),
        ("gunicorn==20.1\t--config-settings=x=y", "==20.1"),
    ],
)
def test_what_the_standard_refuses_has_its_name(text: str, versions: str) -> None:
    found = parse(text)
    assert found is not None
    assert (found.name, found.versions) == ("gunicorn", versions)


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
        ("platform_python_implementation == 'CPython'", True),
        ("implementation_name == 'pypy'", False),
        ("python_full_version < '3.13.2'", False),  # an image has the newest patch release
        ("python_version < 'three'", False),
        ("platform_release >= '5'", True),
        ("this is no marker", True),
    ],
)
def test_markers_are_those_of_production(marker: str, holds: bool) -> None:
    found = parse(f"gunicorn ; {marker}")
    assert found is not None
    assert found.holds("3.13") is holds


def test_lines_are_joined_and_comments_go() -> None:
    text = "django>=5  # why\n# gunicorn\n\ngunicorn==23 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    assert [(number, line.split()[0]) for number, line in logical_lines(text)] == [
        (1, "django>=5"),
        (4, "gunicorn==23"),
    ]


def test_options_are_no_requirements() -> None:
    options = "-i https://example.com\n--extra-index-url=x\n-r base.txt\n-rmore.txt\n-c pins.txt\n-e .\n"
    found = contents(f"{options}django\n")
    assert [item.name for item in found.requirements] == ["django"]
    assert found.installs_project
    assert [(item.path, item.constrains) for item in found.includes] == [
        ("base.txt", False),
        ("more.txt", False),
        ("pins.txt", True),
    ]


def test_a_comment_ends_a_line_that_waited_for_more() -> None:
    assert list(logical_lines("django==5 \\\n    # via -r base.in\npytz\n")) == [(1, "django==5"), (3, "pytz")]


@pytest.mark.parametrize(
    "text", ["--require-hashes\ndjango\n", "django==5 --hash=sha256:aa\n", "django==5 \\\n  --hash=sha256:aa\n"]
)
def test_hashes_are_seen(text: str) -> None:
    assert contents(text).hashed


def test_an_egg_is_not_a_comment() -> None:
    assert [item.name for item in contents("git+https://x/y#egg=gunicorn\n").requirements] == ["gunicorn"]


FILES = {
    "requirements/production.txt": "-r base.txt\n-r missing.txt\n-r https://x/y.txt\n-c ${PINS}/z.txt\nsentry-sdk\n",
    "requirements/base.txt": "-r production.txt\n-c ../pins.txt\nDjango\n",
    "pins.txt": "gunicorn==20.1\n",
}


def test_includes_are_followed_once_and_may_dangle() -> None:
    found = collect("requirements/production.txt", FILES.get)
    assert [item.name for item in found.requirements] == ["django", "sentry-sdk"]
    assert [(item.name, item.place.path, item.place.line) for item in found.constraints] == [
        ("gunicorn", "pins.txt", 1)
    ]
    assert found.files == ("requirements/production.txt", "requirements/base.txt", "pins.txt")
    assert [str(place) for place in found.missing] == [
        "requirements/production.txt:2: includes requirements/missing.txt, which is missing"
    ]
