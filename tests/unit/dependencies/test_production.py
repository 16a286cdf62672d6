"""The command lines with which production installs; tests/examples has them in the files that run them."""

from __future__ import annotations

from typing import Any

import pytest

from deploy_overlay.dependencies.production import installation


def installed(manager: str, **answers: Any) -> Any:
    files = answers.pop("files", ["pyproject.toml"])
    return installation({"django_dependency_manager": manager, "django_dependency_files": files} | answers)


GROUPS = {"django_dependency_groups": ["web", "mail out"], "django_dependency_extras": ["pg"]}


@pytest.mark.parametrize(
    ("manager", "answers", "line"),
    [
        ("uv", {}, "uv sync --locked --no-default-groups --no-install-project"),
        ("uv", GROUPS, "uv sync --locked --no-default-groups --no-install-project --group web --group 'mail out' --extra pg"),
        ("poetry", {}, "poetry install --only main --no-root"),
        ("poetry", GROUPS, "poetry install --only 'main,web,mail out' --no-root --extras pg"),
        ("pipenv", {}, "pipenv install --deploy"),
        ("pipenv", GROUPS, "pipenv install --deploy --categories 'packages web mail out'"),
        ("pdm", {}, "pdm install --prod --frozen-lockfile --no-self"),
        ("pdm", GROUPS, "pdm install --prod --frozen-lockfile --no-self --group web --group 'mail out' --group pg"),
        ("pip", {"files": ["requirements.txt"]}, "pip install -r requirements.txt"),
        ("pip-tools", {"files": ["a b/r.txt"], "django_install_folder": "api"}, "pip install -r '../a b/r.txt'"),
        ("pip", {"django_install_files": ["."]}, "pip install ."),
        ("pip", {"django_install_files": ["."], "django_dependency_extras": ["pg", "s3"]}, "pip install '.[pg,s3]'"),
        ("pip", {}, "pip install -r /tmp/requirements.txt"),
    ],
)  # fmt: skip
def test_the_line_of_each_manager(manager: str, answers: dict[str, Any], line: str) -> None:
    assert installed(manager, **answers).line() == line


def test_a_build_hook_says_to_use_the_environment_that_is_active() -> None:
    assert installed("uv").line(hook=True).startswith("uv sync --active ")
    assert installed("poetry", **GROUPS).line(hook=True).endswith(" --no-root --no-interaction --compile --extras pg")


def test_a_file_is_named_from_the_root_of_an_image() -> None:
    assert (
        installed("pip", files=["api/r.txt"], django_dependency_root="api").line(root="/app")
        == "pip install -r /app/api/r.txt"
    )


def test_a_lock_that_came_later_is_among_the_files() -> None:
    assert installed("uv", files=["api/pyproject.toml"], django_dependency_root="api").files[-1] == "api/uv.lock"
    assert installed("uv", files=["api/pyproject.toml", "uv.lock"]).files == ("api/pyproject.toml", "uv.lock")
    assert installed("pip", files=["requirements.txt"]).files == ("requirements.txt",)


def test_what_pyproject_asks_for_is_printed(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], monkeypatch: Any
) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["django>=5", "a; python_version > \'3\'"]\n[project.optional-dependencies]\npg = ["psycopg"]'
    )
    monkeypatch.chdir(tmp_path)
    exec(installed("pip", django_dependency_extras=["pg"]).printing, {})

    assert capsys.readouterr().out.splitlines() == ["django>=5", "a; python_version > '3'", "psycopg"]
