"""What Heroku's buildpacks find at the root: the right manage.py, requirements, a front end.

The rules are those of https://github.com/heroku/heroku-buildpack-python/tree/v351.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

from deploy_overlay.platforms.heroku.build import collects_static, needs_package_json, needs_requirements

ANSWERS = {"django_build_commands": ["collectstatic --noinput"]}


def picked_by_the_buildpack(paths: list[str]) -> str:
    """`find . -maxdepth 3 -type f -name manage.py`, the one with the fewest folders: bin/steps/collectstatic."""
    found = [path for path in map(PurePosixPath, paths) if path.name == "manage.py" and len(path.parts) <= 3]
    return min(found, key=lambda path: (len(path.parts), path.as_posix())).as_posix() if found else ""


@pytest.mark.parametrize(
    ("root", "others"),
    [
        (".", []),
        (".", ["examples/manage.py"]),
        ("web", []),
        ("web", ["examples/deeper/manage.py"]),
        ("web", ["examples/manage.py"]),
        ("services/web", []),
        ("services/web", ["docs/manage.py"]),
        ("a/b/c", []),
    ],
)
def test_the_buildpack_collects_only_by_the_manage_py_that_it_would_pick(root: str, others: list[str]) -> None:
    ours = PurePosixPath(root, "manage.py").as_posix()

    found = collects_static(ANSWERS | {"django_root": root, "django_other_manage_py": others})

    assert found == (picked_by_the_buildpack([ours, *others]) == ours)


@pytest.mark.parametrize(
    "answers",
    [
        {"django_configuration": "Production"},
        {"django_settings_assigned": ["manage.py"]},
        {"django_build_commands": ["collectstatic --noinput", "compress"]},
    ],
)
def test_the_buildpack_collects_nothing_with_other_settings_or_more_to_do(answers: dict[str, Any]) -> None:
    assert collects_static(ANSWERS)
    assert not collects_static(ANSWERS | answers)


@pytest.mark.parametrize(
    ("manager", "files", "needed"),
    [
        ("pip", ["requirements.txt"], False),
        ("pip", ["requirements/production.txt", "requirements.txt"], True),
        ("pip-tools", ["web/requirements.txt"], True),
        ("uv", ["pyproject.toml", "uv.lock"], False),
    ],
)
def test_requirements_elsewhere_are_led_to(manager: str, files: list[str], needed: bool) -> None:
    assert needs_requirements({"django_dependency_manager": manager, "django_dependency_files": files}) == needed


def test_a_front_end_in_a_folder_needs_a_package_json_at_the_root() -> None:
    assert needs_package_json({"django_frontend": {"root": "ui"}})
    assert not needs_package_json({"django_frontend": {"root": "."}})
    assert not needs_package_json({"django_frontend": {}})
    assert not needs_package_json({"django_frontend": {"root": "ui"}, "deploy_kept_files": ["package.json"]})
