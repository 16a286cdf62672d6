"""Pipenv, fetched and run for real, so each test takes ten seconds or more."""

import json

from pip._internal.models.index import PyPI

from tests.support.hook import Repository, answers

PIPFILE = f"""\
[[source]]
url = "{PyPI.simple_url}"
verify_ssl = true
name = "pypi"

[packages]
# what the site needs
Django = "==5.2"  # long-term support

[dev-packages]
gunicorn = "~=23.0"
"""
ADDED = ["Django", "gunicorn", "whitenoise", "dj-database-url"]


def test_the_lock_is_made_whole_then_kept_in_step(repository: Repository) -> None:
    # Slow: Pipenv resolves against the index, twice: without a lock, then with one and a pin that must stay.
    repository.write("Pipfile", PIPFILE.replace("\n", "\r\n"))
    repository.commit(**answers("pipenv", "Pipfile", deploy_database="sqlite"))
    result = repository.hook()
    assert result.returncode == 0, result.stderr
    after = repository.read("Pipfile")
    assert after.count("\n") == after.count("\r\n")
    assert 'Django = "==5.2"  # long-term support\r\n' in after
    assert after.partition("[dev-packages]")[0].count("gunicorn = ") == 1
    lock = json.loads(repository.read("Pipfile.lock"))
    assert {"django", "asgiref", "sqlparse", "gunicorn", "whitenoise", "dj-database-url"} <= set(lock["default"])
    assert repository.changed() == ["Pipfile", "Pipfile.lock"]
    assert "deploy-overlay rehearse" in result.stdout

    lock["default"]["sqlparse"].update(version="==0.5.0", hashes=[])
    repository.write("Pipfile.lock", json.dumps(lock, indent=4) + "\n")
    repository.commit(deploy_database="postgres")
    result = repository.hook()
    assert result.returncode == 0, result.stderr
    lock = json.loads(repository.read("Pipfile.lock"))
    assert "psycopg-binary" in lock["default"]
    assert lock["default"]["sqlparse"]["version"] == "==0.5.0"
    assert lock["default"]["django"]["version"] == "==5.2"
