"""A requirement that is cloned over SSH: refused where the build has no key, explained where it can have one."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy_overlay.base.message import Failure
from deploy_overlay.platforms import check_platforms, over_ssh, platforms

ANSWERS = {
    "django_root": ".",
    "django_dependency_root": ".",
    "django_dependency_manager": "pip",
    "django_dependency_files": ["requirements.txt"],
    "django_dependency_groups": [],
    "django_dependency_extras": [],
    "django_python_version": "3.13",
    "django_frontend": None,
    "deploy_kept_files": [],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "manage.py").write_text("", encoding="utf-8")
    line = "shelf @ git+ssh://git@example.com/ada/shelf.git\n"
    (tmp_path / "requirements.txt").write_text(f"django\n{line}", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", [name for name, one in platforms().items() if not one.clones_over_ssh])
def test_it_is_refused_where_the_build_has_no_key(root: Path, name: str) -> None:
    with pytest.raises(Failure) as refused:
        check_platforms([name], root, ANSWERS)
    assert refused.value.anchor == "cloned-over-ssh"
    told = str(refused.value)
    assert told.startswith(
        f"requirements.txt:2: shelf is cloned over SSH, and the build on {platforms()[name].name} has no"
    )
    assert "Write `git+https://example.com/ada/shelf.git`" in told
    assert "`git+https://${GIT_TOKEN}@example.com/ada/shelf.git`" in told


@pytest.mark.parametrize("name", [name for name, one in platforms().items() if one.clones_over_ssh])
def test_it_is_explained_where_the_build_can_have_a_key(root: Path, name: str) -> None:
    check_platforms([name], root, ANSWERS)
    assert over_ssh.notes([platforms()[name]], root, ANSWERS) == [
        f"requirements.txt:2 clones shelf over SSH: {platforms()[name].clones_over_ssh}"
    ]
