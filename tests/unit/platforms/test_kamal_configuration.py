"""config/deploy.yml without Ruby: https://kamal-deploy.org/docs/configuration/servers/ and accessories/"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.platforms.kamal.configuration import hosts_of_accessory, hosts_of_roles, merged, read

ROLES = {"web": {"10.0.0.1": [], "10.0.0.2": ["canary"]}, "worker": {"10.0.0.3": ["heavy"]}}


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("servers: [10.0.0.1, 10.0.0.2]", {"web": {"10.0.0.1": [], "10.0.0.2": []}}),
        ("servers: {web: [10.0.0.1], worker: {hosts: [10.0.0.3]}}", {"web": {"10.0.0.1": []}, "worker": {"10.0.0.3": []}}),
        ("servers:\n  web:\n    - 10.0.0.1: a\n    - 10.0.0.2: [b, c]", {"web": {"10.0.0.1": ["a"], "10.0.0.2": ["b", "c"]}}),
        ("servers: {web: {cmd: serve}}", {"web": {}}),
        ('servers: {web: [<%= ENV["HOST"] %>]}\n<% puts 1 %>', {"web": {"ruby": []}}),
        ("service: shop", {}),
    ],
)  # fmt: skip
def test_the_hosts_of_each_role(text: str, roles: dict[str, Any]) -> None:
    assert hosts_of_roles(read(text)) == roles


@pytest.mark.parametrize(
    ("accessory", "hosts"),
    [
        ({"host": "10.0.0.9"}, ["10.0.0.9"]),
        ({"hosts": ["10.0.0.8", "10.0.0.9"]}, ["10.0.0.8", "10.0.0.9"]),
        ({"role": "worker"}, ["10.0.0.3"]),
        ({"roles": ["web", "worker"]}, ["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
        ({"tag": "canary"}, ["10.0.0.2"]),
        ({"tags": ["canary", "heavy"]}, ["10.0.0.2", "10.0.0.3"]),
    ],
)
def test_the_hosts_of_an_accessory(accessory: dict[str, Any], hosts: list[str]) -> None:
    assert hosts_of_accessory(accessory, ROLES) == hosts


def test_a_destination_replaces_lists_and_adds_to_mappings(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "deploy.yml").write_text("service: shop\nservers: {web: [10.0.0.1, 10.0.0.2], worker: [10.0.0.3]}\n")
    (folder / "deploy.staging.yml").write_text("servers: {web: [10.0.0.7]}\n")

    assert hosts_of_roles(merged(tmp_path, "staging")) == {"web": {"10.0.0.7": []}, "worker": {"10.0.0.3": []}}
    assert merged(tmp_path, "qa") == {}
