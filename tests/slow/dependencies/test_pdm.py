"""PDM, fetched and run for real, so it takes several seconds."""

import tomllib

from tests.support.hook import Repository, answers

PYPROJECT = """\
[project]
name = "shop"
version = "1"
requires-python = ">=3.11"
dependencies = [
    "django==5.2",  # long-term support
]

[tool.pdm]
distribution = false

[tool.pdm.dev-dependencies]
dev = ["gunicorn~=23.0"]
"""


def test_the_lock_is_in_step_and_no_environment_is_made(repository: Repository) -> None:
    # Slow: PDM resolves against the index.
    repository.write("pyproject.toml", PYPROJECT.replace("\n", "\r\n"))
    repository.commit(**answers("pdm", "pyproject.toml"))
    result = repository.hook()
    assert result.returncode == 0, result.stderr
    after = repository.read("pyproject.toml")
    assert after.count("\n") == after.count("\r\n")
    assert '"django==5.2",  # long-term support\r\n' in after
    assert '"gunicorn~=23.0"' in after.partition("[tool.pdm]")[0]
    locked = {package["name"] for package in tomllib.loads(repository.read("pdm.lock"))["package"]}
    assert {"django", "gunicorn", "whitenoise", "dj-database-url", "psycopg", "psycopg-binary"} <= locked
    assert repository.changed() == ["pdm.lock", "pyproject.toml"]
    assert "deploy-overlay rehearse" in result.stdout
