"""A folder's name arrives as itself in each format."""

from __future__ import annotations

import pytest
import yaml

from deploy_overlay.base.quoting import yaml_word


@pytest.mark.parametrize(
    "name", ["deploy", "@site", "a, b", "x=y", "büro", "1", "-", "a: b", "{x}", "true story/deploy"]
)
def test_a_word_of_yaml(name: str) -> None:
    path = f"{name}/gitlab-ci.yml"
    assert yaml.safe_load(f"include: [{{local: {yaml_word(path)}}}]") == {"include": [{"local": path}]}
    assert yaml.safe_load(f"include:\n  - local: {yaml_word(path)}\n") == {"include": [{"local": path}]}


def test_a_plain_word_stays_plain() -> None:
    assert yaml_word("deploy/gitlab-ci.yml") == "deploy/gitlab-ci.yml"
