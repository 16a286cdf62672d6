"""Which packages of a lock an install takes."""

from __future__ import annotations

import json

import pytest

from deploy_overlay.base.lock_files import installed_packages, locked_packages
from deploy_overlay.base.requirements import parse

UV = """
version = 1
requires-python = ">=3.9"
[[package]]
name = "django"
version = "4.2.20"
resolution-markers = ["python_full_version < '3.10'"]
dependencies = [{ name = "asgiref" }]
[[package]]
name = "django"
version = "5.2.1"
resolution-markers = ["python_full_version >= '3.12'", "python_full_version >= '3.10' and python_full_version < '3.12'"]
dependencies = [{ name = "asgiref" }, { name = "tzdata", marker = "sys_platform == 'win32'" }]
[[package]]
name = "asgiref"
version = "3.8"
dependencies = [{ name = "typing-extensions", marker = "python_full_version < '3.11'" }]
[[package]]
name = "typing-extensions"
version = "4"
[[package]]
name = "tzdata"
version = "2025"
[[package]]
name = "psycopg"
version = "3.2"
[package.optional-dependencies]
binary = [{ name = "psycopg-binary", marker = "implementation_name != 'pypy'" }]
pool = [{ name = "psycopg-pool" }]
[[package]]
name = "psycopg-binary"
version = "3.2"
[[package]]
name = "psycopg-pool"
version = "3"
[[package]]
name = "pytest"
version = "8"
dependencies = [{ name = "mysqlclient" }]
[[package]]
name = "mysqlclient"
version = "2"
"""
POETRY = """
[[package]]
name = "Django"
version = "4.2.20"
python-versions = ">=3.8"
markers = "python_version < \\"3.10\\""
[package.dependencies]
asgiref = ">=3"
[[package]]
name = "Django"
version = "5.2.1"
markers = "python_version >= \\"3.10\\""
[package.dependencies]
asgiref = ">=3"
tzdata = {version = "*", markers = "sys_platform == \\"win32\\""}
[[package]]
name = "asgiref"
version = "3.8"
[package.dependencies]
typing-extensions = {version = ">=4", markers = "python_version < \\"3.11\\""}
[[package]]
name = "typing-extensions"
version = "4"
[[package]]
name = "tzdata"
version = "2025"
[[package]]
name = "psycopg"
version = "3.2"
markers = {main = "sys_platform != \\"win32\\"", dev = "python_version > \\"3\\""}
[package.dependencies]
psycopg-binary = {version = "3.2", optional = true, markers = "implementation_name != \\"pypy\\" and extra == \\"binary\\""}
psycopg-pool = {version = "*", optional = true, markers = "extra == \\"pool\\""}
[package.extras]
binary = ["psycopg-binary (==3.2) ; implementation_name != \\"pypy\\""]
pool = ["psycopg-pool"]
[[package]]
name = "psycopg-binary"
version = "3.2"
[[package]]
name = "psycopg-pool"
version = "3"
[[package]]
name = "pytest"
version = "8"
[package.dependencies]
mysqlclient = "*"
[[package]]
name = "mysqlclient"
version = "2"
"""
PDM = """
[[package]]
name = "django"
version = "4.2.20"
marker = "python_version < \\"3.10\\""
dependencies = ["asgiref>=3"]
[[package]]
name = "django"
version = "5.2.1"
marker = "python_version >= \\"3.10\\""
dependencies = ["asgiref>=3", "tzdata; sys_platform == \\"win32\\""]
[[package]]
name = "asgiref"
version = "3.8"
dependencies = ["typing-extensions>=4; python_version < \\"3.11\\""]
[[package]]
name = "typing-extensions"
version = "4"
[[package]]
name = "tzdata"
version = "2025"
[[package]]
name = "psycopg"
version = "3.2"
[[package]]
name = "psycopg"
version = "3.2"
extras = ["binary"]
dependencies = ["psycopg-binary==3.2; implementation_name != \\"pypy\\"", "psycopg==3.2"]
[[package]]
name = "psycopg-binary"
version = "3.2"
[[package]]
name = "psycopg-pool"
version = "3"
[[package]]
name = "pytest"
version = "8"
groups = ["test"]
dependencies = ["mysqlclient"]
[[package]]
name = "mysqlclient"
version = "2"
"""
LOCKS = {"uv.lock": UV, "poetry.lock": POETRY, "pdm.lock": PDM}
WANTED = [
    item
    for text in (
        'django>=4.2,<5; python_version < "3.10"',
        'django>=5.2; python_version >= "3.10"',
        "psycopg[binary]",
        'mysqlclient; sys_platform == "win32"',
    )
    if (item := parse(text))
]


@pytest.mark.parametrize("name", LOCKS)
def test_an_install_takes_what_is_reached_on_its_python(name: str) -> None:
    packages = locked_packages(name, LOCKS[name])
    newer = installed_packages(packages, WANTED, "3.12")
    assert newer == {"django": "5.2.1", "psycopg": "3.2", "asgiref": "3.8", "psycopg-binary": "3.2"}
    assert installed_packages(packages, WANTED, "3.10") == {**newer, "typing-extensions": "4"}
    assert installed_packages(packages, WANTED, "3.9")["django"] == "4.2.20"


def test_a_lock_of_poetry_1_has_no_markers_of_its_own() -> None:
    lines = [line for line in POETRY.splitlines() if not line.startswith("markers")]
    packages = locked_packages("poetry.lock", "\n".join(lines))
    assert installed_packages(packages, WANTED, "3.12")["django"] == "5.2.1"
    assert installed_packages(packages, WANTED, "3.9")["django"] == "4.2.20"


def test_pipenv_locks_without_saying_what_needs_what() -> None:
    default = {
        "django": {"version": "==5.2.1", "markers": "python_version >= '3.10'"},
        "asgiref": {"version": "==3.8"},
        "colorama": {"version": "==0.4", "markers": "sys_platform == 'win32'"},
        "mysqlclient": {"version": "==2"},
        "site": {"path": ".", "editable": True},
    }
    packages = locked_packages("Pipfile.lock", json.dumps({"default": default, "develop": {"pytest": {}}}))
    assert installed_packages(packages, WANTED, "3.12") == {"django": "5.2.1", "asgiref": "3.8", "site": ""}


@pytest.mark.parametrize("name", [*LOCKS, "Pipfile.lock"])
@pytest.mark.parametrize("text", ["", "{", "[[package]]\nname = 5\n", "<<<<<<< ours\n", "package = 5", "[" * 5000])
def test_a_damaged_lock_says_nothing(name: str, text: str) -> None:
    assert locked_packages(name, text) == []
