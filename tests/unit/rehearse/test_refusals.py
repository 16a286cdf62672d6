"""What installers say of their failures, as they really said it, is told apart."""

from __future__ import annotations

import pytest

from deploy_overlay.rehearse.refusals import (
    is_stale,
    is_unreachable,
    not_compiled,
    public_host,
    reason,
    unreachable,
    unreachable_host,
)

UV_STALE = (
    "Resolved 12 packages in 1ms\nerror: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided.\n"
)
POETRY_STALE = (
    "Installing dependencies from lock file\n\npyproject.toml changed significantly since poetry.lock was last generated. "
    "Run `poetry lock` to fix the lock file.\n"
)
PIPENV_STALE = "Pipfile.lock (1a2b3c) out of date: run `pipenv lock` to update.\nAborting deploy\n"
PDM_STALE = "WARNING: Lock file hash doesn't match pyproject.toml, packages may be outdated\n"
PIP_OFFLINE = (
    "WARNING: Retrying (Retry(total=4, ...)) after connection broken by 'NewConnectionError('<...>: Failed to establish a new "
    "connection: [Errno 111] Connection refused')': /simple/six/\nERROR: No matching distribution found for six\n"
)
UV_OFFLINE = (
    "error: Failed to fetch: `https://example.org/simple/six/`\n  Caused by: Request failed after 3 retries\n"
    "  Caused by: error sending request for url (https://example.org/simple/six/)\n  Caused by: dns error\n"
)
GIT_OFFLINE = """\
Resolved 113 packages in 33ms
   Updating https://github.com/example/design.git (0.9.2)
  × Failed to download and build `design @
  │ git+https://github.com/example/design.git@986a1685`
  ├─▶ Git operation failed
  ╰─▶ process didn't exit successfully: `/usr/bin/git fetch --force
      '+986a1685:refs/commit/986a1685'`
      (exit status: 128)
      --- stderr
      fatal: unable to access
      'https://github.com/example/design.git/': Could not resolve
      host: github.com

  help: `design` was included because `shop` (v0.0.0)
        depends on `design`
"""  # noqa: RUF001
NPM_OFFLINE = "npm error code ECONNREFUSED\nnpm error FetchError: request to https://example.org/ms failed, reason: \n"
NO_HEADER = (
    "  needy.c:1:10: fatal error: no/such/header.h: No such file or directory\n  compilation terminated.\n"
    "  error: command '/usr/bin/gcc' failed with exit code 1\n  ERROR: Failed building wheel for needy\n"
    "ERROR: Failed to build installable wheels for some pyproject.toml based projects (needy)\n"
)
NO_PG_CONFIG = (
    "× Failed to build `psycopg2==2.9.9`\n├─▶ The build backend returned an error\n"  # noqa: RUF001
    "      Error: pg_config executable not found.\n      pg_config is required to build psycopg2 from source.\n"
)
NO_COMPILER = "error: command 'gcc' failed: No such file or directory\nERROR: Failed building wheel for uwsgi\n"
NO_RUST = (
    "Failed to build `tokens==1`\n  Cargo, the Rust package manager, is not installed or is not on PATH. This package "
    "requires Rust\n"
)
NO_VERSION = (
    "ERROR: Could not find a version that satisfies the requirement six==999\n"
    "ERROR: No matching distribution found for six==999\n"
)
OLD_SETUP = "ERROR: Failed building wheel for ancient\n  error in ancient setup command: use_2to3 is invalid.\n"


@pytest.mark.parametrize("said", [UV_STALE, POETRY_STALE, PIPENV_STALE, PDM_STALE])
def test_a_lock_that_is_behind(said: str) -> None:
    assert is_stale(said) and not is_unreachable(said) and not not_compiled(said)


def test_a_repository_that_cannot_be_reached_is_told_by_its_server_and_gits_own_words() -> None:
    assert unreachable(GIT_OFFLINE, "The package index") == (
        "The git server github.com cannot be reached (fatal: unable to access 'https://github.com/example/design.git/': Could "
        "not resolve host: github.com). Connect to the network and rehearse again; installed packages are kept."
    )


PIP_FAILED = """\
  Running command git clone --filter=blob:none --quiet https://github.com/example/cron.git /tmp/pip-req-build-n3exql93
  fatal: {}
  error: subprocess-exited-with-error

  × git clone --filter=blob:none --quiet https://github.com/example/cron.git did not run successfully.
  │ exit code: 128
  ╰─> See above for output.

  note: This error originates from a subprocess, and is likely not a problem with pip.
error: subprocess-exited-with-error
"""  # noqa: RUF001


