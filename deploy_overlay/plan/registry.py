"""The registry from which platforms take the site's image, by the answers `deploy_registry` and `deploy_registry_user`.

https://docs.docker.com/reference/cli/docker/image/tag/#description
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..base.answers import text
from ..base.plan import Registry
from ..base.platform import Platform

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_SERVER = re.compile(rf"localhost(?::\d+)?|{_LABEL}(?:\.{_LABEL})+(?::\d+)?|{_LABEL}:\d+")
_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_USER = re.compile(r"(?:(?![-.])[\w.@+$-]+)?", re.ASCII)


def registry(answers: Mapping[str, Any]) -> Registry:
    """Empty where the question was not asked, because no platform takes the image from a registry."""
    server, _, path = text(answers, "deploy_registry").strip("/").partition("/")
    if not server:
        return Registry()
    account = path.partition("/")[0]
    return Registry(
        server=server,
        path="/".join(filter(None, (path, text(answers, "deploy_name", "site")))),
        account=account,
        user=text(answers, "deploy_registry_user", account),
    )


def default_registry(platforms: Iterable[Platform]) -> str:
    """The one that all of these platforms which take an image from a registry start by themselves; "" if one has none."""
    own = {platform.registry for platform in platforms if platform.build == "registry"}
    return own.pop() if len(own) == 1 else ""


def registry_problem(given: object, platforms: Iterable[Platform]) -> str:
    """Empty, or why this is not a registry from which all of these platforms can take an image."""
    server, _, path = str(given or "").strip("/").partition("/")
    if not _SERVER.fullmatch(server):
        return "Begin with the registry's host name: ghcr.io/you, docker.io/you."
    if path and not all(map(_PART.fullmatch, path.split("/"))):
        return "Write the account in lower case, without tag: ghcr.io/you."
    lacking = [one.name for one in platforms if one.build == "registry" and not one.registry]
    if lacking and Registry(server).local:
        return f"{lacking[0]} cannot reach a registry on your machine: use ghcr.io/you."
    return ""


def registry_user_problem(given: object) -> str:
    """Empty, or why this cannot be a login name in files and commands."""
    return "" if _USER.fullmatch(str(given or "")) else "Use letters, digits and . _ - @ + $."
