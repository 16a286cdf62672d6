"""What a Pipfile declares."""

from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from deploy_overlay.base.log import Log
from deploy_overlay.dependencies import Project, pipenv
from tests.support.hook import Repository


@pytest.mark.parametrize("table", ["dev-packages", "docs"])
def test_only_packages_are_production(repository: Repository, table: str) -> None:
    repository.write("Pipfile", f'[packages]\nDjango = "*"\n[{table}]\ngunicorn = "*"\n[scripts]\nwhitenoise = "x"\n')
    found = pipenv.declared(Project(repository.root, ".", (), "3.13", Log(repository.root / "log")))
    assert (set(found.production), set(found.elsewhere)) == ({"django"}, {"gunicorn"})


@pytest.mark.parametrize(("status", "told"), [(0, False), (1, True)])
def test_newer_versions_in_a_lock_that_was_out_of_date_are_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: int, told: bool
) -> None:
    ran: list[str] = []

    def run_tool(project: Project, argv: Sequence[str], **options: object) -> SimpleNamespace:
        ran.append(argv[1])
        return SimpleNamespace(status=status if argv[1] == "verify" else 0)

    monkeypatch.setattr(pipenv, "run_tool", run_tool)
    repository.write("Pipfile", '[packages]\nDjango = "*"\n')
    repository.write("Pipfile.lock", "{}")
    pipenv.add(Project(repository.root, ".", (), "3.13", Log(repository.root / "log")), ["whitenoise"])

    assert ran == ["verify", "lock" if told else "upgrade"]
    assert ("Pipfile.lock was out of date: Pipenv locked newer versions" in "".join(capsys.readouterr())) == told
