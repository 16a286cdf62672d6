"""Projects for what a platform's files say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.overlay import rendered
from tests.template.conftest import small_project


@pytest.fixture(scope="session")
def project_with(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The root of a small project, `library`, with the files of these answers; made once, so a test leaves it as it is."""
    made: dict[str, Path] = {}

    def project(**answers: object) -> Path:
        key = json.dumps(answers, sort_keys=True)
        if key not in made:
            made[key] = rendered(small_project(tmp_path_factory.mktemp("project") / "library"), template, **answers)
        return made[key]

    return project
