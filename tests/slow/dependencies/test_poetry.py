"""Poetry, fetched and run for real, so each test takes several seconds."""

import tomllib

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.dependencies import Project, poetry
from tests.support.hook import Repository, answers
from tests.support.package_index import poetry_source

CLASSIC = """\
[tool.poetry]
name = "shop"
version = "1"
description = ""
authors = []
package-mode = false

[tool.poetry.dependencies]
python = "^3.11"
django = "~5.2"  # long-term support

[tool.poetry.group.dev.dependencies]
gunicorn = "^23"
"""
STANDARD = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11,<4"
dependencies = [
    "django (>=5.2,<5.3)",  # long-term support
]

[tool.poetry]
package-mode = false
"""


@pytest.mark.parametrize(("pyproject", "newline"), [(CLASSIC, "\r\n"), (STANDARD, "\n")])
def test_the_lock_is_made_and_in_step(
    repository: Repository, pyproject: str, newline: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Slow: Poetry resolves against the index. One run makes the lock as well, as `poetry lock` would.
    before = (pyproject + poetry_source()).replace("\n", newline)
    repository.write("pyproject.toml", before)
    repository.commit(**answers("poetry", "pyproject.toml", deploy_database="sqlite"))

    result = repository.hook()

    assert result.returncode == 0, result.stderr
    after = repository.read("pyproject.toml")
    assert after.count("\n") == after.count(newline)
    assert set(before.splitlines()) <= set(after.splitlines())
    locked = {package["name"] for package in tomllib.loads(repository.read("poetry.lock"))["package"]}
    assert {"django", "asgiref", "gunicorn", "whitenoise", "dj-database-url"} <= locked
    assert repository.changed() == ["poetry.lock", "pyproject.toml"]
    assert "deploy-overlay rehearse" in result.stdout

    names = poetry.declared(Project(repository.root, ".", (), "", Log(repository.root / "log"))).production
    assert {"gunicorn", "whitenoise", "dj-database-url"} <= set(names)
    if pyproject == CLASSIC:
        assert 'gunicorn = ">=23,<24"' in after
