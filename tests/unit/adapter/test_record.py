"""Notes of one environment are apart from those of another, and of a second project of the repository."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from deploy_overlay.adapter.record import Record


def test_environments_are_told_apart(tmp_path: Path) -> None:
    production = Record(tmp_path, "mars")
    staging = dataclasses.replace(production, environment="staging")
    second = Record(tmp_path, "mars -a .copier-answers.second.yml", "demo")
    for record, name in ((production, "shelf"), (staging, "shelf-staging"), (second, "shop-demo")):
        record.created("app", name, f"mars destroy {name}", f"app {name}")

    assert production.descriptions() == ["app shelf"]
    assert staging.undo_commands() == ["mars destroy shelf-staging"]
    assert production.environments() == staging.environments() == ["staging"]
    assert second.environments() == ["demo"]
    assert Record(tmp_path, "marsh").environments() == []
