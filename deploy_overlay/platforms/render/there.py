"""Recognizes projects on Render: https://render.com/docs/infrastructure-as-code"""

from __future__ import annotations

from ...base.evidence import Evidence
from ...base.files import join
from ...detect import Project

FILE = "render.yaml"


def there(project: Project) -> list[Evidence]:
    """Its Blueprint, at the root or beside manage.py."""
    found = dict.fromkeys(join(folder, FILE) for folder in (".", project.root))
    return [Evidence(path, None, "deploys to Render") for path in found if project.repository.is_file(path)]
