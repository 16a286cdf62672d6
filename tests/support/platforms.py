"""The platforms that the template offers, and the answers without which they are refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deploy_overlay.base.platform import Platform


def platforms() -> dict[str, Platform]:
    """Their declarations by name, in the template's order."""
    from deploy_overlay.platforms import platforms as offered

    return offered()


def needed(*names: str) -> dict[str, str]:
    """The answers that these platforms need and that nobody could detect."""
    return needed_by(platforms()[name] for name in names)


def needed_by(declared: Iterable[Any]) -> dict[str, str]:
    """The same from declarations, also of another version of the template."""
    answers = {}
    for one in declared:
        if one.addresses == "domains":
            answers["deploy_domains"] = "www.example.com"
        if one.build == "registry" and not one.registry:
            answers["deploy_registry"] = "ghcr.io/you"
    return answers
