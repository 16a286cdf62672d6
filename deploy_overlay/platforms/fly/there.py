"""Recognizes projects on Fly.io: https://fly.io/docs/reference/configuration/"""

from __future__ import annotations

import re

from ...base.evidence import Evidence
from ...base.files import join
from ...detect import Project

# One file for each app, such as fly.production.toml: https://fly.io/docs/flyctl/deploy/
CONFIGURATION = re.compile(r"fly(\.[\w-]+)?\.toml")


def there(project: Project) -> list[Evidence]:
    """Its configuration, at the root or beside manage.py."""
    return [
        Evidence(join(folder, name), None, "deploys to Fly.io")
        for folder in dict.fromkeys((".", project.root))
        for name in project.repository.listing(folder).files
        if CONFIGURATION.fullmatch(name)
    ]
