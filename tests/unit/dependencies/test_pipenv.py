"""What a Pipfile declares."""

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.dependencies import Project, pipenv
from tests.support.hook import Repository


@pytest.mark.parametrize("table", ["dev-packages", "docs"])
def test_only_packages_are_production(repository: Repository, table: str) -> None:
    repository.write("Pipfile", f'[packages]\nDjango = "*"\n[{table}]\ngunicorn = "*"\n[scripts]\nwhitenoise = "x"\n')
    found = pipenv.declared(Project(repository.root, ".", (), "3.13", Log(repository.root / "log")))
    assert (set(found.production), set(found.elsewhere)) == ({"django"}, {"gunicorn"})
