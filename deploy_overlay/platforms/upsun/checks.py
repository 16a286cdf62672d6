"""What Upsun cannot build, seen before anything is written, and how a project that is there is known.

https://docs.upsun.com/languages/python.html
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...base.evidence import Evidence
from ...base.message import Failure
from ...detect import Project
from . import FLEX, PLATFORM

# Flex, and what Fixed reads: https://docs.upsun.com/create-apps.html
CONFIGURATION = (*FLEX, ".platform.app.yaml", ".platform/applications.yaml")


def there(project: Project) -> list[Evidence]:
    """Its configuration at the root, of either flavour."""
    return [Evidence(path, None, "deploys to Upsun") for path in CONFIGURATION if project.repository.is_file(path)]


def check(root: Path, answers: Mapping[str, Any]) -> None:
    """Raise Failure for a Python without an image, and for a source root that leaves out a part of the project."""
    version, top = str(answers["django_python_version"]), str(answers.get("django_source_root", "."))
    pythons = PLATFORM.runs.pythons
    if version not in pythons:
        raise Failure(
            f"Upsun has no Python {version} (https://docs.upsun.com/languages/python.html). Choose one that it has "
            f"with -d django_python_version={pythons[0]} (or {', '.join(pythons[1:])}).",
            anchor="upsun-python",
        )
    front_end = (answers.get("django_frontend") or {}).get("root")
    for folder in filter(None, (answers["django_root"], answers["django_dependency_root"], front_end)):
        if top != "." and not f"{folder}/".startswith(f"{top}/"):
            raise Failure(
                f"django_source_root={top} leaves out {folder}, which the site needs. Choose a folder that holds it, "
                "or the whole repository with -d django_source_root=.",
                anchor="upsun-source-root",
            )
