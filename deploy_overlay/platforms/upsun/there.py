"""Recognizes projects on Upsun."""

from __future__ import annotations

from ...base.evidence import Evidence
from ...detect import Project
from . import FLEX

# Flex, and what Fixed reads: https://docs.upsun.com/create-apps.html
CONFIGURATION = (*FLEX, ".platform.app.yaml", ".platform/applications.yaml")


def there(project: Project) -> list[Evidence]:
    """The configuration of either flavour at the root."""
    return [Evidence(path, None, "deploys to Upsun") for path in CONFIGURATION if project.repository.is_file(path)]
