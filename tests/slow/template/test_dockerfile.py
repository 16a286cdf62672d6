"""The Dockerfile takes in what each manager installs from, and stands aside where the project has its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import adopt, apply_overlay
from tests.template.conftest import small_project

PYPROJECT = '[project]\nname = "library"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["Django~=5.2.0"]\n'
PIPFILE = '[packages]\ndjango = "~=5.2.0"\n\n[requires]\npython_version = "3.12"\n'
POETRY = PYPROJECT + "\n[tool.poetry]\npackage-mode = false\n"


def rendered(root: Path, template: Path, files: dict[str, str]) -> str:
    """The Dockerfile of a small project with these dependency files; hooks are not run."""
    project = small_project(root)
    if "requirements.txt" not in files:
        (root / "requirements.txt").unlink()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    adopt(root)
    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=["fly"])
    assert done.returncode == 0, done.stderr
    own = root / "deploy" / "Dockerfile"
    return (own if own.exists() else root / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "copied", "installed"),
    [
        ({"Pipfile": PIPFILE}, ["Pipfile", "Pipfile.lock"], "pipenv install --deploy"),
        ({"pyproject.toml": PYPROJECT}, ["pyproject.toml"], "pip install -r /tmp/requirements.txt"),
    ],
)
def test_each_manager_has_its_files_and_its_command(
    files: dict[str, str], copied: list[str], installed: str, template: Path, tmp_path: Path
) -> None:
    text = rendered(tmp_path / "library", template, files)

    lines = [line for line in text.splitlines() if line.startswith("COPY") and "--from" not in line]
    assert [line.split()[1] for line in lines] == [*copied, "."]
    assert installed in text
    assert text.index(installed) < text.index("COPY . /app")


def test_the_final_stage_is_unprivileged_and_has_no_secret(template: Path, tmp_path: Path) -> None:
    text = rendered(tmp_path / "library", template, {"requirements.txt": "Django~=5.2.0\npsycopg2\n"})

    build, final = text.split("FROM base\n")
    assert "build-essential" in build and "build-essential" not in final
    assert "libpq5" in final
    assert final.index("USER 10001") < final.index('CMD ["gunicorn"')
    assert "SECRET_KEY" not in text
