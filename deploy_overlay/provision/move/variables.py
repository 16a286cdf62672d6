"""Sorts the old site's variables: which the new site gets, and why the others stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ...adapter.leaving import OldSite
from ...adapter.site import Site
from ...base.env_file import ENV_NAME
from ..variables import LOCAL, reason_to_skip

SECRET_KEY_SET = "secret key of the old site"  # note in the record: the new site has it


@dataclass(frozen=True)
class VariableMoves:
    """What happens to each variable. Only `values` has values, which are secrets."""

    values: Mapping[str, str]  # to set on the new platform
    there: tuple[str, ...]  # that it already has
    replaced: tuple[str, ...]  # those of `values` that replace another value
    left: Mapping[str, str]  # name that does not move → why, as a phrase
    notes: Mapping[str, str] = field(default_factory=dict)  # name → what to check afterwards
    unpassed: tuple[str, ...] = ()  # those of `left` that the new site's files would have to name
    advice: str = ""  # a sentence on these


def sort_variables(
    old: OldSite,
    site: Site,
    there: Mapping[str, str | None],
    written: Collection[str],
    also: Collection[str] = (),
    *,
    key_is_set: bool = False,
    passed: Collection[str] | None = None,
) -> VariableMoves:
    """`there` are the variables of the new site, `written` those that its files set, `also` names to move in any case.

    `passed` are names that the new site can have, None for any. `key_is_set` says that an earlier run has given it the old
    site's secret key, which a platform may not show.
    """
    values: dict[str, str] = {}
    have: list[str] = []
    replaced: list[str] = []
    left: dict[str, str] = {}
    notes: dict[str, str] = {}
    unpassed: list[str] = []
    for name, value in sorted(old.variables.items()):
        reason = "" if name in also else _stays(old, site, name, value, written)
        if reason:
            left |= {} if name in old.translated else {name: reason}
            continue
        if passed is not None and name not in passed:
            unpassed.append(name)
            left[name] = "the new site's files do not name it yet"
            continue
        if note := _note(old, value):
            notes[name] = note
        key = name == site.values.secret_key
        if name not in there:
            values[name] = value
        elif there[name] == value or (key and there[name] is None and key_is_set):
            have.append(name)
        elif key:
            values[name] = value
            replaced.append(name)
        else:
            have.append(name)
            if there[name] is not None:
                left[name] = "the new site has another value, which it keeps"
                have.pop()
    return VariableMoves(values, tuple(have), tuple(replaced), left, notes, tuple(unpassed))


def _stays(old: OldSite, site: Site, name: str, value: str, written: Collection[str]) -> str:
    """Why a variable does not move, as a phrase; empty if it does."""
    if name in old.own and not (name in old.files and name in {one.name for one in site.plan.environment}):
        return old.own[name]
    if name in written:
        return "a file of the project sets it"
    if not ENV_NAME.fullmatch(name):
        return "its name is not valid on other platforms"
    if not value:
        return "is empty"
    return reason_to_skip(site, name, {})


def _note(old: OldSite, value: str) -> str:
    """What to check in a value that moves unchanged."""
    host = urlsplit(old.address).hostname or ""
    if host and host in value:
        return f"names the old site's address, {host}"
    if any(local in value for local in LOCAL):
        return "points to your own machine"
    return ""
