"""config/deploy.yml, read without Ruby: https://kamal-deploy.org/docs/configuration/overview/"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..own_files import Unreadable, table, text_of, yaml_of

FILE = "config/deploy.yml"
RUBY = "ruby"  # in place of what Ruby would write


def read(text: str) -> dict[str, Any]:
    """Parse the text of the file. Raises Unreadable."""
    filled = re.sub(r"<%.*?%>", "", re.sub(r"<%=.*?%>", RUBY, text, flags=re.DOTALL), flags=re.DOTALL)
    content = yaml_of(filled)
    return content if isinstance(content, dict) else {}


def merged(root: Path, destination: str) -> dict[str, Any]:
    """The file, with that of a destination on top; {} if it cannot be read."""
    paths = [FILE, FILE.replace(".yml", f".{destination}.yml")] if destination else [FILE]
    found: dict[str, Any] = {}
    try:
        for path in paths:
            found = _over(found, read(text_of(root, path, "Kamal")))
    except Unreadable:
        return {}
    return found


def _over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """As Kamal merges a destination: mappings are merged, everything else is replaced."""
    found = dict(below)
    for name, value in above.items():
        there = found.get(name)
        found[name] = _over(there, value) if isinstance(there, dict) and isinstance(value, dict) else value
    return found


def primary_role(content: Mapping[str, Any]) -> str:
    return str(content.get("primary_role") or "web")


def hosts_of_roles(content: Mapping[str, Any]) -> dict[str, dict[str, list[str]]]:
    """By role, the hosts and the tags of each: https://kamal-deploy.org/docs/configuration/servers/"""
    servers = content.get("servers")
    if isinstance(servers, list):
        return {"web": _tagged(servers)}
    roles = table(content, "servers")
    return {name: _tagged(one.get("hosts") if isinstance(one, dict) else one) for name, one in roles.items()}


def _tagged(hosts: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in _listed(hosts):
        if isinstance(one, dict):
            found |= {str(host): [str(tag) for tag in _listed(tags)] for host, tags in one.items()}
        else:
            found[str(one)] = []
    return found


def hosts_of_accessory(accessory: Mapping[str, Any], roles: Mapping[str, Mapping[str, list[str]]]) -> list[str]:
    """https://kamal-deploy.org/docs/configuration/accessories/"""
    if named := [*_listed(accessory.get("host")), *_listed(accessory.get("hosts"))]:
        return [str(one) for one in named]
    names = [*_listed(accessory.get("role")), *_listed(accessory.get("roles"))]
    tags = {*map(str, _listed(accessory.get("tag"))), *map(str, _listed(accessory.get("tags")))}
    found = [host for name in names for host in roles.get(str(name), {})]
    found += [host for hosts in roles.values() for host, own in hosts.items() if tags & {*own}]
    return [*dict.fromkeys(found)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
