"""What the server here lacks is told apart from what is wrong with the project."""

import pytest

from deploy_overlay.base.scrub import scrubbed
from deploy_overlay.rehearse.server_limits import unproven_extension, unproven_version

TRACEBACK = """\
Operations to perform:
  Apply all migrations: maps
Running migrations:
  Applying maps.0001_initial...Traceback (most recent call last):
  File "/app/manage.py", line 22, in <module>
    main()
{error}
"""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        # PostgreSQL 18, by psycopg 3
        (
            'django.db.utils.NotSupportedError: extension "postgis" is not available\n'
            'DETAIL:  Could not open extension control file "/usr/share/postgresql/18/extension/postgis.control": No such '
            "file or directory.\nHINT:  The extension must first be installed on the system where PostgreSQL is running.",
            "The server here does not have the PostgreSQL extension postgis. Run this again with such a server: "
            "`docker run",
        ),
        (
            'django.db.utils.OperationalError: connection failed: connection to server at "127.0.0.1", port 44407 failed: '
            "server does not support SSL, but SSL was required",
            "The settings require TLS for the database, which the server here does not offer. Run this again and name a",
        ),
        # before version 15
        (
            "django.db.utils.OperationalError: could not open extension control file "
            '"/usr/share/postgresql/14/extension/vector.control": No such file or directory',
            "The server here does not have the PostgreSQL extension vector.",
        ),
        (
            'django.db.utils.OperationalError: could not access file "$libdir/postgis-3": No such file or directory',
            "The server here does not have the PostgreSQL extension postgis.",
        ),
        (
            'django.db.utils.ProgrammingError: extension "uuid-ossp" is not available',
            "The server here does not have the PostgreSQL extension uuid-ossp. Run this again and name a server",
        ),
        (
            'django.db.utils.ProgrammingError: permission denied to create extension "postgis"\n'
            "HINT:  Must be superuser to create this extension.",
            "This server's user may not create the PostgreSQL extension postgis.",
        ),
        (
            'django.db.utils.NotSupportedError: extension "timescaledb" must be preloaded',
            "The server here does not have the PostgreSQL extension timescaledb.",
        ),
        (
            "django.db.utils.NotSupportedError: ICU is not supported in this build",
            "The server here does not have ICU, with which PostgreSQL sorts in many languages.",
        ),
        (
            'django.db.utils.ProgrammingError: collation "und-x-icu" for encoding "UTF8" does not exist',
            "The server here does not have the collation und-x-icu.",
        ),
    ],
)
def test_an_extension_that_the_server_lacks(error: str, told: str) -> None:
    sentence = unproven_extension(TRACEBACK.format(error=error))
    assert sentence.startswith(told)
    assert "--postgres postgres://" in sentence
    assert sentence.endswith(".")
    assert scrubbed(sentence, []) == sentence  # it can be pasted


@pytest.mark.parametrize(
    "error",
    [
        'django.db.utils.ProgrammingError: type "vector" does not exist',  # the project does not create it
        'django.db.utils.ProgrammingError: relation "maps_place" does not exist',
        "django.db.utils.IntegrityError: null value in column",
        "ValueError: extension is not available",
        "django.db.utils.ProgrammingError: permission denied for schema public",
        'django.db.utils.ProgrammingError: required extension "cube" is not installed',
    ],
)
def test_a_fault_of_the_project_is_none_of_the_server(error: str) -> None:
    output = TRACEBACK.format(error=error)
    assert unproven_extension(output) == unproven_version(output) == ""


def test_an_error_that_the_project_got_over_does_not_count() -> None:
    first = TRACEBACK.format(error='NotSupportedError: extension "vector" is not available')
    assert unproven_extension(first + TRACEBACK.format(error="KeyError: 'name'")) == ""


def test_a_server_that_django_no_longer_supports() -> None:
    error = "django.db.utils.NotSupportedError: PostgreSQL 15 or later is required (found 14.2)."
    assert unproven_version(TRACEBACK.format(error=error)).startswith(
        "This version of Django needs PostgreSQL 15, and this machine has 14.2."
    )
