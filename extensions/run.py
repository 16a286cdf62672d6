"""The project and the template of one run of Copier, as the context of its questions names them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2.runtime import Context


def template(context: Context) -> Path:
    """The folder that is rendered."""
    return Path(str(context["_copier_conf"]["src_path"])) / "template" / "project"


def is_temporary_copy(root: Path) -> bool:
    """An update replays the answers in new, empty folders, where there is no project to look at."""
    return not root.is_dir() or not any(root.iterdir())


def projects(detection: ModuleType, answers: ModuleType) -> Callable[[Context], Any]:
    """A function that gives the detection's Visit of the project that is copied onto: one for each folder."""
    visits: dict[Path, Any] = {}

    def project(context: Context) -> Any:
        conf = context["_copier_conf"]
        root = Path(str(conf["dst_path"])).absolute()
        if root not in visits:
            left, pythons = answers.left_by_overlay(root, template(context))
            visits[root] = detection.Visit(root, left, pythons.get(str(conf["answers_file"]), ""))
        return visits[root]

    return project
