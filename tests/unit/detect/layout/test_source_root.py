"""Which part of the repository a platform needs: the smallest folder with everything, all of it where something leads out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import django_project

Build = Callable[..., Facts]
REQUIREMENTS = "django>=5.2\n"
PYPROJECT = '[project]\nname = "library"\nversion = "1"\ndependencies = ["django>=5.2"]\n'


def code(root: str) -> dict[str, str]:
    """A Django project without its requirements.txt."""
    return {path: text for path, text in django_project(root).items() if not path.endswith("requirements.txt")}


@pytest.mark.parametrize(
    ("files", "root"),
    [
        (django_project(), "."),
        ({**code("backend"), "backend/requirements.txt": REQUIREMENTS}, "backend"),
        ({**code("backend/src"), "backend/requirements.txt": REQUIREMENTS}, "backend"),
        ({**code("backend"), "requirements.txt": REQUIREMENTS}, "."),
        ({**code("backend"), "backend/requirements.txt": REQUIREMENTS + "-e ../library\n"}, "."),
        ({**code("backend"), "backend/requirements.txt": REQUIREMENTS + "./wheels/a..b.whl\n"}, "backend"),
        (
            {
                **code("backend"),
                "backend/pyproject.toml": PYPROJECT + '[tool.uv.sources]\nlibrary = { path = "../library" }\n',
                "backend/uv.lock": "version = 1\n",
            },
            ".",
        ),
    ],
    ids=["flat", "a folder", "a folder with a folder", "manifest above", "a package beside", "dots in a name", "uv"],
)
def test_the_source_root(facts: Build, files: dict[str, str], root: str) -> None:
    assert facts(files).fact("django_source_root").value == root


def test_a_way_out_is_shown_with_its_line(facts: Build) -> None:
    files = {**code("backend"), "backend/requirements.txt": REQUIREMENTS + "-e ../library\n"}

    (evidence,) = facts(files).fact("django_source_root").evidence

    assert (evidence.path, evidence.line) == ("backend/requirements.txt", 2)
