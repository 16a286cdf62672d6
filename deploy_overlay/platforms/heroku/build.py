"""What Heroku's buildpacks need besides a Procfile, derived from the answers.

https://github.com/heroku/heroku-buildpack-python/tree/v351
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...base.answers import text, texts


def collects_static(answers: Mapping[str, Any]) -> bool:
    """Whether the buildpack's collectstatic is all that the build needs.

    It runs the manage.py nearest to the root, at most three levels down: bin/steps/collectstatic.
    """
    root = text(answers, "django_root", ".")
    depth = 0 if root == "." else root.count("/") + 1
    others = texts(answers, "django_other_manage_py")
    nearer = [path for path in others if path.count("/") <= depth and path.rpartition("/")[2] == "manage.py"]
    return (
        depth <= 2
        and not nearer
        and not text(answers, "django_configuration")
        and "manage.py" not in texts(answers, "django_settings_assigned")
        and len(texts(answers, "django_build_commands")) == 1
    )


def needs_requirements(answers: Mapping[str, Any]) -> bool:
    """Whether a requirements.txt at the root, the only file that pip reads there, must include another file."""
    files = texts(answers, "django_dependency_files")
    pip = text(answers, "django_dependency_manager") in ("pip", "pip-tools")
    return pip and files[:1] not in ([], ["requirements.txt"])


def needs_package_json(answers: Mapping[str, Any]) -> bool:
    """Whether a front end in a folder, or of Deno, needs a package.json at the root, where the Node.js buildpack looks.

    https://devcenter.heroku.com/articles/nodejs-support#customizing-the-build-process
    """
    front = answers.get("django_frontend")
    root = str(front.get("root", ".")) if isinstance(front, dict) and front else "."
    deno = isinstance(front, dict) and front.get("manager") == "deno" and "package.json" not in texts(front, "files")
    return (root != "." or deno) and "package.json" not in texts(answers, "deploy_kept_files")
