"""Settings that Dynaconf takes the place of."""

from collections.abc import Callable

import pytest

from deploy_overlay.detect import Facts
from tests.unit.detect.conftest import SETTINGS, django_project

LOADED = "\nimport dynaconf\nsettings = dynaconf.DjangoDynaconf(__name__)\n"


@pytest.mark.parametrize(
    ("body", "requirements", "expected"),
    [
        (SETTINGS + LOADED, "django\ndynaconf\n", True),
        (SETTINGS, "django\ndynaconf\n", False),
        (SETTINGS, "django\n", False),
    ],
)
def test_dynaconf(body: str, requirements: str, expected: bool, facts: Callable[..., Facts]) -> None:
    project = {**django_project(body=body), "requirements.txt": requirements}
    assert ("dynaconf" in facts(project).fact("django_services").value) is expected
