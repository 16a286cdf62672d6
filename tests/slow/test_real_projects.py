"""Projects that we did not write: what the commands of Wagtail and django CMS make deploys too.

Slow: both are made, installed and served for real; that is the test.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import Project, djangocms_project, proven, wagtail_project


@pytest.mark.parametrize("make", [wagtail_project, djangocms_project])
def test_what_the_command_made_deploys(make: Callable[[Path], Project], template: Path, tmp_path: Path) -> None:
    proven(make(tmp_path / "site"), template)
