"""The Dockerfile takes in what each manager installs from, and stands aside where the project has its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import adopt, apply_overlay
from tests.template.conftest import SETTINGS, small_project

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
        ({"requirements.txt": "Django~=5.2.4\n"}, ["requirements.txt"], "pip install -r /app/requirements.txt"),
        ({"Pipfile": PIPFILE}, ["Pipfile", "Pipfile.lock"], "pipenv install --deploy"),
        ({"pyproject.toml": PYPROJECT, "uv.lock": "version = 1\n"}, ["pyproject.toml", "uv.lock"], "uv sync --locked"),
        (
            {"pyproject.toml": POETRY, "poetry.lock": ""},
            ["pyproject.toml", "poetry.lock"],
            "poetry install --only main",
        ),
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


def test_a_dockerfile_of_the_projects_own_stays(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "library"
    text = rendered(root, template, {"requirements.txt": "Django~=5.2.0\n", "Dockerfile": "FROM scratch\n"})

    assert "collectstatic" in text
    assert (root / "Dockerfile").read_text(encoding="utf-8") == "FROM scratch\n"
    assert text.endswith("]\n")
    assert not (root / ".dockerignore").exists()
    assert 'dockerfile = "deploy/Dockerfile"' in (root / "fly.toml").read_text(encoding="utf-8")


def test_the_front_end_is_built_in_a_stage_of_its_own(template: Path, tmp_path: Path) -> None:
    script = '{"scripts": {"build": "tailwindcss -o ../mysite/static/site.css"}}'
    files = {"requirements.txt": "Django~=5.2.0\n", "ui/package.json": script, "ui/package-lock.json": "{}"}
    text = rendered(tmp_path / "library", template, files)

    front, final = text.split("AS frontend\n")[1].split("\nFROM base\n")
    assert front.index("COPY ui/package-lock.json") < front.index("npm ci") < front.index("COPY . /app")
    assert front.index("COPY . /app") < front.index("npm run build") < front.index("node_modules")
    assert "COPY --from=frontend /app /app" in final
    assert final.index("--from=frontend /app") < final.index("collectstatic")
    assert "node" not in final.replace("node_modules", "")


def test_what_a_build_runs_around_collectstatic(template: Path, tmp_path: Path) -> None:
    root = tmp_path / "library"
    project = small_project(root, SETTINGS + 'INSTALLED_APPS += ["compressor"]\nCOMPRESS_OFFLINE = True\n')
    (root / "locale" / "de" / "LC_MESSAGES").mkdir(parents=True)
    (root / "locale" / "de" / "LC_MESSAGES" / "django.po").touch()
    with (root / "mysite" / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write('LOCALE_PATHS = [BASE_DIR / "locale"]\n')
    adopt(root)
    done = apply_overlay(project, template, "--skip-tasks", deploy_platforms=["fly"])
    assert done.returncode == 0, done.stderr
    text = (root / "Dockerfile").read_text(encoding="utf-8")

    commands = ("django compilemessages", "django collectstatic --noinput", "django compress")
    assert [text.index(command) for command in commands] == sorted(text.index(command) for command in commands)
    assert "purge --yes --auto-remove gettext" in text
    environment = (root / "deploy" / "environment.py").read_text(encoding="utf-8")
    assert '"collectstatic --noinput",\n    "compress",\n' in environment