def test_what_a_program_says_counts_and_not_that_pip_says_it_failed() -> None:
    absent = "repository 'https://github.com/example/cron.git/' not found"
    assert reason(PIP_FAILED.format(absent)) == f"fatal: {absent}"
    offline = PIP_FAILED.format(
        "unable to access 'https://github.com/example/cron.git/': Could not resolve host: github.com"
    )
    assert unreachable(offline, "The package index").startswith(
        "The git server github.com cannot be reached (fatal: unable"
    )


@pytest.mark.parametrize("said", [PIP_OFFLINE, UV_OFFLINE, GIT_OFFLINE, NPM_OFFLINE])
def test_an_index_that_cannot_be_reached(said: str) -> None:
    assert is_unreachable(said) and not is_stale(said) and not not_compiled(said)


@pytest.mark.parametrize(
    ("said", "package"),
    [(NO_HEADER, "needy"), (NO_PG_CONFIG, "psycopg2"), (NO_COMPILER, "uwsgi"), (NO_RUST, "tokens")],
)
def test_what_is_missing_to_compile(said: str, package: str) -> None:
    assert not_compiled(said) == package and not is_unreachable(said)


@pytest.mark.parametrize("said", [NO_VERSION, OLD_SETUP])
def test_the_fault_of_a_package_is_not_the_machines(said: str) -> None:
    assert not not_compiled(said) and not is_unreachable(said) and not is_stale(said)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (NO_VERSION, "ERROR: No matching distribution found for six==999"),
        (UV_STALE, "error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided."),
        ("> build\n\nTypeError: no such colour\n    at [eval]:1:7\n\nNode.js v20.1.0\n", "TypeError: no such colour"),
        ("one\ntwo\n\n", "two"),
        ("", "it printed nothing"),
    ],
)
def test_one_line_says_why(said: str, line: str) -> None:
    assert reason(said) == line


PIP = """Looking in indexes: https://u:secret@packages.example.org/simple
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError("HTTPSConnection(host='{host}', port={port}): Failed to establish a new connection: [Errno 111] \
Connection refused")': /simple/six/
ERROR: No matching distribution found for six
"""
OLD_PIP = PIP_OFFLINE.replace(
    "WARNING", "Looking in indexes: https://u:secret@packages.example.org:8443/simple\nWARNING"
)
POETRY_OFFLINE = (
    "HTTPSConnectionPool(host='packages.example.org', port=443): Max retries exceeded with url: /simple/six/ (Caused by "
    "NewConnectionError(...))\n"
)
PDM_OFFLINE = "[ConnectError]: client error (Connect) for url https://packages.example.org/simple/six/\n"
YARN_OFFLINE = 'error "https://packages.example.org/ms: getaddrinfo ENOTFOUND packages.example.org".\n'


@pytest.mark.parametrize(
    ("said", "host"),
    [
        (PIP.format(host="packages.example.org", port=443), "packages.example.org"),
        (PIP.format(host="127.0.0.1", port=8080), "127.0.0.1:8080"),
        (OLD_PIP, "packages.example.org:8443"),
        (UV_OFFLINE, "example.org"),
        (POETRY_OFFLINE, "packages.example.org"),
        (PDM_OFFLINE, "packages.example.org"),
        (YARN_OFFLINE, "packages.example.org"),
        (NPM_OFFLINE, "example.org"),
        (PIP_OFFLINE, ""),
    ],
)
def test_the_index_that_cannot_be_reached_is_named(said: str, host: str) -> None:
    assert is_unreachable(said)
    assert unreachable_host(said) == host
    told = unreachable(said, "The package index")
    assert told.startswith(f"The package index{f' {host}' if host else ''} cannot be reached (")
    assert "secret" not in told


@pytest.mark.parametrize(
    ("host", "public"),
    [
        ("api.example.org", "api.example.org"),
        ("localhost", ""),
        ("127.0.0.1", ""),
        ("10.0.0.7", ""),
        ("minio", ""),
        ("printer.local", ""),
    ],
)
def test_only_a_host_of_the_internet_may_answer_in_production(host: str, public: str) -> None:
    said = f"requests.exceptions.ConnectionError: HTTPSConnectionPool(host='{host}', port=8443): Max retries exceeded"
    assert public_host(said) == public
    assert public_host("KeyError: 'https://api.example.org/'") == ""
    assert public_host("ImproperlyConfigured: request a key at https://api.example.org/keys") == ""
