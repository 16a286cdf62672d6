"""What pyproject.toml of a PDM project declares."""

from deploy_overlay.base.log import Log
from deploy_overlay.dependencies import Project, pdm
from tests.support.hook import Repository

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


def test_groups_are_not_production(repository: Repository) -> None:
    repository.write("pyproject.toml", PYPROJECT)
    found = pdm.declared(Project(repository.root, ".", (), "3.13", Log(repository.root / "log")))
    assert (set(found.production), set(found.elsewhere)) == ({"django"}, {"gunicorn"})
