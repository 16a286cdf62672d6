"""What a plan reads of each platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..base.plan import Cost, Declaration, How, Shell


@dataclass(frozen=True)
class Declared:
    build: str
    shell: Shell
    has: Mapping[str, How] = field(default_factory=dict)
    prices_seen: str = "2026-11-22"

    def costs(self, answers: Mapping[str, Any]) -> list[Cost]:
        return []

    def price(self, kind: str, answers: Mapping[str, Any]) -> Cost | None:
        return None

    def own(self, answers: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}


_ALL: dict[str, Declared] = {
    "fly": Declared("image", Shell(joins=False), {"postgres": "made", "volume": "declared"}),
    "heroku": Declared("source", Shell(folder="", settings=False),
                       {"worker": "declared", "scheduler": "declared", "postgres": "made"}),
    "upsun": Declared("source", Shell(folder="django_source_root", programs=".venv/bin", replaced=True),
                      {"postgres": "declared", "volume": "declared"}),
}


def declaration(name: str) -> Declaration:
    return _ALL[name]
